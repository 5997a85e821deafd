import {
  type CallView,
  type EventStamp,
  type EventType,
  type GatewayEvents,
  type OperatorAction,
  type Track,
  Transcript,
  withBoundedTexts,
} from '#libs/contracts';
import { EventLog } from './event-log.js';
import type { LiveMonitorConfig } from './live-monitor.config.js';
import type { CallStory, CallSummary, Line } from './messages.js';
import { SampleLog } from './sample-log.js';
import { SpeechLog } from './speech-log.js';

/** Told live, and kept in a better form than as events: lines, samples, or not at all. */
const NOT_KEPT: ReadonlySet<EventType> = new Set<EventType>([
  'transcript.partial',
  'transcript.final',
  'quality.sampled',
  'conversation.sampled',
  'audio.sampled',
]);

const NOTHING: readonly Line[] = [];

/** Of a text in an event, such as what a function was called with. */
const LONGEST_TEXT = 4000;

export type BookLimits = Pick<LiveMonitorConfig, 'keptEvents' | 'keptLines' | 'keptSamples'>;

/** What is known of one call. Everything in it is bounded. */
export class CallBook {
  private readonly transcript: Transcript;
  private readonly speech: SpeechLog;
  private readonly events: EventLog;
  private readonly samples: Readonly<Record<Track, SampleLog>>;
  private readonly scores: Record<Track, number | null> = { caller: null, agent: null };
  private connectedAfterMs: number | null = null;
  private ended: { readonly afterMs: number; readonly reason: CallSummary['reason'] } | null = null;
  private muted = false;
  private takenOver = false;
  private costUsd: number | null = null;

  constructor(
    private readonly call: CallView,
    limits: BookLimits,
  ) {
    this.transcript = new Transcript(limits.keptLines);
    this.speech = new SpeechLog(limits.keptLines, call.offeredMs);
    this.events = new EventLog(limits.keptEvents);
    this.samples = {
      caller: new SampleLog('caller', limits.keptSamples),
      agent: new SampleLog('agent', limits.keptSamples),
    };
  }

  get isOver(): boolean {
    return this.ended !== null;
  }

  /** Of the worse track, over the whole call. */
  get score(): number | null {
    const { caller, agent } = this.scores;
    return caller === null || agent === null ? (caller ?? agent) : Math.min(caller, agent);
  }

  summary(listeners: number): CallSummary {
    const { id, info, agent, backend, state, startedAt } = this.call;
    return {
      callId: id,
      platformCallId: info.platformCallId,
      platform: info.platform,
      agent: { name: agent.name, version: agent.version },
      backend,
      direction: info.direction,
      from: info.from,
      to: info.to,
      state: this.isOver ? 'ended' : state,
      startedAt,
      connectedAfterMs: this.connectedAfterMs,
      endedAfterMs: this.ended?.afterMs ?? null,
      reason: this.ended?.reason ?? null,
      score: this.score,
      muted: this.muted,
      takenOver: this.takenOver,
      listeners,
      costUsd: this.costUsd,
    };
  }

  story(listeners: number): CallStory {
    return {
      summary: this.summary(listeners),
      transcript: this.transcript.lines,
      speech: this.speech.stretches,
      samples: [...this.samples.caller.samples, ...this.samples.agent.samples],
      events: this.events.events,
    };
  }

  line(itemId: string): Line | null {
    return this.transcript.line(itemId);
  }

  /** Returns the lines of which it is known from now on that they were cut off. */
  note(type: EventType, data: object, stamp: EventStamp): readonly Line[] {
    const atMs = stamp.atMs - this.call.offeredMs;
    if (!NOT_KEPT.has(type)) this.events.note({ type, atMs, data: bounded(data) });
    this.speech.note(type, data, stamp.atMs);
    switch (type) {
      case 'transcript.partial':
      case 'transcript.final':
        return this.transcript.words(data as GatewayEvents[typeof type], type === 'transcript.final', atMs);
      case 'caller.speech.started':
        this.transcript.callerBegan((data as GatewayEvents[typeof type]).startedMs - this.call.offeredMs);
        break;
      case 'caller.speech.stopped':
        this.transcript.callerStopped((data as GatewayEvents[typeof type]).stoppedMs - this.call.offeredMs);
        break;
      case 'caller.turn.committed':
        this.transcript.callerTurn(atMs);
        break;
      case 'agent.item.heard':
        this.transcript.heard((data as GatewayEvents[typeof type]).itemId);
        break;
      case 'agent.item.unheard': {
        const { itemId, heardMs, sentMs } = data as GatewayEvents[typeof type];
        if (heardMs < sentMs) return this.transcript.cut(itemId, heardMs / sentMs);
        this.transcript.heard(itemId);
        break;
      }
      case 'agent.interrupted': {
        const { itemId, heardMs, sentMs } = data as GatewayEvents[typeof type];
        return itemId === null ? NOTHING : this.transcript.cut(itemId, sentMs > 0 ? heardMs / sentMs : 0);
      }
      case 'quality.sampled': {
        const { track, second, call } = data as GatewayEvents[typeof type];
        this.samples[track].add(atMs, second);
        this.scores[track] = call.score;
        break;
      }
      case 'quality.measured': {
        const { track, call } = data as GatewayEvents[typeof type];
        this.scores[track] = call.score;
        break;
      }
      case 'call.connected':
        this.connectedAfterMs ??= atMs;
        break;
      case 'call.ended':
        this.ended = { afterMs: atMs, reason: (data as GatewayEvents[typeof type]).reason };
        this.takenOver = false;
        return this.transcript.ended();
      case 'backend.used': {
        const { costUsd } = (data as GatewayEvents[typeof type]).usage;
        if (costUsd !== null) this.costUsd = (this.costUsd ?? 0) + costUsd;
        break;
      }
      case 'operator.acted':
        this.acted((data as GatewayEvents[typeof type]).action);
        break;
    }
    return NOTHING;
  }

  private acted(action: OperatorAction): void {
    if (action === 'mute' || action === 'unmute') this.muted = action === 'mute';
    else if (action === 'take-over' || action === 'give-back') {
      this.takenOver = action === 'take-over';
      // What the caller says to an operator the AI does not hear, so it cannot tell when that ends.
      this.transcript.callerLeft();
    }
  }
}

/** The event with its longest texts cut short; the same object where none is. */
export function bounded(data: object): object {
  return withBoundedTexts(data, LONGEST_TEXT);
}
