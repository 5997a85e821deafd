import type {
  CallRecord,
  CallView,
  ConversationFigures,
  EventType,
  GatewayEvents,
  QualitySample,
  RecordingInfo,
  ToolUse,
  Track,
} from '#libs/contracts';
import { endOwnerOf } from './end-owner.js';

/** More uses of tools than this are not listed one by one. */
const MOST_TOOLS = 200;

type Ending = Pick<CallRecord, 'endedAt' | 'endReason' | 'endOwner' | 'endCode'>;

const RUNNING: Ending = { endedAt: null, endReason: null, endOwner: null, endCode: null };

/** The record of one call. Put anew whenever something of it is known that one would look for while the call runs, or at its end. */
export class CallFacts {
  private connectedAt: number | null = null;
  private ending = RUNNING;
  private figures: ConversationFigures | null = null;
  private readonly quality: Record<Track, QualitySample | null> = { caller: null, agent: null };
  private readonly tools: ToolUse[] = [];
  private recording: RecordingInfo | null = null;
  /** By the backend's own accounts, until the figures of the whole conversation come; null: a part of it has no known price. */
  private spentUsd: number | null = 0;
  private hasUsed = false;
  private transferredBy: string | null = null;

  constructor(
    private readonly call: CallView,
    private readonly put: (record: CallRecord) => void,
  ) {}

  begin(): void {
    this.put(this.record);
  }

  /** `atMs`: since the offer. */
  note(type: EventType, data: object, atMs: number): void {
    if (this.take(type, data, atMs)) this.put(this.record);
  }

  /** True: the record is to be put anew. */
  private take(type: EventType, data: object, atMs: number): boolean {
    switch (type) {
      case 'call.connected':
        this.connectedAt ??= this.wallMs(atMs);
        return true;
      case 'call.transferring':
        this.transferredBy = (data as GatewayEvents[typeof type]).by;
        return false;
      case 'call.ended': {
        const { reason, code } = data as GatewayEvents[typeof type];
        const endOwner = endOwnerOf(reason, this.transferredBy);
        this.ending = { endedAt: this.wallMs(atMs), endReason: reason, endOwner, endCode: code };
        return true;
      }
      case 'tool.answered': {
        const { name, failed, tookMs } = data as GatewayEvents[typeof type];
        if (this.tools.length < MOST_TOOLS) this.tools.push({ name, failed, tookMs });
        return false;
      }
      case 'backend.used': {
        const { costUsd } = (data as GatewayEvents[typeof type]).usage;
        this.hasUsed = true;
        this.spentUsd = this.spentUsd === null || costUsd === null ? null : this.spentUsd + costUsd;
        return false;
      }
      case 'conversation.measured':
        this.figures = data as GatewayEvents[typeof type];
        return true;
      case 'quality.measured': {
        const { track, call } = data as GatewayEvents[typeof type];
        this.quality[track] = call;
        return true;
      }
      case 'recording.started': {
        const { sampleRate } = data as GatewayEvents[typeof type];
        this.recording = { state: 'running', sampleRate, durationMs: 0, bytes: 0 };
        return true;
      }
      case 'recording.saved':
        this.recording = { state: 'saved', ...(data as GatewayEvents[typeof type]) };
        return true;
      case 'recording.failed':
        this.recording = {
          ...(this.recording ?? { sampleRate: 0, durationMs: 0, bytes: 0 }),
          state: 'failed',
        };
        return true;
      default:
        return false;
    }
  }

  private get record(): CallRecord {
    const { id, info, agent, backend, startedAt } = this.call;
    const { caller, agent: spoken } = this.quality;
    return {
      callId: id,
      platform: info.platform,
      platformCallId: info.platformCallId,
      direction: info.direction,
      from: info.from,
      to: info.to,
      agent: agent.name,
      agentVersion: agent.version,
      backend,
      orderId: info.orderId ?? null,
      startedAt,
      connectedAt: this.connectedAt,
      ...this.ending,
      figures: this.figures,
      quality: caller === null && spoken === null ? null : { caller, agent: spoken },
      tools: [...this.tools],
      recording: this.recording,
      costUsd: this.figures === null ? (this.hasUsed ? this.spentUsd : null) : this.figures.costUsd,
      forgetAt: this.due(agent.privacy.keepForMs),
      recordingDueAt: this.due(agent.recording?.keepForMs ?? null),
    };
  }

  /** Counted from the start while the end is not known; what ends a dead gateway's calls makes up for it. */
  private due(keepForMs: number | null): number | null {
    return keepForMs === null ? null : (this.ending.endedAt ?? this.call.startedAt) + keepForMs;
  }

  private wallMs(atMs: number): number {
    return Math.round(this.call.startedAt + atMs);
  }
}
