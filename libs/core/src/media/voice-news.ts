import type { Clock, EventRouter, HeardItem, InterruptionCause } from '#libs/contracts';
import type { CallerWait } from './caller-wait.js';
import type { ItemHeard } from './playback-ledger.js';

/** Items that are not the AI's: tones of the gateway, and an operator's own voice. The AI knows nothing of them. */
const OWN_PREFIX = 'patchbay-';

export type OwnKind = 'filler' | 'operator' | 'announcement' | 'tones';

export function ownItem(kind: OwnKind, count: number): string {
  return `${OWN_PREFIX}${kind}-${count}`;
}

export function isOwnItem(itemId: string): boolean {
  return itemId.startsWith(OWN_PREFIX);
}

/** Tells on the call's router how the AI's utterances fare. Of items that are not the AI's nothing is told. */
export class VoiceNews {
  constructor(
    private readonly router: EventRouter,
    private readonly clock: Clock,
    private readonly wait: CallerWait,
  ) {}

  /** The first sound of an item left. False: the item is not the AI's. */
  started(itemId: string, arrivedMs: number): boolean {
    if (isOwnItem(itemId)) return false;
    const leftMs = this.clock.nowMs();
    this.router.publish('agent.audio.arrived', { itemId, arrivedMs });
    this.router.publish('agent.audio.started', { itemId, leftMs, ...this.wait.agentStarted(leftMs) });
    return true;
  }

  /** There was a hole in an item's sound, until now. */
  starved(itemId: string, nowMs: number, starvedMs: number): void {
    // A microphone's sound comes as it is spoken, without a stock: its holes are the network's, not the AI's.
    if (isOwnItem(itemId)) return;
    this.router.publish('agent.audio.starved', { itemId, ranOutMs: nowMs - starvedMs, starvedMs });
  }

  heard(items: readonly ItemHeard[]): void {
    for (const item of items) if (!isOwnItem(item.itemId)) this.router.publish('agent.item.heard', item);
  }

  /** The call ends: what of these was heard to the end is not known, or known not to have been. */
  unheard(items: readonly HeardItem[]): void {
    for (const { itemId, heardMs, sentMs } of items)
      if (!isOwnItem(itemId)) this.router.publish('agent.item.unheard', { itemId, heardMs, sentMs });
  }

  /** `items`: those of the AI that were silenced, oldest first. */
  interrupted(items: readonly HeardItem[], stopMs: number, cause: InterruptionCause): void {
    const current = items.find((item) => item.heardMs < item.sentMs) ?? items.at(-1);
    const { itemId = null, heardMs = 0, sentMs = 0 } = current ?? {};
    this.router.publish('agent.interrupted', { itemId, heardMs, sentMs, stopMs, cause });
  }
}
