import type { Cancel, Clock, LegInfo } from '#libs/contracts';
import type { UsableFormats } from './audiocodes.formats.js';
import { errors } from './errors.js';
import { Transfer } from './transfer.js';

/** What of a call outlives its socket, so that it can be resumed on another. */
export class Conversation {
  private streams = 0;
  private cancelForget: Cancel | null = null;
  /** The `start` activity came. */
  started = false;
  /** The bot's wishes for the call were sent; they hold to its end. */
  configured = false;
  /** Its outcome may come on another socket than it was asked for on. */
  readonly transfer: Transfer;
  /** Drops the socket that the conversation runs on now, without ending the call. */
  dropLeg: () => void = () => undefined;

  constructor(
    readonly info: LegInfo,
    readonly formats: UsableFormats,
    private readonly all: Conversations,
  ) {
    this.transfer = new Transfer(all.clock);
  }

  get id(): string {
    return this.info.platformCallId;
  }

  /** Never the same twice in a conversation, on whatever socket. */
  nextStreamId(): string {
    this.streams += 1;
    return String(this.streams);
  }

  /** The socket is gone; the conversation is kept as long as it may be resumed. */
  lost(): void {
    this.cancelForget ??= this.all.clock.after(this.all.keepLostMs, () => this.ended());
  }

  resumed(): void {
    this.cancelForget?.();
    this.cancelForget = null;
  }

  ended(): void {
    this.resumed();
    this.transfer.failed(errors.transferImpossible('it has ended'));
    this.all.forget(this);
  }
}

/** The conversations that run, by their ids, whatever socket they are on. */
export class Conversations {
  private readonly byId = new Map<string, Conversation>();

  constructor(
    readonly clock: Clock,
    readonly keepLostMs: number,
  ) {}

  get size(): number {
    return this.byId.size;
  }

  add(conversation: Conversation): void {
    this.byId.set(conversation.id, conversation);
  }

  find(id: string): Conversation | null {
    return this.byId.get(id) ?? null;
  }

  /** Only if it is this very one: a call under the same id may have come since. */
  forget(conversation: Conversation): void {
    if (this.byId.get(conversation.id) === conversation) this.byId.delete(conversation.id);
  }
}
