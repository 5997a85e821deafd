import type { WebSocket } from 'ws';
import type { Clock } from '#libs/contracts';
import type { Dialect } from './dialect.js';
import { Journal } from './journal.js';
import type { Refusal } from './refusal.js';

export type Fields = Record<string, unknown>;

/** Where in a response a piece of content belongs. */
export interface ContentPlace {
  readonly response_id: string;
  readonly item_id: string;
  readonly output_index: number;
  readonly content_index: number;
}

export interface OutboxOptions {
  readonly clock: Clock;
  readonly dialect: Dialect;
  /** 0 ... 1: how often an event carries a field, or is preceded by an event, that no documentation knows. */
  readonly strange: number;
  /** 0 ... 1, anew at each call. */
  readonly random: () => number;
}

/** Everything that one session sends goes through here. */
export class Outbox {
  /** What was sent, sound deltas left out. */
  readonly sent = new Journal();
  /** A session that has fallen silent keeps its socket and says nothing more, not even to pings. */
  silent = false;
  private count = 0;
  private readonly audioDeltaType: string;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: OutboxOptions,
  ) {
    this.audioDeltaType = String(options.dialect({ type: 'response.output_audio.delta' })?.type);
  }

  emit(type: string, fields: Fields = {}): void {
    if (this.silent) return;
    const event = this.options.dialect({ type, event_id: this.nextId(), ...fields });
    if (event === null) return;
    this.sent.add({ atMs: this.options.clock.nowMs(), type: String(event.type), event });
    const { strange, random } = this.options;
    if (strange > 0 && random() < strange) this.beStrange(event);
    else this.raw(JSON.stringify(event));
  }

  /** `base64` is pasted as it is: sound is the bulk of what is sent, and needs no escaping. */
  audioDelta(place: ContentPlace, base64: string): void {
    if (this.silent) return;
    this.raw(
      `{"type":"${this.audioDeltaType}","event_id":"${this.nextId()}","response_id":"${place.response_id}",` +
        `"item_id":"${place.item_id}","output_index":${place.output_index},"content_index":${place.content_index},` +
        `"delta":"${base64}"}`,
    );
  }

  error(refusal: Refusal, clientEventId: string | null, type = 'invalid_request_error'): void {
    const { code, message, param } = refusal;
    this.emit('error', { error: { type, code, message, param, event_id: clientEventId } });
  }

  raw(text: string | Buffer): void {
    if (!this.silent && this.socket.readyState === this.socket.OPEN) this.socket.send(text);
  }

  private beStrange(event: Fields): void {
    const { random } = this.options;
    if (random() < 0.5) {
      this.raw(JSON.stringify({ ...event, x_experiment: { arm: Math.floor(random() * 4) } }));
      return;
    }
    this.raw(
      JSON.stringify({ type: 'response.mood.delta', event_id: this.nextId(), mood: { calm: random() } }),
    );
    this.raw(JSON.stringify(event));
  }

  private nextId(): string {
    this.count += 1;
    return `event_${this.count}`;
  }
}
