import type { HeardItem } from '#libs/contracts';

interface Unheard {
  readonly itemId: string;
  sentMs: number;
  complete: boolean;
}

/**
 * What the agent says while it is not to be heard. An utterance that begins so stays unheard to its end, also when the agent
 * is let be heard again meanwhile: nobody wants half a sentence. The AI is told of each, so that it does not believe it said it.
 */
export class UnheardSpeech {
  private items: readonly Unheard[] = [];
  /** The newest, which is nearly always the one that sound comes of. */
  private newest: Unheard | null = null;

  /** Called per frame. True: nobody is to hear this. `hushed`: the agent is not to be heard now. */
  takes(itemId: string, durationMs: number, hushed: boolean): boolean {
    if (this.newest === null && !hushed) return false;
    const item = this.itemOf(itemId) ?? (hushed ? this.begin(itemId) : null);
    if (item === null) return false;
    item.sentMs += durationMs;
    return true;
  }

  /** No more sound of this item. True: it was one of those. */
  complete(itemId: string): boolean {
    const item = this.itemOf(itemId);
    if (item === null) return false;
    item.complete = true;
    return true;
  }

  /** Those of which all has come, oldest first; they are forgotten here. */
  takeComplete(): readonly HeardItem[] {
    return this.take((item) => item.complete);
  }

  /** All, oldest first, as when the AI is told to stop; they are forgotten here. */
  takeAll(): readonly HeardItem[] {
    return this.take(() => true);
  }

  private begin(itemId: string): Unheard {
    // Another utterance begins: the one before it has ended, whether or not the AI said so.
    for (const item of this.items) item.complete = true;
    const item: Unheard = { itemId, sentMs: 0, complete: false };
    this.items = [...this.items, item];
    this.newest = item;
    return item;
  }

  private itemOf(itemId: string): Unheard | null {
    if (this.newest?.itemId === itemId) return this.newest;
    return this.items.find((item) => item.itemId === itemId) ?? null;
  }

  private take(isMeant: (item: Unheard) => boolean): readonly HeardItem[] {
    if (this.items.length === 0) return [];
    const taken = this.items.filter(isMeant);
    this.items = this.items.filter((item) => !taken.includes(item));
    this.newest = this.items.at(-1) ?? null;
    return taken.map(({ itemId, sentMs, complete }) => ({ itemId, sentMs, heardMs: 0, complete }));
  }
}
