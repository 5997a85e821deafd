import type { LineRecord } from '../call/line-record.js';
import type { StatusEvent, TwilioCallOptions } from './twilio-options.js';
import type { TwilioWebhooks } from './twilio-webhooks.js';
import type { StreamOrder } from './twiml.js';

type Form = Readonly<Record<string, string>>;

/** The requests by which Twilio tells how a call and its streams get on. Nobody waits for their answers. */
export class TwilioCallbacks {
  private readonly pending: Promise<void>[] = [];
  private readonly held: Form[] = [];
  private readonly told = new Set<StatusEvent>();

  constructor(
    private readonly options: TwilioCallOptions,
    private readonly webhooks: TwilioWebhooks,
    private readonly record: LineRecord,
    private readonly publicUrl: (url: string) => string,
  ) {}

  /** Each status is told once, if the number's settings (or the order of the call) ask for it. */
  status(event: StatusEvent, voiceForm: Form, finalStatus = 'completed'): void {
    const { statusCallbackUrl, statusCallbackEvents = ['completed'], statusCallbackDisorder } = this.options;
    if (statusCallbackUrl === undefined || this.told.has(event) || !statusCallbackEvents.includes(event))
      return;
    if (this.options.statusCallbacksLost) return;
    const seconds = Math.ceil(this.record.lastedMs / 1000);
    const form = {
      ...voiceForm,
      ...(event === 'completed' && { CallDuration: `${seconds}`, Duration: `${Math.ceil(seconds / 60)}` }),
      CallStatus: event === 'completed' ? finalStatus : event,
      Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(this.told.size),
    };
    this.told.add(event);
    if (statusCallbackDisorder) this.held.push(form);
    else this.send(this.publicUrl(statusCallbackUrl), 'POST', form);
  }

  stream(
    order: StreamOrder,
    ids: Form & { readonly StreamSid: string },
    event: string,
    error: string | null,
  ): void {
    if (order.statusCallback === null) return;
    this.send(order.statusCallback, order.statusCallbackMethod, {
      ...ids,
      StreamName: order.name ?? ids.StreamSid,
      StreamEvent: event,
      ...(error !== null && { StreamError: error }),
      Timestamp: new Date().toISOString(),
    });
  }

  /** Of a party that `<Dial>` calls, of the detection of machines, of a recording. */
  tell(url: string, method: 'GET' | 'POST', form: Form): void {
    this.send(url, method, form);
  }

  /** Sends what was held back for disorder, the last first and each twice, and waits for all answers. */
  async settle(): Promise<void> {
    for (const form of this.held.splice(0).reverse()) {
      const url = this.publicUrl(this.options.statusCallbackUrl!);
      this.send(url, 'POST', form);
      this.send(url, 'POST', form);
    }
    await Promise.all(this.pending);
  }

  private send(url: string, method: 'GET' | 'POST', form: Form): void {
    const answered = this.webhooks.notify(url, method, form).then((wrong) => {
      if (wrong !== null)
        this.record.note(`The callback to ${new URL(url).pathname} was not taken: ${wrong}.`);
    });
    this.pending.push(answered);
  }
}
