import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { bytesFromSamples, frameFromSamples, samplesFromBytes } from '#libs/audio';
import {
  describePlatformContract,
  EventTape,
  type PlatformPeer,
  ScriptedBackend,
  until,
} from '#libs/testing';
import { type Booted, boot, closeAll } from './boot.js';
import { knock } from './knock.js';

const YAML = 'platforms:\n  browser: {}\nbackends:\n  echo: {}\n';
const RATE = 24_000;
const FORMAT = { encoding: 'pcm16' as const, sampleRate: RATE };

afterEach(closeAll);

interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The browser's end of one socket, as the protocol has it. */
class Softphone {
  readonly messages: Message[] = [];
  readonly heard: Buffer[] = [];
  readonly spoken: Buffer[] = [];
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.heard.push(data);
      else this.messages.push(JSON.parse(data.toString()));
    });
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async open(wsOrigin: string, headers: Record<string, string> = {}): Promise<Softphone> {
    const socket = new WebSocket(`${wsOrigin}/browser`, { headers });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Softphone(socket);
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async start(fields: object = {}): Promise<void> {
    this.send({ type: 'start', ...fields });
    await this.got('ready');
  }

  speak(samples: Int16Array): void {
    for (let at = 0; at < samples.length; at += 480) {
      const piece = Buffer.from(bytesFromSamples(samples.slice(at, at + 480)));
      this.spoken.push(piece);
      this.socket.send(piece);
    }
  }

  all(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  async got(type: string, count = 1): Promise<Message> {
    await until(() => this.all(type).length >= count, `the message ${type}`);
    return this.all(type)[count - 1]!;
  }
}

describePlatformContract({
  name: 'browser',
  resumes: false,
  open: async (backend) => {
    const booted = await boot({}, { backend, yaml: YAML });
    return {
      events: booted.gateway.events,
      get callCount() {
        return booted.gateway.switchboard.callCount;
      },
      place: () => peer(booted),
      close: () => booted.gateway.close(),
    };
  },
});

async function peer({ wsOrigin }: Booted): Promise<PlatformPeer> {
  const phone = await Softphone.open(wsOrigin);
  await phone.start();
  return {
    speak: async (samples) => phone.speak(samples),
    spoken: () => samplesFromBytes(Buffer.concat(phone.spoken)),
    heard: () => samplesFromBytes(Buffer.concat(phone.heard)),
    silenced: () => phone.all('clear').length,
    press: (digit) => phone.send({ type: 'dtmf', digit }),
    rubbish: () => phone.socket.send('{"rubbish'),
    send: (message) => phone.socket.send(message),
    hangUp: () => phone.send({ type: 'stop' }),
    cut: () => phone.socket.terminate(),
    ended: phone.closed,
  };
}

async function house(env: Record<string, string> = {}, yaml = YAML) {
  const backend = new ScriptedBackend([FORMAT]);
  const booted = await boot(env, { backend, yaml });
  const tape = new EventTape(booted.gateway.events);
  const call = async (fields: object = {}) => {
    const phone = await Softphone.open(booted.wsOrigin);
    await phone.start(fields);
    await until(() => (backend.session?.greetings ?? 0) > 0, 'the greeting');
    return { phone, ai: backend.session };
  };
  return { ...booted, backend, tape, call, count: () => booted.gateway.switchboard.callCount };
}

describe('the door of the softphone', () => {
  const ADMIN_TOKEN = 'an-admin-token-of-good-length-0123456789';
  const ring = (wsOrigin: string, headers?: Record<string, string>) => knock(`${wsOrigin}/browser`, headers);

  it('is the operators’: token, and pages of our own', async () => {
    const { wsOrigin, origin } = await house({ ADMIN_TOKEN });
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    expect(await ring(wsOrigin)).toBe(401);
    expect(await ring(wsOrigin, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await ring(wsOrigin, { cookie: 'patchbay_session=1.2' })).toBe(401);
    expect(await ring(wsOrigin, { authorization, origin: 'https://evil.example' })).toBe(403);
    expect(await ring(wsOrigin, { authorization, origin })).toBe(101);
    expect(await ring(wsOrigin, { authorization })).toBe(101);
  });

  it('without a token is open to this machine alone', async () => {
    const { wsOrigin, origin } = await house();
    expect(await ring(wsOrigin, { 'x-forwarded-for': '192.0.2.1' })).toBe(403);
    expect(await ring(wsOrigin, { origin: 'https://evil.example' })).toBe(403);
    expect(await ring(wsOrigin, { origin })).toBe(101);
  });

  it('is shut while all places are taken, and open again afterwards', async () => {
    const { wsOrigin, count } = await house({ MAX_CALLS: '1' });
    const first = await Softphone.open(wsOrigin);
    expect(await ring(wsOrigin)).toBe(503);
    first.socket.terminate();
    await until(() => count() === 0, 'the place');
    expect(await ring(wsOrigin)).toBe(101);
  });
});

describe('a call of the softphone', () => {
  it('tells its own id, who calls and with what', async () => {
    const { call, gateway } = await house();
    const { phone } = await call({ callId: 'tab-1', from: 'Laptop', parameters: { agent: 'night' } });
    expect(phone.all('ready')).toEqual([{ type: 'ready', callId: 'tab-1' }]);
    expect(gateway.switchboard.calls[0]?.info).toMatchObject({
      platform: 'browser',
      platformCallId: 'tab-1',
      from: 'Laptop',
      parameters: { agent: 'night' },
    });
  });

  it('says goodbye with the reason and closes in order', async () => {
    const { call, count } = await house();
    const { phone } = await call();
    phone.send({ type: 'stop' });
    expect(await phone.got('ended')).toEqual({ type: 'ended', reason: 'caller-hung-up' });
    expect(await phone.closed).toBe(1000);
    expect(count()).toBe(0);
  });

  it('learns what the AI understood', async () => {
    const { call } = await house();
    const { phone, ai } = await call();
    ai.listener.onCallerSpeech('started', 0);
    ai.listener.onCallerSpeech('stopped', 0);
    ai.listener.onTranscript({ speaker: 'caller', itemId: 'i', text: 'Hello', final: true });
    await phone.got('news', 3);
    expect(phone.all('news')).toEqual([
      { type: 'news', kind: 'speech-started' },
      { type: 'news', kind: 'speech-stopped' },
      { type: 'news', kind: 'recognition', text: 'Hello' },
    ]);
  });

  it('is told by marks what was heard', async () => {
    const { call, tape } = await house();
    const { phone, ai } = await call();
    ai.say('item-1', 400, 100);
    ai.finish('item-1');
    await until(() => Buffer.concat(phone.heard).length === 400 * 48, 'the agent’s sound');
    let echoed = 0;
    await until(() => {
      for (const { name } of phone.all('mark').slice(echoed)) {
        phone.send({ type: 'mark', name });
        echoed++;
      }
      return tape.types.includes('agent.item.heard');
    }, 'the utterance to be heard');
    expect(tape.last('agent.audio.heard')).toMatchObject({ itemId: 'item-1', by: 'mark' });
    expect(tape.last('agent.item.heard')?.errorMs).not.toBeNull();
  });

  it('gets sound of any length a second at most at a time', async () => {
    const { call } = await house();
    const { phone, ai } = await call();
    const samples = Int16Array.from({ length: 2.5 * RATE }, (_, i) => i % 1000);
    ai.listener.onAgentAudio(frameFromSamples('agent', FORMAT, 0, samples), 'item-1');
    await until(() => Buffer.concat(phone.heard).length === samples.length * 2, 'all of it');
    expect(phone.heard.every((piece) => piece.length <= 48_000)).toBe(true);
    expect(samplesFromBytes(Buffer.concat(phone.heard))).toEqual(samples);
  });

  it('hears silence in place of a browser that has stalled', async () => {
    const { call } = await house({}, YAML.replace('browser: {}', 'browser: { gapFillAfterMs: 100 }'));
    const { phone, ai } = await call();
    phone.speak(new Int16Array(480).fill(500));
    await until(() => ai.frames.some((frame) => frame.isFiller), 'silence');
  });
});

describe('bad input of a softphone', () => {
  it('a socket that never starts is sent away, and its place is free', async () => {
    const { wsOrigin, count } = await house(
      {},
      YAML.replace('browser: {}', 'browser: { startTimeoutMs: 100 }'),
    );
    const phone = await Softphone.open(wsOrigin);
    expect(await phone.closed).toBe(1000);
    expect(phone.messages).toEqual([
      expect.objectContaining({ type: 'error', code: 'BROWSER_START_MISSING' }),
      { type: 'ended', reason: 'never-connected' },
    ]);
    expect(count()).toBe(0);
  });

  it('a start that is refused may be put right', async () => {
    const { wsOrigin } = await house();
    const phone = await Softphone.open(wsOrigin);
    phone.send({ type: 'start', from: 'x'.repeat(65) });
    expect(await phone.got('error')).toMatchObject({
      code: 'BROWSER_BAD_MESSAGE',
      message: expect.stringContaining('from is one line of at most 64 characters'),
    });
    await phone.start({ from: 'x'.repeat(64) });
  });

  it('the id of a running call is refused, and that call goes on', async () => {
    const { call, wsOrigin, count, tape } = await house();
    const { phone: first } = await call({ callId: 'same' });
    const second = await Softphone.open(wsOrigin);
    second.send({ type: 'start', callId: 'same' });
    expect(await second.closed).toBe(1000);
    expect(second.messages.map(({ type, code, reason }) => [type, code ?? reason])).toEqual([
      ['error', 'CALL_DUPLICATE'],
      ['ended', 'never-connected'],
    ]);
    first.send({ type: 'dtmf', digit: '1' });
    await until(() => tape.types.includes('caller.dtmf'), 'the key');
    expect(count()).toBe(1);
  });

  it.each([
    ['half a sample', Buffer.alloc(3), 'no whole samples'],
    ['nothing', Buffer.alloc(0), 'no whole samples'],
    ['more than a second', Buffer.alloc(48_002), 'more than a second'],
  ])('sound that is %s is told and counted', async (_name, bytes, why) => {
    const { call, tape } = await house();
    const { phone, ai } = await call();
    phone.socket.send(bytes);
    expect(await phone.got('error')).toMatchObject({
      code: 'BROWSER_BAD_SOUND',
      message: expect.stringContaining(why),
    });
    expect(tape.last('platform.failed')).toMatchObject({ code: 'BROWSER_BAD_SOUND', fatal: false });
    expect(ai.frames.filter((frame) => !frame.isFiller)).toEqual([]);
  });

  it('sound before the start is told', async () => {
    const { wsOrigin } = await house();
    const phone = await Softphone.open(wsOrigin);
    phone.socket.send(Buffer.alloc(960));
    expect(await phone.got('error')).toMatchObject({ code: 'BROWSER_BAD_SOUND' });
    await phone.start();
  });

  it('a flood of sound is left out but for two seconds, and the call goes on', async () => {
    const { call, tape } = await house();
    const { phone, ai } = await call();
    for (let i = 0; i < 40; i++) phone.socket.send(Buffer.alloc(48_000, 1));
    phone.send({ type: 'dtmf', digit: '1' });
    await until(() => tape.types.includes('caller.dtmf'), 'the key behind it');
    // What was told the browser before this has come by then.
    ai.listener.onCallerSpeech('started', 0);
    await phone.got('news');
    const heardMs = ai.frames.reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(heardMs).toBeGreaterThanOrEqual(2000);
    expect(heardMs).toBeLessThan(30_000);
    expect(phone.all('error').at(-1)).toMatchObject({ code: 'BROWSER_SOUND_TOO_FAST' });
    // Told once a second, though each message of the flood was too much.
    expect(phone.all('error').length).toBeLessThan(20);
    expect(tape.all('platform.failed').length).toBe(phone.all('error').length);
  });

  it('a flood of sound that is no backlog any more ends the call, though marks come in between', async () => {
    const { call } = await house();
    const { phone } = await call();
    for (let i = 0; i < 60; i++) {
      phone.socket.send(Buffer.alloc(48_000, 1));
      phone.send({ type: 'mark', name: 'm' });
    }
    expect(await phone.closed).toBe(1000);
    expect(phone.all('error').at(-1)).toMatchObject({ code: 'BROWSER_TOO_MANY_BAD_MESSAGES' });
    expect(phone.all('ended')).toEqual([{ type: 'ended', reason: 'protocol-error' }]);
  });

  it.each([
    ['on their own', () => undefined],
    ['with a mark after each', (phone: Softphone) => phone.send({ type: 'mark', name: 'm' })],
    ['with good sound after each', (phone: Softphone) => phone.speak(new Int16Array(480))],
  ] as const)('fifty bad messages %s end the call with a word', async (_name, meanwhile) => {
    const { call } = await house();
    const { phone } = await call();
    for (let i = 0; i < 60; i++) {
      phone.socket.send(Buffer.alloc(1));
      meanwhile(phone);
    }
    expect(await phone.closed).toBe(1000);
    expect(phone.all('error').at(-1)).toMatchObject({ code: 'BROWSER_TOO_MANY_BAD_MESSAGES' });
    expect(phone.all('ended')).toEqual([{ type: 'ended', reason: 'protocol-error' }]);
  });

  it.each([
    ['keys', () => JSON.stringify({ type: 'dtmf', digit: '1' })],
    ['sound', () => Buffer.alloc(2)],
  ])('a flood of %s ends the call, and what is beyond is not read', async (_name, message) => {
    const { call, count, tape, backend } = await house();
    const { phone } = await call();
    for (let i = 0; i < 5000; i++) phone.socket.send(message());
    expect(await phone.closed).toBe(1008);
    await until(() => tape.types.includes('call.ended'), 'the end of the call');
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'BROWSER_CONNECTION_LOST' });
    expect(tape.all('caller.dtmf').length).toBeLessThan(1000);
    expect(backend.session.frames.length).toBeLessThan(2000);
    expect(count()).toBe(0);
  });

  it('a message too long for any call ends this one alone', async () => {
    const { call, count, tape } = await house();
    const { phone: first } = await call();
    await call();
    first.socket.send(Buffer.alloc(65_537));
    await until(() => tape.types.includes('call.ended'), 'the end');
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'BROWSER_CONNECTION_LOST' });
    expect(count()).toBe(1);
  });

  it('who does not read loses sound, counted, and holds nobody up', async () => {
    const { call, tape } = await house();
    const { phone, ai } = await call();
    phone.socket.pause();
    const second = frameFromSamples('agent', FORMAT, 0, new Int16Array(RATE));
    await until(() => {
      for (let i = 0; i < 20; i++) ai.listener.onAgentAudio(second, 'item-1');
      return tape.all('audio.dropped').some(({ reason }) => reason === 'far-side-full');
    }, 'sound to be lost');
    phone.socket.terminate();
  });
});
