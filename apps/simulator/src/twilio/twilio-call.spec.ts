import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '#libs/audio';
import { until } from '#libs/testing';
import type { CallScript } from '../call/caller.js';
import { hangUpWhen, receivedMs } from '../testing/hang-up-when.js';
import { type Message, type Reply, ScriptedBot } from '../testing/scripted-bot.js';
import { shortSpeech } from '../testing/short-speech.js';
import { StoppedTime } from '../testing/stopped-time.js';
import { placeTwilioCall } from './twilio-call.js';
import type { TwilioCallOptions } from './twilio-options.js';

const word = shortSpeech(200);
/** Two seconds of tone, as μ-law. */
const sound = encodeMulaw(shortSpeech(2000).samples);
const payload = (durationMs: number) => Buffer.from(sound.subarray(0, durationMs * 8)).toString('base64');
const media = (streamSid: string, durationMs = 20) => ({
  event: 'media',
  streamSid,
  media: { payload: payload(durationMs) },
});
const mark = (streamSid: string, name: string) => ({ event: 'mark', streamSid, mark: { name } });

describe('a Twilio stream', () => {
  let bot: ScriptedBot;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
  });

  afterEach(() => bot.close());

  const place = (options: Partial<TwilioCallOptions> = {}) =>
    placeTwilioCall({ streamUrl: bot.url('/twilio/stream'), ...options });

  function onStart(answer: (reply: Reply, streamSid: string) => void): void {
    bot.onMessage = (message, reply) => {
      if (message.event === 'start') answer(reply, message.streamSid);
    };
  }

  /** A direct call to a bot that does something once, on `start`. */
  function call(
    answer: (reply: Reply, streamSid: string) => void,
    script: CallScript,
    options: Partial<TwilioCallOptions> = {},
  ) {
    onStart(answer);
    return place({ script, ...options }).ended;
  }

  const hangsUpAtOnce: CallScript = () => Promise.resolve();
  const silentBot = () => undefined;

  it('speaks in the order, with the counters and the types of the real one', async () => {
    const report = await call(silentBot, async (caller) => {
      await caller.press('5#');
      await caller.say(word);
    });
    expect(report).toMatchObject({ ok: true, outcome: 'caller-hung-up', breaches: [] });
    const [connected, start, ...rest] = bot.messages;
    expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(start).toEqual({
      event: 'start',
      sequenceNumber: '1',
      start: {
        accountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
        streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/),
        callSid: report.callId,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: {},
      },
      streamSid: start.start.streamSid,
    });
    expect(rest.map((message) => message.sequenceNumber)).toEqual(rest.map((_, index) => String(index + 2)));
    const frames = rest.filter((message) => message.event === 'media');
    expect(frames.map((message) => message.media.chunk)).toEqual(frames.map((_, index) => String(index + 1)));
    expect(frames[0].media).toMatchObject({ track: 'inbound', timestamp: '155' });
    expect(frames.every((message) => Buffer.from(message.media.payload, 'base64').length === 160)).toBe(true);
    const times = frames.map((message) => Number(message.media.timestamp));
    expect(times.every((time, index) => index === 0 || time > times[index - 1]!)).toBe(true);
    expect(times.some((time) => (time - 155) % 20 !== 0)).toBe(true);
    expect(rest.filter((message) => message.event === 'dtmf').map((message) => message.dtmf)).toEqual([
      { track: 'inbound_track', digit: '5' },
      { track: 'inbound_track', digit: '#' },
    ]);
    expect(rest.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: report.callId } });
  });

  it('says exactly the sound it was given, and silence before and after', async () => {
    await call(silentBot, async (caller) => {
      await caller.say(word);
      await caller.pause(60);
    });
    const frames = bot.messages.filter((message) => message.event === 'media');
    const bytes = Buffer.concat(frames.map((message) => Buffer.from(message.media.payload, 'base64')));
    const at = bytes.findIndex((code) => code !== 0xff);
    expect(at % 160).toBe(0);
    expect(bytes.subarray(at, at + 1600)).toEqual(Buffer.from(encodeMulaw(word.samples)));
    expect(bytes.subarray(at + 1600).every((code) => code === 0xff)).toBe(true);
  });

  it('opens the socket with the headers of the real one, signed over the public wss URL', async () => {
    await call(silentBot, hangsUpAtOnce, {
      publicUrl: 'https://voice.example.com',
      authToken: '0123456789abcdef0123456789abcdef',
      streamUrl: bot.url('/twilio/media/a1b2c3'),
    });
    const { headers, url } = bot.upgrades[0]!;
    expect(url).toBe('/twilio/media/a1b2c3');
    expect(headers['x-twilio-signature']).toBe('5KbGETS5P/6zAdB9fo+bPqA6tks=');
    expect(headers['user-agent']).toBe('Twilio.TmeWs/1.0');
    expect(headers['sec-websocket-protocol']).toBeUndefined();
    expect(headers['sec-websocket-extensions']).toBeUndefined();
    expect(headers.origin).toBeUndefined();
  });

  it('plays at eight bytes a millisecond and echoes a mark when the player gets there', async () => {
    onStart((reply, sid) => {
      reply(mark(sid, 'at once'));
      reply(media(sid, 300));
      reply(mark(sid, 'after 300'));
      reply(media(sid, 100));
      reply(mark(sid, 'after 400'));
      reply(media(sid, 20));
    });
    const time = new StoppedTime();
    const placed = place(time);
    await until(() => receivedMs(placed) === 420, 'all sound and every mark');
    time.advance(500);
    placed.hangUp();
    const report = await placed.ended;
    const marks = Object.fromEntries(report.agent.marks.map((one) => [one.name, one]));
    expect(marks['at once']).toMatchObject({ how: 'empty', positionMs: 0 });
    expect(marks['after 300']).toMatchObject({ how: 'played', positionMs: 300, playedMs: 300 });
    expect(marks['after 400']).toMatchObject({ how: 'played', positionMs: 400, playedMs: 400 });
    const startedMs = report.agent.stretches[0]!.startedMs!;
    expect(marks['after 300']!.reachedMs - startedMs).toBeCloseTo(300, 6);
    const echoes = bot.messages
      .filter((message) => message.event === 'mark')
      .map((message) => message.mark.name);
    expect(echoes).toEqual(['at once', 'after 300', 'after 400']);
    expect(report.agent).toMatchObject({ receivedMs: 420, playedMs: 420, gaps: [] });
  });

  it('falls silent on clear, echoes all marks at once, and knows how much was heard', async () => {
    bot.onMessage = (message, reply) => {
      const sid = message.streamSid;
      if (message.event === 'start') {
        reply(media(sid, 2000));
        reply(mark(sid, 'end'));
      }
      if (message.event === 'media' && message.media.chunk === '15')
        reply({ event: 'clear', streamSid: sid });
    };
    const time = new StoppedTime();
    const placed = place(time);
    await until(() => receivedMs(placed) === 2000, 'the prompt');
    await time.passUntil(() => placed.line.record.bargeInCount > 0, 'the clear');
    placed.hangUp();
    const report = await placed.ended;
    const [bargeIn] = report.bargeIns;
    expect(report.agent.marks[0]).toMatchObject({ name: 'end', how: 'cleared', positionMs: 2000 });
    expect(report.agent.marks[0]!.playedMs).toBeCloseTo(bargeIn!.heardMs, 6);
    expect(bargeIn!.heardMs).toBeGreaterThan(150);
    expect(bargeIn!.heardMs + bargeIn!.droppedMs).toBeCloseTo(2000, 6);
    expect(report.agent.playedMs).toBeCloseTo(bargeIn!.heardMs, 6);
  });

  it('jumps in its timestamps where nothing was sent', async () => {
    const time = new StoppedTime();
    const placed = place({ ...time, faults: { gaps: [{ atMs: 100, durationMs: 300 }] } });
    await placed.connected;
    time.advance(500);
    placed.hangUp();
    await placed.ended;
    const times = bot.messages
      .filter((message) => message.event === 'media')
      .map((message) => Number(message.media.timestamp));
    const jumps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.max(...jumps)).toBeGreaterThan(300);
    expect(jumps.filter((jump) => jump > 100)).toHaveLength(1);
  });

  it('lets frames be overtaken, with the times at which they were spoken', async () => {
    const time = new StoppedTime();
    const placed = place({ ...time, faults: { reorderPercent: 20 } });
    await placed.connected;
    time.advance(4000);
    placed.hangUp();
    await placed.ended;
    const times = bot.messages
      .filter((message) => message.event === 'media')
      .map((message) => Number(message.media.timestamp));
    const overtaken = times.filter((time, index) => index > 0 && time < times[index - 1]!);
    expect(overtaken.length).toBeGreaterThan(15);
    expect(times.length).toBeGreaterThanOrEqual(198);
    expect(new Set(times).size).toBe(times.length);
  });

  it('carries noise while the caller is silent, and nothing of it where the line sends no silence', async () => {
    for (const dtx of [false, true]) {
      bot.messages.length = 0;
      const time = new StoppedTime();
      const placed = place({ ...time, faults: { noiseSnrDb: 10, dtx } });
      await placed.connected;
      time.advance(1000);
      placed.hangUp();
      await placed.ended;
      const payloads = bot.messages
        .filter((message) => message.event === 'media')
        .map((message) => Buffer.from(message.media.payload, 'base64'));
      expect(payloads.length).toBeGreaterThanOrEqual(dtx ? 0 : 49);
      expect(payloads.every((bytes) => new Set(bytes).size > 20)).toBe(true);
      if (dtx) expect(payloads).toHaveLength(0);
    }
  });

  it('echoes what the agent says into what the caller sends', async () => {
    onStart((reply, streamSid) => reply(media(streamSid, 500)));
    const time = new StoppedTime();
    const placed = place({ ...time, faults: { echo: { delayMs: 100, levelDb: -20 } } });
    await placed.connected;
    await time.passUntil(() => placed.line.playback.playedMs === 500, 'the agent to be heard');
    time.advance(200);
    placed.hangUp();
    await placed.ended;
    const sent = bot.messages
      .filter((message) => message.event === 'media')
      .map((message) => decodeMulaw(Buffer.from(message.media.payload, 'base64')));
    const samples = sent.flatMap((frame) => [...frame]);
    const first = samples.findIndex((sample) => Math.abs(sample) > 100);
    const last = samples.findLastIndex((sample) => Math.abs(sample) > 100);
    expect((last + 1 - first) / 8).toBeCloseTo(500, -1);
    // The tone's amplitude is 12000.
    expect(Math.max(...samples)).toBeCloseTo(1200, -2);
  });

  it('says so where a fault cannot be had on this line, and goes on without', async () => {
    const report = await call(silentBot, (caller) => caller.say(word), {
      faults: { formatFault: 'byte-swapped' },
    });
    expect(report.failures).toEqual(['A line of mulaw cannot have the fault "byte-swapped".']);
    expect(report.ok).toBe(false);
  });

  it('reports gaps in what the agent says, and none for a pause', async () => {
    bot.onMessage = (message, reply) => {
      if (message.event !== 'media') return;
      const chunk = Number(message.media.chunk);
      // Sound for 40 ms every 200 ms at first, then again after a long pause.
      if (chunk === 1 || chunk === 11 || chunk === 21 || chunk === 60) reply(media(message.streamSid, 40));
    };
    const time = new StoppedTime();
    const placed = place(time);
    await placed.connected;
    await time.passUntil(() => receivedMs(placed) === 160, 'the sound after the pause');
    placed.hangUp();
    const report = await placed.ended;
    expect(report.agent.gaps).toHaveLength(2);
    expect(report.agent.stretches).toHaveLength(2);
  });

  describe('complains with the code of the real one', () => {
    const breaches: readonly (readonly [string, string, (sid: string) => object | string | Uint8Array])[] = [
      ['31950', 'a binary frame', () => Buffer.from('{"event":"clear"}')],
      ['31951', 'text that is no JSON', () => 'hello'],
      ['31951', 'JSON that is no object', () => '[1]'],
      ['31951', 'an unknown event', (streamSid) => ({ event: 'hangup', streamSid })],
      ['31951', 'a foreign streamSid', () => media('MZ00000000000000000000000000000000')],
      ['31951', 'a missing streamSid', () => ({ event: 'clear' })],
      ['31951', 'an extra field', (sid) => ({ ...media(sid), sequenceNumber: '1' })],
      [
        '31951',
        'an extra field inside media',
        (sid) => ({ ...media(sid), media: { payload: payload(20), track: 'outbound' } }),
      ],
      ['31951', 'media without a payload', (streamSid) => ({ event: 'media', streamSid, media: {} })],
      [
        '31951',
        'a payload that is no base64',
        (streamSid) => ({ event: 'media', streamSid, media: { payload: '###' } }),
      ],
      [
        '31951',
        'a payload without padding',
        (streamSid) => ({ event: 'media', streamSid, media: { payload: 'AA' } }),
      ],
      ['31951', 'a mark without its object', (streamSid) => ({ event: 'mark', streamSid })],
      [
        '31951',
        'a mark whose name is a number',
        (streamSid) => ({ event: 'mark', streamSid, mark: { name: 7 } }),
      ],
      ['PAYLOAD_RIFF', 'a WAV header', (streamSid) => raw(streamSid, Buffer.from('RIFF0000WAVEfmt 0000'))],
      ['PAYLOAD_ID3', 'an MP3 header', (streamSid) => raw(streamSid, Buffer.from('ID3000000000000000'))],
      ['PAYLOAD_AU', 'an AU header', (streamSid) => raw(streamSid, Buffer.from('.snd00000000000000'))],
      ['PAYLOAD_FULL_SCALE', 'padding with 0x80', (streamSid) => raw(streamSid, Buffer.alloc(160, 0x80))],
      ['PAYLOAD_FULL_SCALE', 'padding with 0x00', (streamSid) => raw(streamSid, Buffer.alloc(160, 0))],
    ];

    function raw(streamSid: string, bytes: Buffer) {
      return { event: 'media', streamSid, media: { payload: bytes.toString('base64') } };
    }

    it.each(breaches)('%s for %s, and the call goes on', async (code, _what, message) => {
      onStart((reply, sid) => {
        reply(message(sid));
        reply(message(sid));
        reply(media(sid, 20));
        reply(mark(sid, 'heard'));
      });
      const placed = place();
      const report = await hangUpWhen(placed, () => placed.line.record.marks.length > 0, 'the mark');
      expect(report.breaches).toMatchObject([{ code, count: 2 }]);
      expect(report.ok).toBe(false);
      expect(report.agent.playedMs).toBeGreaterThanOrEqual(20);
      expect(report.outcome).toBe('caller-hung-up');
    });

    it('31951 for anything that comes before start', async () => {
      bot.onMessage = (message, reply) => {
        if (message.event === 'connected') reply({ event: 'clear', streamSid: 'MZ' });
      };
      const time = new StoppedTime();
      const placed = place({ ...time, startDelayMs: 100 });
      await until(() => placed.line.record.breaches.list().length > 0, 'the complaint');
      await time.passWhile(placed.connected, 'the start');
      placed.hangUp();
      const { breaches: found } = await placed.ended;
      expect(found).toMatchObject([{ code: '31951', message: expect.stringContaining('before start') }]);
    });

    it('31931 for more than ten minutes of queued sound, which is thrown away', async () => {
      onStart((reply, streamSid) => {
        const minute = {
          event: 'media',
          streamSid,
          media: { payload: Buffer.alloc(480_000, 0x55).toString('base64') },
        };
        for (let i = 0; i < 11; i++) reply(minute);
      });
      const placed = place();
      const complained = () => placed.line.record.breaches.list().length > 0;
      const report = await hangUpWhen(placed, complained, 'the complaint');
      expect(report.breaches).toMatchObject([{ code: '31931', count: 1 }]);
      expect(report.agent.receivedMs).toBe(600_000);
    });

    it('31924 for a frame that is none', async () => {
      bot.onMessage = (message, _reply, socket) => {
        // A ping that is not final, which RFC 6455 forbids.
        if (message.event === 'start') rawSocketOf(socket).write(Buffer.from([0x09, 0x00]));
      };
      const report = await place().ended;
      expect(report.breaches).toMatchObject([{ code: '31924' }]);
      expect(report.outcome).toBe('lost');
    });

    it('31921 for a close with a code, none for an orderly one', async () => {
      bot.onMessage = (message, _reply, socket) => {
        if (message.event === 'start') socket.close(1011);
      };
      const report = await place().ended;
      expect(report.breaches).toMatchObject([{ code: '31921' }]);
      bot.onMessage = (message, _reply, socket) => {
        if (message.event === 'start') socket.close(1000);
      };
      const orderly = await place().ended;
      expect(orderly).toMatchObject({ breaches: [], outcome: 'agent-hung-up', ok: true });
    });

    it('31903 for a connection that breaks', async () => {
      bot.onMessage = (message, _reply, socket) => {
        if (message.event === 'start') socket.terminate();
      };
      const report = await place().ended;
      expect(report.breaches).toMatchObject([{ code: '31903' }]);
      expect(report.outcome).toBe('lost');
    });

    it('31920 for a refused handshake', async () => {
      bot.refuseWith = 403;
      const refused = place();
      await expect(refused.connected).rejects.toThrow('HTTP 403');
      expect(await refused.ended).toMatchObject({
        outcome: 'refused',
        detail: expect.stringContaining('31920'),
        ok: false,
      });
      const expected = place({ expect: 'refused' });
      expect((await expected.ended).ok).toBe(true);
    });

    it('31902 where nobody listens', async () => {
      const port = bot.port;
      await bot.close();
      const report = await placeTwilioCall({ streamUrl: `ws://127.0.0.1:${port}/s` }).ended;
      expect(report).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('31902') });
      bot = await ScriptedBot.listen();
    });

    it('31910 where there is no TLS', async () => {
      const report = await placeTwilioCall({ streamUrl: `wss://127.0.0.1:${bot.port}/s` }).ended;
      expect(report).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('31910') });
    });

    it('31930 when the far side does not read', async () => {
      bot.onMessage = (message: Message, _reply, socket) => {
        if (message.event === 'start') socket.pause();
      };
      const time = new StoppedTime();
      const placed = place(time);
      await placed.connected;
      // What the kernel holds is filled up first; only then does anything wait in the simulator.
      for (let i = 0; i < 40; i++) placed.sendRaw(new Uint8Array(1_000_000));
      time.advance(40);
      placed.hangUp();
      const report = await time.passWhile(placed.ended, 'the far side to be given up');
      expect(report.breaches).toMatchObject([{ code: '31930' }]);
    });
  });

  it('lets a measurement see each frame as it leaves and as it arrives', async () => {
    const left: boolean[] = [];
    const arrived: number[] = [];
    const report = await call(
      (reply, sid) => reply(media(sid, 40)),
      async (caller) => {
        await caller.say(word);
        await until(() => arrived.length > 0, 'sound of the agent');
      },
      {
        onCallerSound: (frame) => left.push(frame !== null),
        onAgentSound: (bytes) => arrived.push(bytes.length),
      },
    );
    expect(left.filter((spoken) => spoken)).toHaveLength(10);
    expect(left).toHaveLength(report.caller.sentFrames);
    expect(arrived).toEqual([320]);
  });

  it('hears nothing of what comes after it has hung up', async () => {
    const placed = place();
    await placed.connected;
    placed.hangUp();
    expect(await placed.ended).toMatchObject({ outcome: 'caller-hung-up', agent: { playedMs: 0 } });
    expect(bot.messages.at(-1).event).toBe('stop');
  });

  it('can be cut without a goodbye', async () => {
    const report = await place({ faults: { cutAtMs: 100 }, expect: 'lost' }).ended;
    expect(report).toMatchObject({ outcome: 'lost', ok: true });
    expect(bot.messages.some((message) => message.event === 'stop')).toBe(false);
  });

  it('fails a script that waits in vain for the agent', async () => {
    const report = await call(silentBot, (caller) => caller.listen(100));
    expect(report.failures).toEqual(['Waited in vain for the agent to speak.']);
    expect(report.ok).toBe(false);
  });

  it('ends a script that waits when the call ends', async () => {
    bot.onMessage = (message, _reply, socket) => {
      if (message.event === 'start') socket.close(1000);
    };
    const report = await place({ script: (caller) => caller.listen() }).ended;
    expect(report).toMatchObject({ failures: [], outcome: 'agent-hung-up' });
  });

  it('measures turns from the last audible frame of the caller to the first of the answer', async () => {
    let silentFrames = -1000;
    bot.onMessage = (message, reply) => {
      if (message.event !== 'media') return;
      const silent = /^\/+w==$/.test(message.media.payload);
      silentFrames = silent ? silentFrames + 1 : 0;
      if (silentFrames === 10) reply(media(message.streamSid, 200));
    };
    const time = new StoppedTime();
    const placed = place(time);
    await placed.connected;
    await time.passWhile(placed.say(word), 'the word');
    await time.passWhile(placed.listen(), 'the answer');
    placed.hangUp();
    const report = await placed.ended;
    expect(report.turns).toHaveLength(1);
    const [turn] = report.turns;
    expect(turn!.stoppedMs! - turn!.startedMs!).toBeGreaterThan(150);
    expect(turn!.answerHeardAfterMs!).toBeGreaterThan(190);
    expect(turn!.answerHeardAfterMs!).toBeGreaterThanOrEqual(turn!.answerArrivedAfterMs!);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: the only way to the bytes below the library.
function rawSocketOf(socket: any): { write(bytes: Buffer): void } {
  return socket._socket;
}
