import type { WebSocket } from 'ws';
import type { Cancel } from '#libs/contracts';
import { APPEND } from './appended.js';
import { clientEventCheck } from './client-schema.js';
import { Complaints } from './complaints.js';
import { Dialogue, type DialogueSetting } from './dialogue.js';
import { newId } from './ids.js';
import type { SimItem } from './items.js';
import { type Breach, Journal } from './journal.js';
import type { Mishap } from './mishap.js';
import { type Fields, Outbox, type OutboxOptions } from './outbox.js';
import { Refused } from './refusal.js';
import type { SimResponse } from './responses.js';
import { isObject } from './schema-check.js';
import { defaultSession, type SessionConfig, wireSession } from './session-config.js';
import type { Turn } from './turns.js';

/** What a session takes from its simulator. */
export interface SessionSetting extends DialogueSetting, Omit<OutboxOptions, 'clock'> {
  readonly sessionLimitMs: number;
  readonly onBreach: (breach: Breach) => void;
}

/** What is known of all sound that was appended. */
export interface Appends {
  count: number;
  /** Of sound. */
  ms: number;
  firstAtMs: number | null;
  lastAtMs: number | null;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
  readonly atMs: number;
}

/** One client's session: reads its events, keeps the rules, and holds the truth about what went both ways. */
export class SimSession {
  readonly id = newId('sess');
  readonly openedAtMs: number;
  /** What the client sent, appended sound left out. */
  readonly received = new Journal();
  readonly appends: Appends = { count: 0, ms: 0, firstAtMs: null, lastAtMs: null };
  /** How it ended; null while it is open. */
  closed: Closing | null = null;
  readonly ended: Promise<Closing>;

  private readonly outbox: Outbox;
  private readonly complaints: Complaints;
  private readonly dialogue: Dialogue;
  private readonly cancelExpiry: Cancel;

  constructor(
    private readonly socket: WebSocket,
    kind: SessionConfig['type'],
    model: string,
    /** Of the upgrade request. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    private readonly setting: SessionSetting,
  ) {
    const { clock, sessionLimitMs } = setting;
    this.openedAtMs = clock.nowMs();
    this.outbox = new Outbox(socket, setting);
    this.complaints = new Complaints(this.id, this.outbox, clock, setting.onBreach);
    const expiresAt = Math.floor((Date.now() + sessionLimitMs) / 1000);
    const config = defaultSession(kind, this.id, model, expiresAt);
    this.dialogue = new Dialogue(config, this.outbox, this.complaints, setting, {
      onMishap: (mishap) => this.onMishap(mishap),
      onLateRefusal: (refused, event) => this.refuse(refused, event),
    });
    this.cancelExpiry = clock.after(sessionLimitMs, () => this.expire());
    socket.on('message', (data: Buffer, isBinary: boolean) => this.onMessage(data, isBinary));
    socket.on('ping', (data: Buffer) => {
      if (!this.stalled) socket.pong(data);
    });
    this.ended = new Promise((resolve) => {
      socket.once('close', (code: number, reason: Buffer) => {
        this.onClosed(code, reason.toString());
        resolve(this.closed!);
      });
    });
    this.outbox.emit('session.created', { session: wireSession(config) });
    if (setting.strange > 0) {
      // The schema has it here, live captures mostly lack it.
      const { id } = this.dialogue.conversation;
      this.outbox.emit('conversation.created', { conversation: { id, object: 'realtime.conversation' } });
    }
  }

  /** The effective configuration. */
  get config(): SessionConfig {
    return this.dialogue.config;
  }

  /** The conversation as it is now. */
  get items(): readonly SimItem[] {
    return this.dialogue.conversation.items;
  }

  /** Every item that was ever in the conversation. */
  get everyItem(): readonly SimItem[] {
    return this.dialogue.conversation.everyItem;
  }

  get turns(): readonly Turn[] {
    return this.dialogue.input.turns;
  }

  get responses(): readonly SimResponse[] {
    return this.dialogue.output.responses;
  }

  /** What was sent, sound left out. */
  get sent(): Journal {
    return this.outbox.sent;
  }

  /** The session's time is up. */
  expire(): void {
    const minutes = Math.max(1, Math.round(this.setting.sessionLimitMs / 60_000));
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.outbox.error({ code: 'session_expired', message, param: null }, null);
    this.close(1001, message);
  }

  close(code: number, reason = ''): void {
    this.dialogue.output.abandon();
    this.socket.close(code, reason);
  }

  /** The connection is gone without a goodbye: the client sees 1006. */
  cut(): void {
    this.dialogue.output.abandon();
    this.socket.terminate();
  }

  /** The connection stays, and nothing comes any more. */
  stall(): void {
    this.dialogue.output.abandon();
    this.outbox.silent = true;
  }

  get stalled(): boolean {
    return this.outbox.silent;
  }

  private onClosed(code: number, reason: string): void {
    this.closed = { code, reason, atMs: this.setting.clock.nowMs() };
    this.dialogue.close();
    this.cancelExpiry();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.complaints.refuseFrame('Only text frames are accepted.');
      this.close(1003, 'Only text frames are accepted.');
      return;
    }
    let event: unknown;
    try {
      event = JSON.parse(data.toString());
    } catch {
      this.refuse(new Refused('invalid_json', 'The event is not valid JSON.'), {});
      return;
    }
    if (!isObject(event)) {
      this.refuse(new Refused('invalid_event', 'An event is a JSON object.'), {});
      return;
    }
    try {
      this.read(event);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      this.refuse(thrown, event);
    }
  }

  private refuse(refused: Refused, event: Fields): void {
    this.complaints.refuse(refused, event);
    if (refused.code === 'invalid_intent') this.close(4000, `invalid_request_error.${refused.code}`);
  }

  private read(event: Fields): void {
    const atMs = this.setting.clock.nowMs();
    if (event.type === APPEND) {
      if (!this.stalled) this.append(event, atMs);
      return;
    }
    this.received.add({ atMs, type: String(event.type), event });
    if (this.stalled) return;
    const refusal = clientEventCheck().check(event);
    if (refusal !== null) throw new Refused(refusal.code, refusal.message, refusal.param);
    this.dialogue.carryOut(event);
  }

  private append(event: Fields, atMs: number): void {
    const { appends } = this;
    appends.ms += this.dialogue.append(event);
    appends.count += 1;
    appends.firstAtMs ??= atMs;
    appends.lastAtMs = atMs;
  }

  private onMishap(mishap: Mishap): void {
    if (mishap.kind === 'close') this.close(mishap.code, 'The server had trouble.');
    else if (mishap.kind === 'stall') this.stall();
    else if (mishap.kind === 'cut') this.cut();
    else this.expire();
  }
}
