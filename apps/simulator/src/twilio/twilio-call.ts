import type { CallOutcome, CallReport } from '../call/call-report.js';
import type { Slot } from '../call/line-faults.js';
import { PlacedCall } from '../call/placed-call.js';
import { TwilioCallbacks } from './twilio-callbacks.js';
import { newSid, Route, type TwilioCallOptions } from './twilio-options.js';
import { type StreamEnd, TwilioStream } from './twilio-stream.js';
import { TwilioWebhooks } from './twilio-webhooks.js';
import { parseTwiml, type StreamOrder, TwimlFault, type Verb } from './twiml.js';

/** Documents that only redirect to each other end here. */
const DOCUMENT_LIMIT = 20;

/** Calls the gateway as Twilio does. The call begins at once; `connected` and `ended` tell how it goes. */
export function placeTwilioCall(options: TwilioCallOptions): TwilioCall {
  return new TwilioCall(options);
}

/** Where the next document is. URLs are public ones. */
interface Elsewhere {
  readonly go: 'to';
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

interface TheEnd {
  readonly go: 'end';
  readonly outcome: CallOutcome;
  readonly detail: string;
}

interface Instead {
  readonly go: 'instead';
  readonly verbs: readonly Verb[];
}

type Next = { readonly go: 'on' } | Elsewhere | Instead | TheEnd;

const GO_ON: Next = { go: 'on' };

export class TwilioCall extends PlacedCall {
  readonly callSid: string;
  readonly accountSid: string;
  private readonly route: Route;
  private readonly webhooks: TwilioWebhooks;
  private readonly callbacks: TwilioCallbacks;
  private stream: TwilioStream | null = null;
  /** What has overtaken the running document: the caller, a cut, or REST. */
  private overtaken: Elsewhere | Instead | TheEnd | null = null;
  private endPause: (() => void) | null = null;
  private streamFault: string | null = null;
  private lastStreamUrl: string | null = null;

  constructor(private readonly options: TwilioCallOptions) {
    super(options);
    const entry = options.webhookUrl ?? options.streamUrl;
    if (entry === undefined) throw new TypeError('A Twilio call needs a webhookUrl or a streamUrl.');
    this.callSid = options.callSid ?? newSid('CA');
    this.accountSid = options.accountSid ?? `AC${'0'.repeat(32)}`;
    this.route = new Route(entry, options.publicUrl);
    this.webhooks = new TwilioWebhooks(options, this.route);
    this.callbacks = new TwilioCallbacks(options, this.webhooks, this.line.record, (url) =>
      this.route.publicOf(url),
    );
    this.begin(() => this.run());
  }

  /** Of the stream that is up. */
  get streamSid(): string | null {
    return this.stream?.streamSid ?? null;
  }

  /** What the last `<Stream>` was pointed at, as Twilio was told. */
  get streamUrl(): string | null {
    return this.lastStreamUrl;
  }

  hangUp(): void {
    this.overtake({ go: 'end', outcome: 'caller-hung-up', detail: '' });
  }

  cut(): void {
    this.overtaken ??= { go: 'end', outcome: 'lost', detail: 'the simulator cut the socket' };
    this.stream?.cut();
  }

  sendRaw(message: string | Uint8Array): void {
    this.stream?.sendRaw(message);
  }

  /** What REST `Status=completed` does. */
  complete(): void {
    this.overtake({ go: 'end', outcome: 'agent-hung-up', detail: 'ended by REST' });
  }

  /** What REST `Twiml=` does: the running document is dropped, the stream stops. Throws TwimlFault. */
  takeTwiml(document: string): void {
    this.overtake({ go: 'instead', verbs: this.read(document) });
  }

  /** What REST `Url=` does. */
  takeUrl(url: string, method: 'GET' | 'POST' = 'POST'): void {
    this.overtake({ go: 'to', url, method });
  }

  protected sendSlot(slot: Slot): void {
    this.stream?.sendSlot(slot);
  }

  protected sendKey(key: string): void {
    this.stream?.press(key);
  }

  protected pauseReading(paused: boolean): void {
    this.stream?.pauseReading(paused);
  }

  private overtake(next: Elsewhere | Instead | TheEnd): void {
    this.overtaken ??= next;
    this.stream?.stop();
    this.endPause?.();
  }

  private async run(): Promise<CallReport> {
    this.callbacks.status('initiated', this.voiceForm());
    this.callbacks.status('ringing', this.voiceForm());
    const end = await this.conduct().catch((thrown: Error) => this.failed(thrown));
    this.line.down();
    this.callbacks.status('completed', this.voiceForm());
    await this.callbacks.settle();
    return this.line.record.report('twilio', this.callSid, end.outcome, end.detail, this.options.expect);
  }

  private failed(thrown: Error): TheEnd {
    if (!(thrown instanceof TwimlFault)) return { go: 'end', outcome: 'failed', detail: thrown.message };
    this.line.record.breaches.add(thrown.code, thrown.message);
    return {
      go: 'end',
      outcome: this.line.isUp ? 'lost' : 'refused',
      detail: `${thrown.code} ${thrown.message}`,
    };
  }

