import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CapturedLog, ManualClock } from '#libs/testing';
import { callOptions, configWith } from '../test/call-options.js';
import { ConversationLog } from './conversation-log.js';
import { ResponseQueue } from './response-queue.js';
import type { ServerError, ServerResponse } from './server-objects.js';
import { NOBODY, type SessionContext } from './session-context.js';

const ALREADY_ACTIVE = 'conversation_already_has_active_response';

/** What has left one side and not reached the other. */
type Upward = { readonly create: string; readonly purpose: string | null } | { readonly item: string };
type Downward =
  | { readonly created: ServerResponse }
  | { readonly done: string }
  | { readonly added: string }
  | { readonly refused: ServerError };

/** A server that keeps OpenAI's rule of one active response, at the far end of a slow line. */
class SlowServer {
  readonly up: Upward[] = [];
  readonly down: Downward[] = [];
  readonly items: string[] = [];
  /** For each response the items it knew. */
  readonly responses: {
    readonly id: string;
    readonly purpose: string | null;
    readonly knew: readonly string[];
  }[] = [];
  active: string | null = null;

  receive(): void {
    const event = this.up.shift();
    if (event === undefined) return;
    if ('item' in event) {
      this.items.push(event.item);
      this.down.push({ added: event.item });
    } else if (this.active === null) this.start(event.purpose);
    else {
      const refused = { type: 'invalid_request_error', code: ALREADY_ACTIVE, message: '', param: null };
      this.down.push({ refused: { ...refused, eventId: event.create } });
    }
  }

  /** By request, or by its own voice detection. */
  start(purpose: string | null = null): void {
    if (this.active !== null) return;
    const id = `r${this.responses.length + 1}`;
    this.active = id;
    this.responses.push({ id, purpose, knew: [...this.items] });
    this.down.push({
      created: { id, status: 'in_progress', reason: null, error: null, usage: null, purpose },
    });
  }

  finish(): void {
    if (this.active === null) return;
    this.down.push({ done: this.active });
    this.active = null;
  }
}

function make() {
  const server = new SlowServer();
  const config = configWith('ws://127.0.0.1/');
  const clock = new ManualClock();
  let ids = 0;
  const newId = () => `pb_${++ids}`;
  const floor = { holdsFloor: false, inTurn: false };
  /** What the client knows: has it sent a request, or heard of a response, whose end it has not heard of? */
  const known = { asked: false, active: false };
  const context: SessionContext = {
    config,
    call: callOptions({ config, clock, log: new CapturedLog() }),
    clock,
    history: new ConversationLog(10, 1000, newId),
    listener: NOBODY,
    instantOf: () => null,
    newId,
    send: (event) => {
      if (event.type !== 'response.create') return true;
      expect(known).toEqual({ asked: false, active: false });
      expect(floor.holdsFloor).toBe(false);
      known.asked = true;
      const purpose = event.response?.metadata?.purpose ?? null;
      server.up.push({ create: event.event_id!, purpose });
      return true;
    },
  };
  const queue = new ResponseQueue(context, () => floor);
  const hear = () => {
    const event = server.down.shift();
    if (event === undefined) return;
    if ('created' in event) {
      known.asked = false;
      known.active = true;
      queue.onCreated(event.created);
    } else if ('done' in event) {
      known.active = false;
      queue.onDone(event.done);
      queue.pump();
    } else if ('added' in event) queue.onItemAdded(event.added);
    else {
      known.asked = false;
      queue.onRefused(event.refused);
    }
  };
  const ask = () => {
    const item = newId();
    server.up.push({ item });
    queue.request('answer', item);
    return item;
  };
  const turn = (taken: boolean) => {
    floor.holdsFloor = taken;
    floor.inTurn = taken;
    if (!taken) queue.pump();
  };
  return { server, queue, hear, ask, turn };
}

describe('ResponseQueue', () => {
  it('sends a request at once when nothing is in its way', () => {
    const { server, queue, ask } = make();
    ask();
    expect(server.up.map((event) => Object.keys(event)[0])).toEqual(['item', 'create']);
    expect(queue.isBusy).toBe(true);
  });

  it('asks once for several results that came while a response ran', () => {
    const { server, hear, ask } = make();
    server.start();
    hear();
    ask();
    ask();
    for (let i = 0; i < 4; i++) server.receive();
    server.finish();
    for (let i = 0; i < 4; i++) hear();
    expect(server.up).toHaveLength(1);
  });

  it('tells since when the server owes an event', () => {
    const { server, queue, hear, ask } = make();
    expect(queue.waitingSinceMs).toBeNull();
    ask();
    expect(queue.waitingSinceMs).toBe(1000);
    server.receive();
    server.receive();
    server.finish();
    hear();
    hear();
    hear();
    expect(queue.waitingSinceMs).toBeNull();
    expect(queue.isBusy).toBe(false);
  });

  it('never asks while a response is known to run or the caller has the floor, and leaves no question unanswered', () => {
    const steps = ['ask', 'say', 'receive', 'hear', 'start', 'finish', 'speak', 'fall silent'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 80 }), (story) => {
        const { server, queue, hear, ask, turn } = make();
        const asked: string[] = [];
        let said = 0;
        for (const step of story) {
          if (step === 'ask') asked.push(ask());
          else if (step === 'say') said += queue.say(`Text ${said}.`) ? 1 : 0;
          else if (step === 'receive') server.receive();
          else if (step === 'hear') hear();
          else if (step === 'start') server.start();
          else if (step === 'finish') server.finish();
          else turn(step === 'speak');
        }
        turn(false);
        for (let i = 0; i < 6 * story.length + 20; i++) {
          server.receive();
          hear();
          server.finish();
        }
        expect(queue.isBusy).toBe(false);
        // Words are no answer, and each text is said.
        const answers = server.responses.filter(({ purpose }) => purpose === null);
        expect(server.responses.length - answers.length).toBeGreaterThanOrEqual(said);
        const answered = new Set(answers.flatMap((response) => response.knew));
        expect(asked.filter((item) => !answered.has(item))).toEqual([]);
      }),
      {
        numRuns: 2000,
        // A refusal that comes after the next request: the server's own response was taken for ours meanwhile.
        examples: [[['ask', 'start', 'finish', 'start', 'say', 'receive']]],
      },
    );
  });
});
