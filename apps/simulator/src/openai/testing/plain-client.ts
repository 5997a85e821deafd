import { jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { WebSocket } from 'ws';
import { readSchema } from '../client-schema.js';
import { Journal, type PassedEvent } from '../journal.js';

type Event = Record<string, unknown>;

// Seconds of sound go through real sockets; on a busy machine that takes longer than a unit test may.
jest.setTimeout(30_000);

/** Compiled when the tests are loaded: it takes longer than most of them. */
const isServerEvent = new Ajv2020({ strict: false }).compile(
  readSchema('server-events.ga.tolerant.schema.json'),
);

/** A bare `ws` client of the simulator. It notes everything, and every event that OpenAI's schema does not know. */
export class PlainClient {
  readonly journal = new Journal();
  /** What was not valid against the schema of server events, with the reason. */
  readonly invalid: string[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
    socket.on('error', () => socket.terminate());
  }

  /** Resolves when the session is created. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<PlainClient> {
    const client = PlainClient.open(`${url}?model=gpt-realtime-2.1`, headers);
    await client.next('session.created');
    return client;
  }

  static open(url: string, headers: Record<string, string> = {}, protocols: string[] = []): PlainClient {
    const all = protocols.length > 0 ? headers : { Authorization: 'Bearer sk-test', ...headers };
    return new PlainClient(new WebSocket(url, protocols, { headers: all }));
  }

  send(event: Event): void {
    this.socket.send(JSON.stringify(event));
  }

  /** The `nth` event of a type, past or to come. */
  async next(type: string, nth = 1): Promise<Event> {
    return (await this.journal.wait(type, nth)).event;
  }

  /** Sends, and resolves to the error that answers it. */
  async refusalOf(event: Event): Promise<Event> {
    const nth = this.journal.ofType('error').length + 1;
    this.send(event);
    return (await this.next('error', nth)).error as Event;
  }

  /** Sends a session.update with these fields and resolves to the session that comes back. */
  async update(session: Event): Promise<Event> {
    const nth = this.journal.ofType('session.updated').length + 1;
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } });
    return (await this.next('session.updated', nth)).session as Event;
  }

  /** Everything sent so far has been read and answered. Clears the input buffer. */
  async settled(): Promise<void> {
    const nth = this.journal.ofType('input_audio_buffer.cleared').length + 1;
    this.send({ type: 'input_audio_buffer.clear' });
    await this.next('input_audio_buffer.cleared', nth);
  }

  /** As `settled`, without touching the input buffer. */
  async settledAfterSound(): Promise<void> {
    const nth = this.journal.ofType('error').length + 1;
    this.send({ type: 'conversation.item.retrieve', item_id: 'item_that_there_is_not' });
    await this.next('error', nth);
  }

  get events(): readonly PassedEvent[] {
    return this.journal.events;
  }

  get types(): string[] {
    return this.journal.events.map((passed) => passed.type);
  }

  /** All sound of an item, decoded from base64. */
  soundOf(itemId: unknown): Buffer {
    const deltas = this.journal
      .ofType('response.output_audio.delta')
      .filter(({ event }) => event.item_id === itemId);
    return Buffer.concat(deltas.map(({ event }) => Buffer.from(String(event.delta), 'base64')));
  }

  private receive(text: string): void {
    let event: Event;
    try {
      event = JSON.parse(text);
    } catch {
      this.invalid.push(`not JSON: ${text.slice(0, 80)}`);
      return;
    }
    const type = String(event?.type);
    if (!isServerEvent(event)) {
      this.invalid.push(`${type}: ${JSON.stringify(isServerEvent.errors?.slice(0, 3))}`);
    }
    this.journal.add({ atMs: performance.now(), type, event });
  }
}
