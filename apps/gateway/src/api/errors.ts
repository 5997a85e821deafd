import type { RecordingPlace } from '#libs/store';
import { HttpProblem } from '../http/problem.js';

/** Every error that the REST interface adds to those of the libraries. */
export const apiErrors = {
  invalid: (problems: readonly string[]) =>
    new HttpProblem(400, 'API_INVALID', 'What was sent is not valid.', {
      advice: 'Correct what is named; /api/docs describes every field.',
      problems,
    }),
  notFound: () =>
    new HttpProblem(404, 'API_NOT_FOUND', 'There is nothing under this path.', {
      advice: 'See /api/docs for every path.',
    }),
  unknown: (what: string) => new HttpProblem(404, 'API_UNKNOWN', `There is no such ${what}.`),
  tooLarge: () => new HttpProblem(413, 'API_TOO_LARGE', 'The body is larger than is taken here.'),
  notJson: () =>
    new HttpProblem(415, 'API_UNSUPPORTED_TYPE', 'The body is not JSON.', {
      advice: 'Send JSON as UTF-8, with Content-Type: application/json.',
    }),
  unreadable: () =>
    new HttpProblem(400, 'API_UNREADABLE', 'The body or the path cannot be read.', {
      advice: 'Send JSON as UTF-8.',
    }),
  tooDeep: () => new HttpProblem(400, 'API_TOO_DEEP', 'The body is nested more deeply than is taken here.'),
  tooManyValues: () =>
    new HttpProblem(400, 'API_TOO_MANY_VALUES', 'The body holds more values than are taken here.'),
  tooMany: (retryAfterSeconds: number) =>
    new HttpProblem(429, 'API_TOO_MANY_REQUESTS', 'Too many requests in this minute.', {
      advice: 'Wait as Retry-After says, or raise API_REQUESTS_PER_MINUTE.',
      retryAfterSeconds,
      retryable: true,
    }),
  fault: () =>
    new HttpProblem(500, 'API_FAULT', 'Something went wrong inside the gateway.', {
      advice: 'The log of the gateway says more.',
    }),
  notRunning: () =>
    new HttpProblem(404, 'CALL_NOT_RUNNING', 'No call of this id is running here.', {
      advice:
        'GET /api/calls?running=true lists those that run; with several gateways ask the one that has it.',
    }),
  cannotSay: () =>
    new HttpProblem(409, 'CALL_CANNOT_SAY', 'The agent cannot say this now.', {
      advice: 'The AI is away, the agent is muted, an operator has the line, or this backend cannot.',
    }),
  cannotWhisper: () =>
    new HttpProblem(409, 'CALL_CANNOT_WHISPER', 'The agent cannot be told this now.', {
      advice: 'The AI is away, or this backend cannot be told anything during a call.',
    }),
  cannotDial: () =>
    new HttpProblem(409, 'CALL_CANNOT_SEND_KEYS', 'Keys cannot be sent now: nobody would hear them.'),
  notRecording: () => new HttpProblem(409, 'CALL_NOT_RECORDED', 'This call is not being recorded.'),
  stillRecording: () =>
    new HttpProblem(409, 'RECORDING_RUNNING', 'The call is still being recorded.', {
      advice: 'Delete the recording when the call is over.',
    }),
  recordingElsewhere: ({ host }: RecordingPlace) =>
    new HttpProblem(421, 'RECORDING_ELSEWHERE', 'The recording lies on the disk of another gateway.', {
      advice:
        host === null
          ? 'That gateway does not run now. Start it with the same DATA_DIR and ask it.'
          : `Ask the gateway on the machine "${host}".`,
    }),
  badRange: (bytes: number) =>
    new HttpProblem(416, 'API_BAD_RANGE', `The recording has ${bytes} bytes.`, {
      headers: { 'Content-Range': `bytes */${bytes}` },
    }),
  noRecorder: () =>
    new HttpProblem(404, 'API_NO_RECORDER', 'This gateway records nothing.', {
      advice: 'Add the observer "recorder" to the configuration.',
    }),
  noDialler: () =>
    new HttpProblem(501, 'API_NO_DIALLER', 'This gateway places no calls.', {
      advice: 'Configure a platform that can dial.',
    }),
  tooLate: () =>
    new HttpProblem(409, 'DIAL_TOO_LATE', 'The order is over, or its call was answered already.', {
      advice: 'End a call that runs with POST /api/calls/{callId}/hang-up.',
    }),
};
