import type { Registry } from 'prom-client';
import { type CallView, DIAL_OUTCOMES, type EventSource } from '#libs/contracts';
import { createServiceCatalogue, type ServiceCatalogue } from './service.catalogue.js';

/** `cut-short`: who had asked was gone, the caller or the AI; that says nothing of the function. */
const TOOL_RESULTS = ['ok', 'failed', 'cut-short'] as const;
/** `refused`: it answered, with something else than 2xx. `unreachable`: it did not, or not in time. */
const DELIVERY_RESULTS = ['delivered', 'refused', 'unreachable'] as const;
/** Those that guard against fraud and overload; others come with their first order. */
const DIAL_GUARDS = [
  'DIAL_PREFIX_REFUSED',
  'DIAL_SPEND_REACHED',
  'DIAL_NUMBER_TOO_OFTEN',
  'DIAL_QUEUE_FULL',
] as const;

/** Turns what happens around the calls into metrics. `bounded`: no more codes than a mistake may make. */
export class ServiceMetrics {
  private readonly metrics: ServiceCatalogue;

  constructor(
    registry: Registry,
    events: EventSource,
    private readonly bounded: (code: string) => string,
  ) {
    this.metrics = createServiceCatalogue(registry);
    this.begin();
    this.countDials(events);
    this.countWebhooks(events);
    this.countRecordings(events);
  }

  onCall({ router }: CallView): void {
    router.on('tool.answered', ({ failed, cutShort, tookMs }) => {
      const result = cutShort ? 'cut-short' : failed ? 'failed' : 'ok';
      this.metrics.toolCalls.inc({ result });
      this.metrics.toolTime.observe({ result }, tookMs / 1000);
    });
  }

  private begin(): void {
    const { metrics } = this;
    for (const outcome of DIAL_OUTCOMES) metrics.dialsOver.inc({ outcome }, 0);
    for (const code of DIAL_GUARDS) metrics.dialRefusals.inc({ code }, 0);
    for (const result of TOOL_RESULTS) {
      metrics.toolCalls.inc({ result }, 0);
      metrics.toolTime.zero({ result });
    }
    for (const result of DELIVERY_RESULTS) {
      metrics.webhookDeliveries.inc({ result }, 0);
      metrics.webhookDelivery.zero({ result });
    }
  }

  private countDials(events: EventSource): void {
    const { metrics } = this;
    events.on('dial.changed', ({ state, outcome, code, attempt }) => {
      // One that waits for another attempt has had one already.
      if (state === 'queued' && attempt === 0) metrics.dialsOrdered.inc();
      if (state === 'dialling') metrics.dialAttempts.inc();
      if (state !== 'over' || outcome === null) return;
      metrics.dialsOver.inc({ outcome });
      if (outcome === 'refused') metrics.dialRefusals.inc({ code: this.bounded(code ?? 'none') });
      else if (outcome !== 'answered') metrics.dialCodes.inc({ code: this.bounded(code ?? outcome) });
    });
    events.on('dial.refused', ({ code }) => metrics.dialRefusals.inc({ code: this.bounded(code) }));
  }

  private countWebhooks(events: EventSource): void {
    const { metrics } = this;
    events.on('webhook.attempted', ({ code, tookMs }) => {
      const isAnswer = code?.startsWith('WEBHOOK_STATUS_');
      const result = code === null ? 'delivered' : isAnswer ? 'refused' : 'unreachable';
      metrics.webhookDeliveries.inc({ result });
      metrics.webhookDelivery.observe({ result }, tookMs / 1000);
    });
    events.on('webhook.given.up', ({ events: count }) => metrics.webhookGivenUp.inc(count));
  }

  /** The gateway's copy of the calls' events: a recording may be saved when its call has been forgotten. */
  private countRecordings(events: EventSource): void {
    const { metrics } = this;
    events.on('recording.saved', ({ bytes, durationMs }) => {
      metrics.recordingBytes.inc(bytes);
      metrics.recordingTime.inc(durationMs / 1000);
    });
    events.on('recording.failed', ({ code }) => metrics.recordingFailures.inc({ code: this.bounded(code) }));
  }
}
