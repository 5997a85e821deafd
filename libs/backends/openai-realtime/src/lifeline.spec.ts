import { afterEach, describe, expect, it } from '@jest/globals';
import { frameFromBytes } from '#libs/audio';
import type { AgentSettings, GatewayError } from '#libs/contracts';
import type { ManualClock } from '#libs/testing';
import { MULAW } from '../test/call-options.js';
import { Rig } from '../test/rig.js';
import { type Peer, refuseWith, type ServerScript } from '../test/scripted-server.js';
import {
  allWords,
  COMMITTED,
  call,
  created,
  done,
  heard,
  SPEECH_STARTED,
  SPEECH_STOPPED,
  sound,
} from '../test/server-events.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

let rig: Rig<ManualClock>;

async function make(script: ServerScript = {}): Promise<void> {
  rig = await Rig.manual(script);
}

async function connect(
  script: ServerScript = {},
  settings: Partial<OpenAiRealtimeConfig> = {},
  agent: Partial<AgentSettings> = {},
): Promise<void> {
  await make(script);
  await rig.connect({ audioFormat: 'pcmu', ...settings }, agent);
}

/** The connection breaks, and the next one is up. */
async function broken(nth = 2): Promise<Peer> {
  rig.peer.socket.terminate();
  await rig.ear.told('lost', nth - 1);
  rig.clock.advance(3000);
  const next = await rig.server.peer(nth);
  await rig.ear.told('restored', nth - 1);
  rig.peer = next;
  await rig.settled();
  return next;
}

