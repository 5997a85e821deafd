import type { Cancel } from '#libs/contracts';
import type { CallReport } from '../call/call-report.js';
import type { Slot } from '../call/line-faults.js';
import { PlacedCall } from '../call/placed-call.js';
import { TwilioCallbacks } from './twilio-callbacks.js';
import { answeredBy, ring } from './twilio-dialled.js';
import { type DialledCall, newSid, Route, type TwilioCallOptions } from './twilio-options.js';
import { type RecordingChange, type RecordingOrder, TwilioRecording } from './twilio-recordings.js';
import { TwilioWebhooks } from './twilio-webhooks.js';
import { type TheEnd, TwimlRun } from './twiml-run.js';

/** Calls the gateway as Twilio does. The call begins at once; `connected` and `ended` tell how it goes. */
export function placeTwilioCall(options: TwilioCallOptions): TwilioCall {
  return new TwilioCall(options);
}

export type CallStatus =
  | 'queued'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export class TwilioCall extends PlacedCall {
  readonly callSid: string;
  readonly accountSid: string;
  private readonly callbacks: TwilioCallbacks;
  private readonly twiml: TwimlRun;
  private currentStatus: CallStatus;
  private detected: Record<string, string> = {};
  readonly recordings: TwilioRecording[] = [];
  readonly createdAt = new Date();
  private cancelLimit: Cancel = () => undefined;
  answeredAt: Date | null = null;
  endedAt: Date | null = null;

  constructor(private readonly options: TwilioCallOptions) {
    super(options);
    const entry = options.webhookUrl ?? options.streamUrl;
    if (entry === undefined) throw new TypeError('A Twilio call needs a webhookUrl or a streamUrl.');
    this.callSid = options.callSid ?? newSid('CA');
    this.accountSid = options.accountSid ?? `AC${'0'.repeat(32)}`;
    this.currentStatus = options.dialled === undefined ? 'in-progress' : 'queued';
    const route = new Route(entry, options.publicUrl);
    const webhooks = new TwilioWebhooks(options, route);
    this.callbacks = new TwilioCallbacks(options, webhooks, this.line.record, (url) => route.publicOf(url));
    this.twiml = new TwimlRun({
      options,
      route,
      webhooks,
      ids: { accountSid: this.accountSid, callSid: this.callSid },
      line: this.line,
      callbacks: this.callbacks,
      voiceForm: () => this.voiceForm(),
      onConnected: () => this.nowConnected(),
    });
    this.begin(() => this.run());
  }

  /** As REST shows it. */
  get status(): CallStatus {
    return this.currentStatus;
  }

  get direction(): 'inbound' | 'outbound-api' {
    return this.options.dialled === undefined ? 'inbound' : 'outbound-api';
  }

  get parties(): { readonly from: string; readonly to: string } {
    const { from = '+15550100001', to = '+15550100002' } = this.options;
    return { from, to };
  }

  /** Of the stream that is up. */
  get streamSid(): string | null {
    return this.twiml.stream?.streamSid ?? null;
  }

  /** What the last `<Stream>` was pointed at, as Twilio was told. */
  get streamUrl(): string | null {
    return this.twiml.streamUrl;
  }

  hangUp(): void {
    this.twiml.overtake({ go: 'end', outcome: 'caller-hung-up', detail: '' });
  }

  cut(): void {
    this.twiml.cut();
  }

  sendRaw(message: string | Uint8Array): void {
    this.twiml.stream?.sendRaw(message);
  }

  /** What REST `Status=completed` does. */
  complete(): void {
    this.twiml.overtake({ go: 'end', outcome: 'agent-hung-up', detail: 'ended by REST' });
  }

  /** What REST `Status=canceled` does. False: too late. */
  cancel(): boolean {
    if (this.currentStatus !== 'queued' && this.currentStatus !== 'ringing') return false;
    this.twiml.overtake({ go: 'end', outcome: 'refused', detail: 'canceled' });
    return true;
  }

  /** What the Recordings resource and `Record=true` do. */
  startRecording(order: RecordingOrder): TwilioRecording {
    const recording = new TwilioRecording(this.accountSid, this.callSid, order, this.line.record.lastedMs);
    this.recordings.push(recording);
    this.tellRecording(recording, 'in-progress');
    return recording;
  }

  /** The recording of this id that is being made; `Twilio.CURRENT`: whichever is. */
  recordingUnderWay(sid: string): TwilioRecording | undefined {
    return this.recordings.find((one) => one.wav === null && (sid === 'Twilio.CURRENT' || one.sid === sid));
  }

  /** What REST `Status=` does to a recording. */
  changeRecording(recording: TwilioRecording, { status, pauseBehavior }: RecordingChange): void {
    const { record } = this.line;
    if (status === 'paused') recording.pause(record.lastedMs, pauseBehavior);
    else if (status === 'in-progress') recording.resume(record.lastedMs);
    else this.finishRecording(recording);
  }

  /** What REST `Twiml=` does: the running document is dropped, the stream stops. Throws TwimlFault. */
  takeTwiml(document: string): void {
    this.twiml.overtake({ go: 'instead', verbs: this.twiml.read(document) });
  }

  /** What REST `Url=` does. */
  takeUrl(url: string, method: 'GET' | 'POST' = 'POST'): void {
    this.twiml.overtake({ go: 'to', url, method });
  }

  protected sendSlot(slot: Slot): void {
    this.twiml.stream?.sendSlot(slot);
  }

  protected sendKey(key: string): void {
    this.twiml.stream?.press(key);
  }

  protected pauseReading(paused: boolean): void {
    this.twiml.stream?.pauseReading(paused);
  }

  private async run(): Promise<CallReport> {
    const { dialled } = this.options;
    this.callbacks.status('initiated', this.voiceForm());
    if (dialled !== undefined) this.currentStatus = 'ringing';
    this.callbacks.status('ringing', this.voiceForm());
    const unanswered = dialled === undefined ? null : await this.ringUp(dialled);
    const end = unanswered ?? (await this.twiml.conduct());
    this.cancelLimit();
    this.line.down();
    this.endedAt = new Date();
    if (unanswered === null) this.currentStatus = 'completed';
    for (const recording of this.recordings) if (recording.wav === null) this.finishRecording(recording);
    this.callbacks.status('completed', this.voiceForm(), this.currentStatus);
    await this.callbacks.settle();
    return this.line.record.report('twilio', this.callSid, end.outcome, end.detail, this.options.expect);
  }

  /** Null: somebody has answered. */
  private async ringUp(dialled: DialledCall): Promise<TheEnd | null> {
    const outcome = await ring(dialled, (durationMs, soon) => this.twiml.wait(durationMs, soon));
    const { ended } = this.twiml;
    if (ended !== null) {
      this.currentStatus = ended.detail === 'canceled' ? 'canceled' : 'completed';
      return ended;
    }
    if (outcome !== 'answered') {
      this.currentStatus = outcome;
      return { go: 'end', outcome: 'refused', detail: outcome };
    }
    this.currentStatus = 'in-progress';
    this.answeredAt = new Date();
    const { limitMs } = dialled;
    if (limitMs !== null) this.cancelLimit = this.line.clock.after(limitMs, () => this.reachLimit());
    this.callbacks.status('in-progress', this.voiceForm());
    await this.detect(dialled);
    return null;
  }

  private reachLimit(): void {
    this.twiml.overtake({ go: 'end', outcome: 'agent-hung-up', detail: 'TimeLimit' });
  }

  private async detect({ callee, detection }: DialledCall): Promise<void> {
    if (detection === null) return;
    const { knownAfterMs = 0 } = callee;
    const found = { AnsweredBy: answeredBy(callee, detection) };
    const { beside } = detection;
    if (beside === null) {
      await this.twiml.wait(knownAfterMs);
      this.detected = found;
      return;
    }
    const ids = { AccountSid: this.accountSid, CallSid: this.callSid };
    const form = { ...ids, ...found, MachineDetectionDuration: String(knownAfterMs) };
    this.line.clock.after(knownAfterMs, () => this.callbacks.tell(beside.url, beside.method, form));
  }

  private finishRecording(recording: TwilioRecording): void {
    recording.finish(this.line.record);
    this.tellRecording(recording, 'completed');
  }

  private tellRecording(recording: TwilioRecording, event: string): void {
    const { callback, method, events } = recording.order;
    if (callback === null || !events.includes(event)) return;
    this.callbacks.tell(callback, method, recording.form(this.options.apiOrigin ?? 'https://api.twilio.com'));
  }

  private voiceForm(): Record<string, string> {
    const { from, to } = this.parties;
    const { form, dialled } = this.options;
    return {
      AccountSid: this.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.callSid,
      CallStatus: dialled === undefined && !this.line.isUp ? 'ringing' : this.currentStatus,
      Called: to,
      Caller: from,
      Direction: this.direction,
      From: from,
      To: to,
      ...this.detected,
      ...form,
    };
  }
}
