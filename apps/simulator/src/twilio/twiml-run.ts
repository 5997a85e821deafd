import type { CallOutcome } from '../call/call-report.js';
import type { CallerLine } from '../call/caller-line.js';
import type { TwilioCallbacks } from './twilio-callbacks.js';
import type { Route, TwilioCallOptions } from './twilio-options.js';
import { type StreamEnd, type StreamIds, TwilioStream } from './twilio-stream.js';
import { performDial, performGather, type VerbStage } from './twilio-verbs.js';
import type { TwilioWebhooks } from './twilio-webhooks.js';
import { parseTwiml, type StreamOrder, TwimlFault, type Verb } from './twiml.js';
import type { DialOrder, GatherOrder } from './twiml-orders.js';

/** Documents that only redirect to each other end here. */
const DOCUMENT_LIMIT = 20;

/** Where the next document is. URLs are public ones. */
export interface Elsewhere {
  readonly go: 'to';
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Beside what every request carries. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface TheEnd {
  readonly go: 'end';
  readonly outcome: CallOutcome;
  readonly detail: string;
}

export interface Instead {
  readonly go: 'instead';
  readonly verbs: readonly Verb[];
}

type Next = { readonly go: 'on' } | Elsewhere | Instead | TheEnd;

const GO_ON: Next = { go: 'on' };

export interface TwimlRunParts {
  readonly options: TwilioCallOptions;
  readonly ids: StreamIds;
  readonly route: Route;
  readonly line: CallerLine;
  readonly webhooks: TwilioWebhooks;
  readonly callbacks: TwilioCallbacks;
  /** What every request of the call carries. */
  voiceForm(): Record<string, string>;
  onConnected(): void;
}

/** Carries out a call's documents, one verb after the other, until one of them or somebody else ends the call. */
export class TwimlRun {
  /** The one that is up. */
  stream: TwilioStream | null = null;
  /** What the last `<Stream>` was pointed at, as Twilio was told. */
  streamUrl: string | null = null;
  /** What has overtaken the running document: the caller, a cut, or REST. */
  private overtaken: Elsewhere | Instead | TheEnd | null = null;
  private endPause: (() => void) | null = null;
  private streamFault: string | null = null;
  /** URL of the running document, where it has one. */
  private documentUrl: string | null = null;
  private gathers = 0;

  constructor(private readonly parts: TwimlRunParts) {}

  /** How the call ends that somebody else has ended. */
  get ended(): TheEnd | null {
    return this.overtaken?.go === 'end' ? this.overtaken : null;
  }

  overtake(next: Elsewhere | Instead | TheEnd): void {
    // The latest order counts, but an end is for good.
    if (this.overtaken?.go !== 'end') this.overtaken = next;
    this.stream?.stop();
    this.endPause?.();
  }

  cut(): void {
    this.overtaken ??= { go: 'end', outcome: 'lost', detail: 'the simulator cut the socket' };
    this.stream?.cut();
  }

  /** Never rejects. */
  async conduct(): Promise<TheEnd> {
    return this.followDocuments().catch((thrown: Error) => this.failed(thrown));
  }

  private async followDocuments(): Promise<TheEnd> {
    let next: Next = this.firstDocument();
    for (let documents = 0; documents < DOCUMENT_LIMIT; documents++) {
      // What a caller or a dialled party has brought about is no loop.
      if (next.go === 'to' && next.form !== undefined) documents = 0;
      next = await this.perform(next.go === 'to' ? await this.fetch(next) : (next as Instead).verbs);
      if (next.go === 'end') return next;
    }
    throw new TwimlFault('11200', `over ${DOCUMENT_LIMIT} documents follow each other`);
  }

  private failed(thrown: Error): TheEnd {
    if (!(thrown instanceof TwimlFault)) return { go: 'end', outcome: 'failed', detail: thrown.message };
    this.parts.line.record.breaches.add(thrown.code, thrown.message);
    return {
      go: 'end',
      outcome: this.parts.line.isUp ? 'lost' : 'refused',
      detail: `${thrown.code} ${thrown.message}`,
    };
  }

  private firstDocument(): Elsewhere | Instead {
    const { webhookUrl, dialled } = this.parts.options;
    if (webhookUrl === undefined)
      return { go: 'instead', verbs: [{ verb: 'Connect', stream: this.directOrder() }] };
    if (typeof dialled?.twiml === 'string') return { go: 'instead', verbs: this.read(dialled.twiml) };
    return { go: 'to', url: this.parts.route.publicOf(webhookUrl), method: dialled?.method ?? 'POST' };
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
    const { record } = this.parts.line;
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
        return this.runDial(verb.dial);
      case 'Gather':
        return this.runGather(verb.gather);
      case 'Other':
        record.note(`<${verb.name}> was passed over.`);
        return GO_ON;
    }
  }