  private async conduct(): Promise<TheEnd> {
    const { webhookUrl } = this.options;
    let next: Next =
      webhookUrl === undefined
        ? { go: 'instead', verbs: [{ verb: 'Connect', stream: this.directOrder() }] }
        : { go: 'to', url: this.route.publicOf(webhookUrl), method: 'POST' };
    for (let documents = 0; documents < DOCUMENT_LIMIT; documents++) {
      next = await this.perform(next.go === 'to' ? await this.fetch(next) : (next as Instead).verbs);
      if (next.go === 'end') return next;
    }
    throw new TwimlFault('11200', `over ${DOCUMENT_LIMIT} documents follow each other`);
  }

  private async perform(verbs: readonly Verb[]): Promise<Elsewhere | Instead | TheEnd> {
    for (const verb of verbs) {
      const next = this.overtaken === null ? await this.performOne(verb) : GO_ON;
      const overtaken = this.overtaken;
      if (overtaken !== null) {
        // Hanging up is for good; a document from REST is taken once.
        if (overtaken.go !== 'end') this.overtaken = null;
        return overtaken;
      }
      if (next.go !== 'on') return next;
    }
    return this.overtaken ?? this.ranOut('the document ended');
  }

  private async performOne(verb: Verb): Promise<Next> {
    const { record } = this.line;
    switch (verb.verb) {
      case 'Connect':
        return this.runStream(verb.stream);
      case 'Say':
        record.platformSaid.push(verb.text);
        record.event(`<Say> ${verb.text}`);
        return GO_ON;
      case 'Pause':
        await this.wait(verb.seconds * 1000);
        return GO_ON;
      case 'Redirect':
        return { go: 'to', url: verb.url, method: verb.method };
      case 'Hangup':
        return this.ranOut('<Hangup>');
      case 'Reject':
        return { go: 'end', outcome: 'refused', detail: `<Reject reason="${verb.reason}">` };
      case 'Dial':
        return { go: 'end', outcome: 'transferred', detail: `<Dial> ${verb.target}` };
      case 'Other':
        record.note(`<${verb.name}> was passed over.`);
        return GO_ON;
    }
  }

  private async runStream(order: StreamOrder): Promise<Next> {
    this.callbacks.status('in-progress', this.voiceForm());
    const ids = { accountSid: this.accountSid, callSid: this.callSid };
    const stream = new TwilioStream(
      order.url,
      order.parameters,
      ids,
      this.options,
      this.route,
      this.line,
      () => {
        this.tellStream(order, stream, 'stream-started', null);
        this.nowConnected();
      },
    );
    this.stream = stream;
    this.lastStreamUrl = order.url;
    const end = await stream.open();
    this.stream = null;
    this.line.record.event(`stream over: ${inWords(end)}`);
    const broken = end.by === 'refusal' || end.by === 'break';
    this.streamFault = broken ? `${end.code} ${end.why}` : null;
    if (broken) this.tellStream(order, stream, 'stream-error', `Stream - WebSocket - ${end.why}`);
    else this.tellStream(order, stream, 'stream-stopped', null);
    return order.action === null ? GO_ON : { go: 'to', url: order.action, method: 'POST' };
  }

  /** The document has no more to say: Twilio hangs up. */
  private ranOut(detail: string): TheEnd {
    if (this.streamFault === null) return { go: 'end', outcome: 'agent-hung-up', detail };
    return { go: 'end', outcome: this.line.isUp ? 'lost' : 'refused', detail: this.streamFault };
  }

  private async fetch({ url, method }: Elsewhere): Promise<readonly Verb[]> {
    const { webhookUrl } = this.options;
    const absolute = webhookUrl === undefined ? url : new URL(url, this.route.publicOf(webhookUrl)).href;
    return this.read(await this.webhooks.fetchTwiml(absolute, method, this.voiceForm()));
  }

  private read(document: string): readonly Verb[] {
    const twiml = parseTwiml(document, { allowInsecure: this.options.allowInsecure ?? true });
    for (const warning of twiml.warnings) this.line.record.breaches.add(warning.code, warning.message);
    return twiml.verbs;
  }

  private directOrder(): StreamOrder {
    const url = this.route.publicOf(this.options.streamUrl!);
    const parameters = this.options.parameters ?? {};
    return { url, name: null, statusCallback: null, statusCallbackMethod: 'POST', parameters, action: null };
  }

  private voiceForm(): Record<string, string> {
    const { from = '+15550100001', to = '+15550100002', form } = this.options;
    return {
      AccountSid: this.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.callSid,
      CallStatus: this.line.isUp ? 'in-progress' : 'ringing',
      Called: to,
      Caller: from,
      Direction: 'inbound',
      From: from,
      To: to,
      ...form,
    };
  }

  private tellStream(order: StreamOrder, stream: TwilioStream, event: string, error: string | null): void {
    const ids = { AccountSid: this.accountSid, CallSid: this.callSid, StreamSid: stream.streamSid };
    this.callbacks.stream(order, ids, event, error);
  }

  private wait(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.line.clock.after(durationMs, resolve);
      this.endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

function inWords(end: StreamEnd): string {
  if (end.by === 'us') return 'stopped by the platform';
  return end.by === 'server' ? `closed by the far side with ${end.code}` : `${end.code} ${end.why}`;
}