/** Lets sockets work while time stands still. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

function itemsOf(peer: Peer): unknown[] {
  return peer.ofType('conversation.item.create').map((event) => {
    const { id: _id, type, role, content, ...rest } = event.item as Record<string, unknown>;
    return role === undefined ? { type, ...rest } : `${role}: ${(content as { text: string }[])[0]?.text}`;
  });
}

const frame = (byte: number) => frameFromBytes('caller', MULAW, 0, Buffer.from([byte]));

afterEach(async () => {
  expect(await rig.end()).toEqual([]);
});

describe('a connection that is lost', () => {
  it('closes everything that was open on it, and takes no sound while it is away', async () => {
    await connect();
    await rig.says(SPEECH_STARTED, created('r1'), sound('r1', 'a1', 100), allWords('r1', 'a1', 'Half.'));
    rig.peer.socket.terminate();
    await rig.ear.told('lost OPENAI_CONNECTION_LOST');
    expect(rig.session.push(frame(1))).toBe(false);
    const from = rig.ear.news.indexOf('caller stopped');
    expect(rig.ear.news.slice(from)).toEqual([
      'caller stopped',
      'audio done a1',
      'response failed OPENAI_CONNECTION_LOST',
      'lost OPENAI_CONNECTION_LOST',
    ]);
  });

  it('comes back with the history before any sound, and asks for the answer that is owed', async () => {
    await connect();
    const type = 'conversation.item.input_audio_transcription.completed';
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, { type, item_id: 'u1', transcript: 'Hello?' });
    await rig.says(created('r1'), call('r1', 'c1'));
    rig.session.answerTool('c1', 'found');
    await rig.settled();
    const next = await broken();
    expect(itemsOf(next)).toEqual([
      'user: Hello?',
      { type: 'function_call', call_id: 'c1', name: 'lookup_order', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'found' },
    ]);
    expect(next.received.at(-1)?.type).toBe('response.create');
    expect(next.ofType('response.create')).toHaveLength(1);
    expect(rig.session.push(frame(1))).toBe(true);
  });

  it('is silent afterwards when nobody waits', async () => {
    await connect();
    await rig.says(created('r1'), sound('r1', 'a1', 100), allWords('r1', 'a1', 'All said.'), done('r1'));
    const next = await broken();
    expect(itemsOf(next)).toEqual(['assistant: All said.']);
    expect(next.ofType('response.create')).toHaveLength(0);
  });

  it('lets the model ask again for a turn that was lost with it', async () => {
    await connect();
    await rig.says(SPEECH_STARTED);
    const next = await broken();
    expect(itemsOf(next)).toEqual(['user: (The caller said something that was not written down.)']);
    expect(next.ofType('response.create')).toHaveLength(1);
  });

  it('takes the result of a function while it is away, and one that comes later', async () => {
    await connect();
    await rig.says(created('r1'), call('r1', 'c1'), call('r1', 'c2'), done('r1'));
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    rig.session.answerTool('c1', 'early');
    rig.clock.advance(1000);
    await rig.ear.told('restored');
    rig.peer = await rig.server.peer(2);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(0);
    rig.session.answerTool('c2', 'late');
    await rig.settled();
    expect(itemsOf(rig.peer)).toMatchObject([
      { type: 'function_call', call_id: 'c1' },
      { type: 'function_call_output', call_id: 'c1', output: 'early' },
      { type: 'function_call', call_id: 'c2' },
      { type: 'function_call_output', call_id: 'c2', output: 'late' },
    ]);
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('drops the result of a function that the new session was not told of', async () => {
    await connect({}, { historyTurns: 1 });
    await rig.says(created('r1'), call('r1', 'c1'), done('r1'));
    rig.session.dtmf('1');
    await rig.settled();
    await broken();
    rig.session.answerTool('c1', 'nobody asked');
    await rig.settled();
    expect(itemsOf(rig.peer)).toEqual([
      'system: This conversation is longer than shown: its beginning is left out.',
      'user: [keypad] 1',
    ]);
  });

  it('says the greeting again that nobody heard, and only then', async () => {
    await connect();
    rig.session.greet();
    await rig.says(created('r1', { purpose: 'greeting' }));
    const second = await broken();
    expect(second.ofType('response.create')).toMatchObject([
      { response: { metadata: { purpose: 'greeting' } } },
    ]);
    await rig.says(
      created('r2', { purpose: 'greeting' }),
      sound('r2', 'a1', 100),
      allWords('r2', 'a1', 'Hi.'),
      done('r2'),
    );
    const third = await broken(3);
    expect(third.ofType('response.create')).toHaveLength(0);
  });

  it('answers the keys that were pressed while it was away, rather than greet', async () => {
    await connect();
    rig.session.greet();
    await rig.peer.next('response.create');
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    rig.session.dtmf('7');
    rig.clock.advance(1000);
    await rig.ear.told('restored');
    rig.peer = await rig.server.peer(2);
    await rig.settled();
    expect(itemsOf(rig.peer)).toEqual(['user: [keypad] 7']);
    expect(rig.of('response.create').map((event) => event.response)).toEqual([undefined]);
  });

  it('says what is owed to a caller who came back while it was away', async () => {
    await connect();
    await rig.says(created('r1'), sound('r1', 'a1', 1000), allWords('r1', 'a1', 'one two'), done('r1'));
    rig.session.interrupt(heard('a1', 500, 1000));
    await rig.settled();
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    rig.session.goOn?.();
    rig.clock.advance(1000);
    await rig.ear.told('restored');
    const next = await rig.server.peer(2);
    await next.next('response.create');
    expect(itemsOf(next)).toEqual(['assistant: one']);
  });

  it('replaces, never truncates, what it was told and the caller did not hear', async () => {
    await connect();
    await rig.says(created('r1'), sound('r1', 'a1', 1000), allWords('r1', 'a1', 'one two three four'));
    await rig.says(created('r2'), sound('r2', 'a2', 1000), allWords('r2', 'a2', 'five six'), done('r2'));
    const next = await broken();
    const [first, second] = next
      .ofType('conversation.item.create')
      .map((event) => event.item as { id: string });
    rig.ear.heard = () => [...heard('a1', 500, 1000), ...heard('a2', 0, 1000)];
    await rig.says(SPEECH_STARTED);
    expect(next.ofType('conversation.item.truncate')).toEqual([]);
    expect(itemsOf(next).at(-1)).toBe('assistant: one two');
    expect(next.ofType('conversation.item.create').at(-1)).toMatchObject({ previous_item_id: first!.id });
    expect(next.ofType('conversation.item.delete').map((event) => event.item_id)).toEqual([
      first!.id,
      second!.id,
    ]);
  });

  it('is noticed when the server falls silent', async () => {
    await connect();
    rig.peer.socket.pause();
    rig.clock.advance(16_000);
    await rig.ear.told('lost OPENAI_SILENT');
    rig.peer.socket.resume();
  });

  it('is tried again with growing pauses, until the time is up', async () => {
    let refusing = false;
    await connect({
      onUpgrade: (request, socket) => refusing && refuseWith(503).onUpgrade!(request, socket),
    });
    refusing = true;
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    const attempts: number[] = [];
    const startMs = rig.clock.nowMs();
    while (rig.ear.count('closed') === 0) {
      const { upgrades } = rig.server;
      rig.clock.advance(20);
      await turns();
      if (rig.server.upgrades > upgrades) attempts.push(rig.clock.nowMs() - startMs);
    }
    expect(rig.clock.nowMs() - startMs).toBeLessThanOrEqual(10_000);
    expect(attempts.length).toBeGreaterThanOrEqual(4);
    expect(attempts[0]).toBeLessThanOrEqual(400);
    expect(rig.ear.news.at(-1)).toBe('closed OPENAI_HANDSHAKE_REFUSED');
  });

  it('is given up at once when the account is refused', async () => {
    let refusing = false;
    await connect({
      onUpgrade: (request, socket) => refusing && refuseWith(401).onUpgrade!(request, socket),
    });
    refusing = true;
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    rig.clock.advance(500);
    await rig.ear.told('closed OPENAI_UNAUTHORIZED');
    expect(rig.server.upgrades).toBe(2);
  });

  it.each([1002, 1003, 1007, 1008, 4000])('is not tried to be restored after close code %i', async (code) => {
    await connect();
    rig.peer.socket.close(code);
    await rig.ear.told('closed OPENAI_CONNECTION_REFUSED');
    expect(rig.ear.count('lost')).toBe(0);
  });

  it('is given up when each new one breaks as soon as it is there', async () => {
    await connect();
    for (let nth = 2; nth <= 6; nth++) await broken(nth);
    rig.peer.socket.terminate();
    await rig.ear.told('closed OPENAI_UNSTABLE');
  });

  it.each([
    ['while it waits', 0],
    ['while it dials', 1],
  ])('is forgotten when the call ends %s', async (_when, stage) => {
    await connect({ onUpgrade: () => rig.server.upgrades > 1 });
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    if (stage === 1) {
      rig.clock.advance(500);
      await rig.server.until(() => rig.server.upgrades === 2);
    }
    rig.session.close();
    await turns();
    expect(rig.ear.news.at(-1)).toBe('lost OPENAI_CONNECTION_LOST');
    expect(rig.server.upgrades).toBe(1 + stage);
  });
});

describe('the first connection', () => {
  const failure = async (): Promise<GatewayError> => {
    const opening = rig.connect().then(
      () => Promise.reject(new Error('The backend connected.')),
      (error: GatewayError) => error,
    );
    let over = false;
    void opening.finally(() => {
      over = true;
    });
    while (!over) {
      await turns();
      rig.clock.advance(100);
    }
    return opening;
  };

  it('is tried again where that may help', async () => {
    await make({
      onUpgrade: (request, socket) =>
        rig.server.upgrades === 1 && refuseWith(503).onUpgrade!(request, socket),
    });
    const connecting = rig.connect();
    await rig.server.until(() => rig.server.upgrades === 1);
    while (rig.server.peers.length === 0) {
      rig.clock.advance(50);
      await turns();
    }
    await connecting;
    expect(rig.server.upgrades).toBe(2);
  });

  it('ends with a clear word when the server never answers', async () => {
    await make({ onOpen: () => undefined });
    const startMs = rig.clock.nowMs();
    expect((await failure()).code).toBe('OPENAI_CONNECT_TIMEOUT');
    expect(rig.clock.nowMs() - startMs).toBeLessThanOrEqual(8200);
  });

  it('is not tried again where that cannot help', async () => {
    await make(refuseWith(401));
    expect((await failure()).code).toBe('OPENAI_UNAUTHORIZED');
    expect(rig.server.upgrades).toBe(1);
  });

  it('is abandoned at once when the call ends', async () => {
    await make({ onOpen: () => undefined });
    const opening = rig.connect().catch((error: GatewayError) => error.code);
    await rig.server.peer();
    rig.abort.abort();
    expect(await opening).toBe('OPENAI_CONNECT_ABORTED');
  });
});

describe('a session that comes to its end', () => {
  const script = { expiresInMs: 600_000 };
  // Time leaps in these tests, and no pong can come in between.
  const patient = { responseTimeoutMs: 10_000_000, pongTimeoutMs: 10_000_000 };

  /** The successor stands ready. */
  const succeeded = async (): Promise<Peer> => {
    rig.clock.advance(479_900);
    expect(rig.server.upgrades).toBe(1);
    rig.clock.advance(200);
    const next = await rig.server.peer(2);
    await next.next('session.update');
    await turns();
    return next;
  };

  it('is succeeded two minutes before, in a silent moment, and closed in good order', async () => {
    await connect(script, patient);
    await rig.says(created('r1'), sound('r1', 'a1', 100), allWords('r1', 'a1', 'Hello.'), done('r1'));
    rig.session.playedOut?.();
    rig.session.push(frame(1));
    const next = await succeeded();
    rig.session.push(frame(2));
    rig.clock.advance(300);
    await rig.ear.told('restored rollover');
    rig.session.push(frame(3));
    expect(await rig.peer.gone()).toBe(1000);
    await next.until(() => next.appended.length > 0);
    expect(rig.peer.appended).toEqual([frame(1).base64, frame(2).base64]);
    expect(next.appended).toEqual([frame(3).base64]);
    expect(itemsOf(next)).toEqual(['assistant: Hello.']);
    expect(rig.ear.count('lost')).toBe(0);
  });

  it.each([
    ['a response runs', [created('r1')]],
    ['the agent is still heard', [created('r1'), sound('r1', 'a1', 100), done('r1')]],
    ['the caller speaks', [SPEECH_STARTED]],
    ['an answer is about to come', [SPEECH_STARTED, SPEECH_STOPPED, COMMITTED]],
  ])('goes on while %s, but not beyond its end', async (_what, events) => {
    await connect(script, patient);
    await rig.says(...events);
    await succeeded();
    rig.clock.advance(110_000);
    expect(rig.ear.count('restored')).toBe(0);
    rig.clock.advance(5000);
    await rig.ear.told('restored rollover');
  });

  it('is succeeded at once by the one that stands ready when it breaks', async () => {
    await connect(script, patient);
    await rig.says(created('r1'));
    await succeeded();
    rig.peer.socket.terminate();
    await rig.ear.told('restored reconnect');
    expect(rig.server.upgrades).toBe(2);
  });

  it('is opened anew when its successor breaks before its time', async () => {
    await connect(script, patient);
    await rig.says(created('r1'));
    const next = await succeeded();
    next.socket.terminate();
    await turns();
    rig.clock.advance(10_000);
    await (await rig.server.peer(3)).next('session.update');
    await rig.says(sound('r1', 'a1', 20), done('r1'));
    rig.session.playedOut?.();
    await turns();
    rig.clock.advance(1000);
    await rig.ear.told('restored rollover');
  });

  it('leaves nothing behind when the call ends before', async () => {
    await connect(script, patient);
    await rig.says(created('r1'));
    await succeeded();
    rig.session.close();
    expect(await (await rig.server.peer(2)).gone()).toBe(1000);
  });

  it('is renewed earlier where the operator knows better than the server', async () => {
    await connect({}, { ...patient, sessionLimitMs: 200_000 });
    rig.clock.advance(100_100);
    await rig.server.peer(2);
  });
});