  private async runDial(dial: DialOrder): Promise<Next> {
    if (this.parts.options.onDial === undefined)
      return { go: 'end', outcome: 'transferred', detail: `<Dial> ${dial.target}` };
    const form = await performDial(dial, this.stage());
    if (this.ended !== null && dial.action !== null) {
      // The caller has left: Twilio still tells the action, and wants no answer.
      this.parts.callbacks.tell(dial.action, dial.method, {
        ...this.parts.voiceForm(),
        ...form,
        CallStatus: 'completed',
      });
    }
    return dial.action === null ? GO_ON : { go: 'to', url: dial.action, method: dial.method, form };
  }

  private async runGather(gather: GatherOrder): Promise<Next> {
    const form = await performGather(gather, this.gathers++, this.stage());
    if (form === null) return GO_ON;
    const url = gather.action ?? this.documentUrl;
    if (url === null) throw new TwimlFault('15004', '<Gather> without an action in a document without a URL');
    return { go: 'to', url, method: gather.method, form };
  }

  private stage(): VerbStage {
    return {
      record: this.parts.line.record,
      callbacks: this.parts.callbacks,
      options: this.parts.options,
      isOvertaken: () => this.overtaken !== null,
      wait: (durationMs) => this.wait(durationMs),
      voiceForm: () => this.parts.voiceForm(),
    };
  }

  private async runStream(order: StreamOrder): Promise<Next> {
    this.parts.callbacks.status('in-progress', this.parts.voiceForm());
    const stream = new TwilioStream(
      order.url,
      order.parameters,
      this.parts.ids,
      this.parts.options,
      this.parts.route,
      this.parts.line,
      () => {
        this.tellStream(order, stream, 'stream-started', null);
        this.parts.onConnected();
      },
    );
    this.stream = stream;
    this.streamUrl = order.url;
    const end = await stream.open();
    this.stream = null;
    this.parts.line.record.event(`stream over: ${inWords(end)}`);
    const broken = end.by === 'refusal' || end.by === 'break';
    this.streamFault = broken ? `${end.code} ${end.why}` : null;
    if (broken) this.tellStream(order, stream, 'stream-error', `Stream - WebSocket - ${end.why}`);
    else this.tellStream(order, stream, 'stream-stopped', null);
    return order.action === null ? GO_ON : { go: 'to', url: order.action, method: 'POST' };
  }

  /** The document has no more to say: Twilio hangs up. */
  private ranOut(detail: string): TheEnd {
    if (this.streamFault === null) return { go: 'end', outcome: 'agent-hung-up', detail };
    return { go: 'end', outcome: this.parts.line.isUp ? 'lost' : 'refused', detail: this.streamFault };
  }

  private async fetch({ url, method, form }: Elsewhere): Promise<readonly Verb[]> {
    const { webhookUrl } = this.parts.options;
    const absolute =
      webhookUrl === undefined ? url : new URL(url, this.parts.route.publicOf(webhookUrl)).href;
    this.documentUrl = absolute;
    return this.read(
      await this.parts.webhooks.fetchTwiml(absolute, method, { ...this.parts.voiceForm(), ...form }),
    );
  }

  /** Throws TwimlFault. */
  read(document: string): readonly Verb[] {
    const twiml = parseTwiml(document, { allowInsecure: this.parts.options.allowInsecure ?? true });
    for (const warning of twiml.warnings) this.parts.line.record.breaches.add(warning.code, warning.message);
    return twiml.verbs;
  }

  private directOrder(): StreamOrder {
    const url = this.parts.route.publicOf(this.parts.options.streamUrl!);
    const parameters = this.parts.options.parameters ?? {};
    return { url, name: null, statusCallback: null, statusCallbackMethod: 'POST', parameters, action: null };
  }

  private tellStream(order: StreamOrder, stream: TwilioStream, event: string, error: string | null): void {
    const ids = {
      AccountSid: this.parts.ids.accountSid,
      CallSid: this.parts.ids.callSid,
      StreamSid: stream.streamSid,
    };
    this.parts.callbacks.stream(order, ids, event, error);
  }

  /** Cut short when something overtakes what runs, or when `soon` comes. */
  wait(durationMs: number, soon?: Promise<void>): Promise<void> {
    if (this.overtaken !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.parts.line.clock.after(durationMs, resolve);
      const end = () => {
        cancel();
        resolve();
      };
      this.endPause = end;
      void soon?.then(end);
    });
  }
}

function inWords(end: StreamEnd): string {
  if (end.by === 'us') return 'stopped by the platform';
  return end.by === 'server' ? `closed by the far side with ${end.code}` : `${end.code} ${end.why}`;
}
