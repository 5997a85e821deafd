import type { LineRecord } from '../call/line-record.js';
import type { TwilioCallbacks } from './twilio-callbacks.js';
import { newSid, type TwilioCallOptions } from './twilio-options.js';
import type { DialOrder, GatherOrder } from './twiml-orders.js';

/** The running call, as the longer verbs see it. */
export interface VerbStage {
  readonly record: LineRecord;
  readonly callbacks: TwilioCallbacks;
  readonly options: TwilioCallOptions;
  isOvertaken(): boolean;
  /** Cut short when something overtakes the document. */
  wait(durationMs: number): Promise<void>;
  voiceForm(): Record<string, string>;
}

/** Calls somebody and joins the two, as the script says. Returns what the action is told. */
export async function performDial(dial: DialOrder, stage: VerbStage): Promise<Record<string, string>> {
  const { record } = stage;
  const script = stage.options.onDial!(dial.target);
  const sid = newSid('CA');
  record.event(`<Dial> ${dial.target}`);
  let told = 0;
  const tell = (event: string, status: string) => {
    if (dial.statusCallback === null || !dial.statusCallbackEvents.includes(event)) return;
    stage.callbacks.tell(dial.statusCallback, 'POST', {
      ...stage.voiceForm(),
      CallSid: sid,
      ParentCallSid: stage.voiceForm().CallSid!,
      CallStatus: status,
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(told++),
      Direction: 'outbound-dial',
      To: dial.target,
    });
  };
  tell('initiated', 'initiated');
  tell('ringing', 'ringing');
  const { ringsForMs = 0, talksForMs = 0 } = script;
  await stage.wait(Math.min(ringsForMs, dial.timeoutMs));
  const inTime = ringsForMs <= dial.timeoutMs;
  const status = stage.isOvertaken() ? 'canceled' : inTime ? script.status : 'no-answer';
  if (status === 'completed') {
    tell('answered', 'in-progress');
    record.event('<Dial> answered');
    await stage.wait(Math.min(talksForMs, dial.limitMs));
  }
  tell('completed', status);
  record.event(`<Dial> ${status}`);
  return { DialCallSid: sid, DialCallStatus: status, DialBridged: String(status === 'completed') };
}

/** Says what is to be said and hears the next answer of the script. Null: silence, and nobody wants to know. */
export async function performGather(
  gather: GatherOrder,
  answerIndex: number,
  stage: VerbStage,
): Promise<Record<string, string> | null> {
  const { record, options } = stage;
  for (const text of gather.said) {
    record.platformSaid.push(text);
    record.event(`<Say> ${text}`);
  }
  const answer = options.gatherAnswers?.[answerIndex] ?? null;
  if (answer?.speech !== undefined && gather.speech) {
    return { SpeechResult: answer.speech, Confidence: '0.93', Language: 'en-US' };
  }
  if (answer?.digits !== undefined && gather.keys) return { Digits: answer.digits };
  await stage.wait(gather.timeoutMs);
  return gather.actionOnEmptyResult && !stage.isOvertaken() ? { SpeechResult: '' } : null;
}
