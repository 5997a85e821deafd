import type { EventType, GatewayEvents } from '#libs/contracts';
import type { Stretch } from './messages.js';

interface Open {
  readonly speaker: 'caller' | 'agent';
  readonly itemId: string | null;
  readonly fromMs: number;
  toMs: number | null;
}

/** Who spoke when. Keeps the newest stretches. Times since the offer. */
export class SpeechLog {
  private readonly kept: Open[] = [];

  constructor(
    private readonly mostStretches: number,
    private readonly offeredMs: number,
  ) {}

  get stretches(): readonly Stretch[] {
    return this.kept.map(({ speaker, fromMs, toMs }) => ({ speaker, fromMs, toMs }));
  }

  note(type: EventType, data: object, atMs: number): void {
    switch (type) {
      case 'caller.speech.started':
        this.end('caller', atMs);
        this.begin('caller', null, (data as GatewayEvents[typeof type]).startedMs);
        break;
      case 'caller.speech.stopped':
        this.end('caller', (data as GatewayEvents[typeof type]).stoppedMs);
        break;
      case 'agent.audio.heard': {
        const { itemId, heardAtMs } = data as GatewayEvents[typeof type];
        this.end('agent', heardAtMs);
        this.begin('agent', itemId, heardAtMs);
        break;
      }
      case 'agent.item.heard': {
        const { itemId, heardMs } = data as GatewayEvents[typeof type];
        const open = this.kept.findLast((stretch) => stretch.itemId === itemId);
        if (open?.toMs === null) open.toMs = Math.min(atMs - this.offeredMs, open.fromMs + heardMs);
        break;
      }
      case 'agent.interrupted':
        this.end('agent', atMs);
        break;
      case 'call.suspended':
      case 'call.ended':
        this.end('caller', atMs);
        this.end('agent', atMs);
        break;
    }
  }

  private begin(speaker: 'caller' | 'agent', itemId: string | null, atMs: number): void {
    this.kept.push({ speaker, itemId, fromMs: atMs - this.offeredMs, toMs: null });
    if (this.kept.length > this.mostStretches) this.kept.shift();
  }

  private end(speaker: 'caller' | 'agent', atMs: number): void {
    const open = this.kept.findLast((stretch) => stretch.speaker === speaker);
    if (open?.toMs === null) open.toMs = Math.max(open.fromMs, atMs - this.offeredMs);
  }
}
