import type { Cancel, Clock } from '#libs/contracts';

/** Documentation and a third party's library disagree about the name. */
export type DtmfField = 'dtmfDigits' | 'dtmf';

const DIGITS = /^[0-9*#w]+$/;
/** What VoiceAI Connect takes for a key is not known; this long is waited between two activities for each key of the first. */
const KEY_MS = 250;
const WAIT_MS = 500;

/** Keys towards the caller's side, as `sendDtmf` activities of a length that VoiceAI Connect takes, with pauses between them. */
export class KeySender {
  private waiting: readonly { readonly atMs: number; readonly digits: string }[] = [];
  private freeAtMs = 0;
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    /** One activity's worth. */
    private readonly tell: (digits: string) => void,
  ) {}

  /** False: VoiceAI Connect has no such keys. `w` is half a second. */
  send(keys: string): boolean {
    if (!DIGITS.test(keys)) return false;
    let atMs = Math.max(this.freeAtMs, this.clock.nowMs());
    // An activity with more than 20 is ignored.
    for (const part of keys.match(/w+|[^w]{1,20}/g) ?? []) {
      if (part.startsWith('w')) atMs += part.length * WAIT_MS;
      else {
        this.waiting = [...this.waiting, { atMs, digits: part }];
        atMs += part.length * KEY_MS;
      }
    }
    this.freeAtMs = atMs;
    this.next();
    return true;
  }

  close(): void {
    this.waiting = [];
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private next(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    const nowMs = this.clock.nowMs();
    while (this.waiting[0] !== undefined && this.waiting[0].atMs <= nowMs) {
      const [first, ...rest] = this.waiting;
      this.waiting = rest;
      this.tell(first!.digits);
    }
    const [first] = this.waiting;
    if (first !== undefined) this.cancelTimer = this.clock.after(first.atMs - nowMs, () => this.next());
  }
}
