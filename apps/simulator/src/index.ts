export { AudioCodesCall, placeAudioCodesCall } from './audiocodes/audiocodes-call.js';
export type { AudioCodesCallOptions } from './audiocodes/audiocodes-options.js';
export { type BotCheck, type BotCheckOptions, checkAudioCodesBot } from './audiocodes/bot-check.js';
export * from './call/breaches.js';
export * from './call/call-report.js';
export * from './call/caller.js';
export type { LineOptions } from './call/caller-line.js';
export { type CrowdOptions, placeCrowd } from './call/crowd.js';
export type { EchoFault } from './call/echo-path.js';
export type { FormatFault } from './call/format-faults.js';
export type { LineFaults } from './call/line-faults.js';
export type { NoiseKind, ToneFault } from './call/noises.js';
export { PlacedCall } from './call/placed-call.js';
export { type CallRecording, recordingOf } from './call/recording.js';
export { describeCalls, percentile } from './call/report-table.js';
export type { SoundFaults } from './call/sound-faults.js';
export {
  loadSpeech,
  type ShippedSpeech,
  type Speech,
  shippedSpeech,
  shippedSpeechPath,
} from './call/speech.js';
export * from './openai/index.js';
export {
  type ApiFault,
  type ApiRequest,
  type DiallingOptions,
  startTwilioApi,
  TwilioApi,
  type TwilioApiOptions,
} from './twilio/twilio-api.js';
export { placeTwilioCall, TwilioCall } from './twilio/twilio-call.js';
export type {
  CalleeScript,
  DialScript,
  GatherAnswer,
  StatusEvent,
  TwilioCallOptions,
} from './twilio/twilio-options.js';
export { type SignatureVariant, twilioSignature } from './twilio/twilio-signature.js';
