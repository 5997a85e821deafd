import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeMulaw, wavHeader } from '#libs/audio';
import { until } from '#libs/testing';
import type { CallScript } from '../call/caller.js';
import { spokenFrames } from '../call/speech.js';
import { hangUpWhen, hasEvent, receivedMs } from '../testing/hang-up-when.js';
import { chunk, pcm, play, start, stop } from '../testing/play-messages.js';
import { activity, answerPolitely, END_OF_SCRIPT, type PoliteBot } from '../testing/polite-bot.js';
import { type Reply, ScriptedBot } from '../testing/scripted-bot.js';
import { shortSpeech } from '../testing/short-speech.js';
import { StoppedTime } from '../testing/stopped-time.js';
import { placeAudioCodesCall } from './audiocodes-call.js';
import type { AudioCodesCallOptions } from './audiocodes-options.js';
import { checkAudioCodesBot } from './bot-check.js';

const word = shortSpeech(200);
const ALL = [
  'raw/lpcm16',
  'wav/lpcm16',
  'raw/lpcm16_8',
  'wav/lpcm16_8',
  'raw/lpcm16_24',
  'wav/lpcm16_24',
  'raw/mulaw',
  'wav/mulaw',
];

describe('an AudioCodes call', () => {
  let bot: ScriptedBot;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
  });

  afterEach(() => bot.close());

  function place(
    script: CallScript | null,
    options: Partial<AudioCodesCallOptions> = {},
    changes: Partial<PoliteBot> = {},
  ) {
    answerPolitely(bot, changes);
    return placeAudioCodesCall({ url: bot.url('/audiocodes?x=1'), ...(script && { script }), ...options });
  }

  const hangsUpAtOnce: CallScript = () => Promise.resolve();
  const types = () => bot.messages.map((message) => message.type);
  const count = (type: string) => types().filter((one) => one === type).length;
  const seen = (type: string, times = 1) => until(() => count(type) >= times, `${times} ${type}`);
  const told = () =>
    bot.messages
      .filter((message) => message.type === 'activities')
      .map((message) => message.activities[0].name);

  it.each([
    ['mulaw-as-pcm', 160],
    ['wrong-rate', 320],
    ['byte-swapped', 640],
  ] as const)('sends sound that is %s as fast as it is spoken', async (formatFault, bytes) => {
    const report = await place(
      async (caller) => {
        await seen('userStream.chunk');
        await caller.say(word);
      },
      { faults: { formatFault, noiseSnrDb: 20 } },
    ).ended;
    expect(report.ok).toBe(true);
    const chunks = bot.messages.filter((message) => message.type === 'userStream.chunk');
    expect(chunks.length).toBeGreaterThan(8);
    for (const { audioChunk } of chunks) expect(Buffer.from(audioChunk, 'base64')).toHaveLength(bytes);
  });

  it('goes through a call in the order of the real one', async () => {
    const report = await place(async (caller) => {
      await seen('userStream.chunk');
      await caller.say(word);
      await caller.press('7');
    }).ended;
    expect(report).toMatchObject({ ok: true, outcome: 'caller-hung-up', breaches: [] });
    expect([...new Set(types())]).toEqual([
      'session.initiate',
      'activities',
      'userStream.start',
      'userStream.chunk',
      'session.end',
    ]);
    expect(bot.messages.every((message) => message.conversationId === report.callId)).toBe(true);
    expect(bot.messages[0]).toMatchObject({
      botName: 'patchbay',
      caller: '+15550100',
      expectAudioMessages: true,
      supportedMediaFormats: [
        'raw/lpcm16',
        'wav/lpcm16',
        'raw/lpcm16_24',
        'wav/lpcm16_24',
        'raw/mulaw',
        'wav/mulaw',
      ],
    });
    const [begin, key] = bot.messages
      .filter((message) => message.type === 'activities')
      .map((message) => message.activities[0]);
    expect(begin).toMatchObject({
      type: 'event',
      name: 'start',
      parameters: { vaigConversationId: report.callId, callee: '+15550199' },
    });
    expect(key).toMatchObject({ type: 'event', name: 'DTMF', value: '7' });
    expect(bot.messages.at(-1)).toMatchObject({ type: 'session.end', reasonCode: 'client-disconnected' });
  });

  it('brings the token, the headers and the query of the URL', async () => {
    await place(hangsUpAtOnce, { token: 'S3cret', caller: '+15550123' }).ended;
    const { headers, url } = bot.upgrades[0]!;
    expect(url).toBe('/audiocodes?x=1');
    expect(headers.authorization).toBe('Bearer S3cret');
    expect(headers['ac-conversation-id']).toBe(bot.messages[0].conversationId);
    expect(headers['ac-caller-number']).toBe('+15550123');
    expect(headers['sec-websocket-extensions']).toBeUndefined();
    await place(hangsUpAtOnce).ended;
    expect(bot.upgrades[1]!.headers.authorization).toBeUndefined();
  });

  it.each(ALL)('speaks %s when that is accepted', async (mediaFormat) => {
    const report = await place(
      async (caller) => {
        await seen('userStream.chunk');
        await caller.say(word);
      },
      { offer: ALL },
      { mediaFormat },
    ).ended;
    expect(report.breaches).toEqual([]);
    const chunks = bot.messages.filter((message) => message.type === 'userStream.chunk');
    const bytes = Buffer.concat(chunks.map((message) => Buffer.from(message.audioChunk, 'base64')));
    const wav = mediaFormat.startsWith('wav/');
    expect(bytes.subarray(0, 4).toString('latin1') === 'RIFF').toBe(wav);
    const rate = mediaFormat.includes('_24') ? 24000 : mediaFormat.endsWith('lpcm16') ? 16000 : 8000;
    const frameBytes = mediaFormat.endsWith('mulaw') ? 160 : (rate / 50) * 2;
    expect(Buffer.from(chunks.at(-1).audioChunk, 'base64')).toHaveLength(frameBytes);
  });

  it('sends no chunk before userStream.started, and complains when that does not come', async () => {
    const time = new StoppedTime();
    const call = place(
      null,
      { ...time, acknowledgeWithinMs: 100 },
      { instead: (message) => message.type === 'userStream.start' },
    );
    await call.connected;
    time.advance(300);
    call.hangUp();
    const report = await call.ended;
    expect(types()).not.toContain('userStream.chunk');
    expect(report.breaches).toMatchObject([{ code: 'NOT_ACKNOWLEDGED', count: 1 }]);
  });

  it('drains each play stream at the true rate of its format, one after the other, and tells when it was heard', async () => {
    const time = new StoppedTime();
    const call = place(null, time, {
      onStart: (reply) => {
        play(reply, '1', 100);
        reply(start('2', 'raw/mulaw'));
        reply(chunk('2', encodeMulaw(shortSpeech(100).samples)));
        reply(stop('2'));
      },
    });
    await until(() => receivedMs(call) > 199, 'both streams');
    await time.passUntil(() => told().length === 3, 'word that both were heard');
    call.hangUp();
    const report = await call.ended;
    expect(report.breaches).toEqual([]);
    const [first, second] = report.agent.stretches;
    expect(first).toMatchObject({ name: '1' });
    expect(first!.playedMs).toBeCloseTo(100, 6);
    expect(second!.startedMs! - first!.startedMs!).toBeCloseTo(100, 6);
    expect(second!.endedMs! - first!.startedMs!).toBeCloseTo(200, 6);
    expect(told()).toEqual(['start', 'playFinished', 'playFinished']);
  });

  it('plays wav/ streams without their header, however it is cut', async () => {
    const header = Buffer.from(wavHeader({ encoding: 'pcm16', sampleRate: 24000 }, 1, 0));
    const call = place(
      null,
      {},
      {
        onStart: (reply) => {
          reply(start('1', 'wav/lpcm16_24'));
          reply(chunk('1', header.subarray(0, 10)));
          reply(chunk('1', Buffer.concat([header.subarray(10), pcm(20, 24000)])));
          reply(chunk('1', pcm(20, 24000)));
          reply(stop('1'));
        },
      },
    );
    const report = await hangUpWhen(call, () => told().includes('playFinished'), 'the end of the stream');
    expect(report.breaches).toEqual([]);
    expect(report.agent.playedMs).toBeCloseTo(40, 6);
  });

  describe('with barge-in', () => {
    /** Plays two seconds and says something about the caller when the caller's tenth chunk is there. */
    const talkOver = (then: (reply: Reply) => void, close = false): Partial<PoliteBot> => {
      let chunks = 0;
      return {
        onStart: (reply) => {
          reply(start('1'));
          reply(chunk('1', pcm(2000, 24000)));
          if (close) reply(stop('1'));
        },
        instead: (message, reply) => {
          if (message.type === 'userStream.chunk' && ++chunks === 10) then(reply);
          return false;
        },
      };
    };

    /** Time stands still until the prompt is there. */
    async function placeAndTalkOver(changes: Partial<PoliteBot>) {
      const time = new StoppedTime();
      const call = place(null, time, changes);
      await until(() => receivedMs(call) > 1999, 'the prompt');
      return { time, call };
    }

    it.each(['started', 'hypothesis'])(
      'falls silent on speech.%s and remembers how much was heard',
      async (kind) => {
        const { time, call } = await placeAndTalkOver(
          talkOver((reply) => {
            reply({
              type: `userStream.speech.${kind}`,
              ...(kind === 'hypothesis' && { alternatives: [{ text: 'wait' }] }),
            });
            reply(chunk('1', pcm(100, 24000)));
            reply(stop('1'));
            reply(END_OF_SCRIPT);
          }),
        );
        await time.passUntil(() => hasEvent(call, 'bot: config'), 'the end of the stream');
        call.hangUp();
        const report = await call.ended;
        expect(report.breaches).toEqual([]);
        const [bargeIn] = report.bargeIns;
        expect(bargeIn!.heardMs).toBeGreaterThan(100);
        expect(bargeIn!.droppedMs).toBeGreaterThan(1000);
        expect(bargeIn!.heardMs + bargeIn!.droppedMs).toBeCloseTo(2000, 6);
        expect(report.agent.stretches[0]!.playedMs).toBeCloseTo(bargeIn!.heardMs, 6);
        expect(report.agent.receivedMs).toBeCloseTo(2100, 6);
        expect(told()).toEqual(['start']);
      },
    );

    it('plays on when the stream has been stopped already, unless abortPrompts comes', async () => {
      const spoken = await placeAndTalkOver(
        talkOver((reply) => reply({ type: 'userStream.speech.started' }), true),
      );
      await spoken.time.passUntil(() => told().includes('playFinished'), 'the end of the prompt');
      expect(hasEvent(spoken.call, 'bot says: caller started')).toBe(true);
      spoken.call.hangUp();
      const playedOn = await spoken.call.ended;
      expect(playedOn.bargeIns).toEqual([]);
      expect(playedOn.agent.playedMs).toBeCloseTo(2000, 6);
      const { time, call } = await placeAndTalkOver(
        talkOver((reply) => reply(activity('abortPrompts')), true),
      );
      await time.passUntil(() => call.line.record.bargeInCount > 0, 'the prompt to be aborted');
      call.hangUp();
      const aborted = await call.ended;
      expect(aborted.bargeIns).toHaveLength(1);
      expect(aborted.agent.droppedMs).toBeGreaterThan(1000);
    });

    it.each([
      ['by the connection', { bargeIn: false }, [], {}],
      ['by config', {}, [activity('config', { sessionParams: { bargeIn: false } })], {}],
      ['for this stream', {}, [], { activityParams: { bargeIn: false } }],
    ])('plays on when barge-in is off %s', async (_how, options, before, more) => {
      const time = new StoppedTime();
      let reply: Reply = () => undefined;
      const call = place(
        null,
        { ...time, ...options },
        {
          onStart: (toCaller) => {
            reply = toCaller;
            for (const message of before) reply(message);
            reply(start('1', 'raw/lpcm16_24', more));
            reply(chunk('1', pcm(2000, 24000)));
          },
        },
      );
      await until(() => receivedMs(call) > 1999, 'the prompt');
      time.advance(200);
      reply({ type: 'userStream.speech.started' });
      await until(() => hasEvent(call, 'bot says: caller started'), 'the hint');
      time.advance(200);
      call.hangUp();
      const report = await call.ended;
      expect(report.bargeIns).toEqual([]);
      expect(report.agent.playedMs).toBeCloseTo(400, 6);
    });
  });

  describe('without barge-in', () => {
    it('does not listen while the bot speaks', async () => {
      const time = new StoppedTime();
      const call = place(null, { ...time, bargeIn: false }, { onStart: (reply) => play(reply, '1', 400) });
      await until(() => receivedMs(call) > 399, 'the prompt');
      await time.passUntil(() => count('userStream.chunk') > 0, 'the caller to be listened to');
      await time.passWhile(call.say(word), 'the word');
      call.hangUp();
      const report = await call.ended;
      expect(report.breaches).toEqual([]);
      const order = types();
      expect(order.indexOf('userStream.start')).toBeGreaterThan(0);
      expect(order.filter((type) => type === 'userStream.start')).toHaveLength(1);
      const finished = bot.messages.findIndex((message) => message.activities?.[0]?.name === 'playFinished');
      expect(order.indexOf('userStream.start')).toBeGreaterThan(finished);
    });

    it('stops listening when the bot has recognised something, and again when it has the floor', async () => {
      const time = new StoppedTime();
      let chunks = 0;
      let reply: Reply = () => undefined;
      const call = place(
        null,
        { ...time, bargeIn: false },
        {
          instead: (message, toCaller) => {
            reply = toCaller;
            if (message.type === 'userStream.chunk' && ++chunks === 5) {
              reply({
                type: 'userStream.speech.recognition',
                alternatives: [{ text: 'yes', confidence: 0.9 }],
              });
            }
            return false;
          },
        },
      );
      await call.connected;
      await time.passUntil(() => count('userStream.stop') > 0, 'the end of listening');
      const before = chunks;
      // The bot thinks about its answer.
      time.advance(300);
      play(reply, '1', 100);
      await until(() => receivedMs(call) > 99, 'the answer');
      await time.passUntil(() => chunks > before, 'the caller to be listened to again');
      call.hangUp();
      const report = await call.ended;
      expect(report).toMatchObject({ breaches: [], recognised: ['yes'] });
      const order = types();
      const floor = order.filter((type) => type === 'userStream.start' || type === 'userStream.stop');
      expect(floor).toEqual(['userStream.start', 'userStream.stop', 'userStream.start']);
      const finished = bot.messages.findIndex((message) => message.activities?.[0]?.name === 'playFinished');
      expect(finished).toBeGreaterThan(order.indexOf('userStream.stop'));
      expect(order.lastIndexOf('userStream.start')).toBeGreaterThan(finished);
    });
  });

  describe('ends', () => {
    it('on hangup with session.end, and waits for the bot to close', async () => {
      const report = await place(
        null,
        {},
        { onStart: (reply) => reply(activity('hangup', { activityParams: { hangupReason: 'done' } })) },
      ).ended;
      expect(report).toMatchObject({ ok: true, outcome: 'agent-hung-up', detail: 'done' });
      expect(bot.messages.at(-1)).toMatchObject({ type: 'session.end', reasonCode: 'bot-disconnected' });
    });

    it('on transfer, and goes on after one that failed with notifications', async () => {
      const transfer = { transferTarget: 'tel:+15550123', transferNotifications: true };
      const changes = {
        onStart: (reply: Reply) => reply(activity('transfer', { activityParams: transfer })),
      };
      const done = await place(null, {}, changes).ended;
      expect(done).toMatchObject({ ok: true, outcome: 'transferred', detail: 'tel:+15550123' });
      const failed = await hangUpWhen(
        place(null, { transferResult: 'failed' }, changes),
        () => told().includes('transferStatus'),
        'word of the failure',
      );
      expect(failed.outcome).toBe('caller-hung-up');
      const status = bot.messages.filter((message) => message.type === 'activities').at(-1).activities[0];
      expect(status).toMatchObject({
        name: 'transferStatus',
        value: { status: 'failed', reasonCode: 'busy' },
      });
    });

    it('as transferred after word that the other side answered, and not at all where nothing is heard of it', async () => {
      const transfer = { transferTarget: 'tel:+15550123', transferNotifications: true };
      const changes = {
        onStart: (reply: Reply) => reply(activity('transfer', { activityParams: transfer })),
      };
      const done = await place(null, { transferResult: 'answered', transferRingsMs: 100 }, changes).ended;
      expect(done).toMatchObject({ ok: true, outcome: 'transferred' });
      const [status, end] = bot.messages.slice(-2);
      expect(status.activities[0]).toMatchObject({ name: 'transferStatus', value: { status: 'answered' } });
      expect(end).toMatchObject({ type: 'session.end', reasonCode: 'transferred' });
      const unheard = place(null, { transferResult: 'none' }, changes);
      const silent = await hangUpWhen(unheard, () => hasEvent(unheard, 'bot: transfer'), 'the transfer');
      expect(silent.outcome).toBe('caller-hung-up');
    });

    it('as refused on session.error before the call is up', async () => {
      const changes: Partial<PoliteBot> = {
        instead: (message, reply) => {
          if (message.type === 'session.initiate')
            reply({ type: 'session.error', reason: 'no common media format' });
          return message.type === 'session.initiate';
        },
      };
      expect(await place(null, { expect: 'refused' }, changes).ended).toMatchObject({
        ok: true,
        detail: 'session.error: no common media format',
      });
    });

    it('as refused on HTTP 401', async () => {
      bot.refuseWith = 401;
      expect(await place(null, { expect: 'refused' }).ended).toMatchObject({ ok: true, detail: 'HTTP 401' });
    });
  });

  describe('after a lost socket', () => {
    it('resumes on a new one and starts its user stream again', async () => {
      const report = await place(async (caller) => {
        await seen('userStream.chunk');
        caller.cut();
        await seen('userStream.start', 2);
        await caller.say(word);
      }).ended;
      expect(report).toMatchObject({ ok: true, outcome: 'caller-hung-up' });
      expect(bot.upgrades).toHaveLength(2);
      expect(types().filter((type) => type === 'session.initiate')).toHaveLength(1);
      expect(types().filter((type) => type === 'userStream.start')).toHaveLength(2);
      const resume = bot.messages.find((message) => message.type === 'session.resume');
      expect(Object.keys(resume).sort()).toEqual(['conversationId', 'type']);
      expect(bot.messages.filter((message) => message.activities?.[0]?.name === 'start')).toHaveLength(1);
    });

    it('resumes when the bot closes, since that is no hang-up', async () => {
      let closed = false;
      const call = place(
        null,
        {},
        {
          instead: (message) => {
            if (!closed && message.type === 'userStream.chunk') {
              closed = true;
              bot.sockets[0]!.close(1000);
            }
            return false;
          },
        },
      );
      const report = await hangUpWhen(call, () => hasEvent(call, 'resumed'), 'the call to be resumed');
      expect(report).toMatchObject({ ok: true, outcome: 'caller-hung-up' });
      expect(types()).toContain('session.resume');
    });

    it('drops what was queued, and complains when the format changes', async () => {
      let mediaFormat = 'raw/lpcm16';
      const time = new StoppedTime();
      const call = place(null, time, {
        onStart: (reply) => play(reply, '1', 2000),
        instead: (message, reply) => {
          if (message.type === 'session.resume') mediaFormat = 'raw/lpcm16_24';
          if (message.type.startsWith('session.') && message.type !== 'session.end')
            reply({ type: 'session.accepted', mediaFormat });
          return message.type.startsWith('session.');
        },
      });
      await until(() => receivedMs(call) > 1999, 'the prompt');
      time.advance(100);
      call.cut();
      await time.passUntil(() => hasEvent(call, 'resumed'), 'the call to be resumed');
      call.hangUp();
      const report = await call.ended;
      expect(report.breaches).toMatchObject([{ code: 'FORMAT_CHANGED' }]);
      expect(report.agent.droppedMs).toBeGreaterThan(1000);
    });

    it('is lost when the conversation is not known any more', async () => {
      const call = place(
        null,
        { expect: 'lost', resumeId: '00000000-dead-4000-8000-000000000000' },
        {
          instead: (message, reply) => {
            if (message.type === 'session.resume')
              reply({ type: 'session.error', reason: 'conversation not found' });
            return message.type === 'session.resume';
          },
        },
      );
      await call.connected;
      call.cut();
      const report = await call.ended;
      expect(report).toMatchObject({ ok: true, detail: 'session.error: conversation not found' });
      expect(bot.messages.find((message) => message.type === 'session.resume').conversationId).toContain(
        'dead',
      );
    });
  });

  describe('can be difficult', () => {
    it('sends chunks of every size without losing a byte', async () => {
      const time = new StoppedTime();
      const call = place(null, { ...time, chunks: 'irregular' });
      await call.connected;
      const chunks = () =>
        bot.messages
          .filter((message) => message.type === 'userStream.chunk')
          .map((message) => Buffer.from(message.audioChunk, 'base64'));
      await time.passUntil(() => chunks().length > 0, 'the user stream to be open');
      const { frames } = spokenFrames(word, { encoding: 'pcm16', sampleRate: 16000 });
      const spoken = Buffer.concat(frames.map((frame) => frame.bytes));
      const said = call.say(word);
      await time.passUntil(() => Buffer.concat(chunks()).includes(spoken), 'all that was said');
      await said;
      call.hangUp();
      const report = await call.ended;
      expect(report.breaches).toEqual([]);
      const sizes = chunks().map((bytes) => bytes.length);
      expect(sizes.some((size) => size % 2 === 1)).toBe(true);
      expect(new Set(sizes).size).toBeGreaterThan(3);
    });

    it('sends longer chunks', async () => {
      const call = place(null, { chunks: 100 });
      await hangUpWhen(call, () => count('userStream.chunk') > 2, 'three chunks');
      const chunks = bot.messages.filter((message) => message.type === 'userStream.chunk');
      expect(chunks.every((message) => Buffer.from(message.audioChunk, 'base64').length === 3200)).toBe(true);
    });

    it('strews in junk, initiates twice, spells dtmf small, sends a bare start', async () => {
      bot.acceptJunk = true;
      const time = new StoppedTime();
      const difficult = { junk: true, duplicateInitiate: true, dtmfName: 'dtmf', bareStart: true } as const;
      const call = place(null, { ...time, ...difficult });
      await call.connected;
      await time.passWhile(call.press('1'), 'the key');
      time.advance(1200);
      call.hangUp();
      const report = await call.ended;
      expect(report.breaches).toEqual([]);
      expect(count('session.initiate')).toBe(2);
      const activities = bot.messages
        .filter((message) => message.type === 'activities' && message.activities)
        .map((message) => message.activities[0]);
      expect(activities[0]).not.toHaveProperty('parameters');
      expect(activities.some((one) => one.name === 'dtmf')).toBe(true);
      expect(bot.junk).toBeGreaterThan(0);
    });

    it('opens one user stream for each participant', async () => {
      const call = place(null, { participants: ['caller', 'callee'] });
      const report = await hangUpWhen(call, () => count('userStream.chunk') > 1, 'sound of both');
      expect(report.breaches).toEqual([]);
      const opened = bot.messages
        .filter((message) => message.type === 'userStream.start')
        .map((message) => message.participant);
      expect(opened).toEqual(['caller', 'callee']);
    });

    it('sends no keys where sendDTMF is off', async () => {
      await place((caller) => caller.press('1'), { sendDtmf: false }).ended;
      expect(types().filter((type) => type === 'activities')).toHaveLength(1);
    });
  });

  describe('the connection check', () => {
    it('is content with a bot that answers both probes behind its token', async () => {
      answerPolitely(bot);
      bot.onRequest = (request, response) => {
        const right = request.headers.authorization === 'Bearer S3cret';
        response
          .writeHead(right ? 200 : 401, { 'content-type': 'application/json' })
          .end('{"type":"ac-bot-api","success":true}');
      };
      const url = bot.url('/audiocodes');
      expect(await checkAudioCodesBot({ url, token: 'S3cret' })).toEqual({ socket: null, http: null });
      expect(await checkAudioCodesBot({ url, token: 'wrong' })).toEqual({ socket: null, http: 'HTTP 401' });
      expect(bot.messages.every((message) => !('conversationId' in message))).toBe(true);
    });

    it('says what is wrong with a bot that answers neither', async () => {
      expect(await checkAudioCodesBot({ url: bot.url('/audiocodes'), withinMs: 1000 })).toEqual({
        socket: 'connection.validated did not come in time',
        http: 'HTTP 404',
      });
    });

    it('says that the upgrade was refused', async () => {
      bot.refuseWith = 401;
      const { socket } = await checkAudioCodesBot({ url: bot.url('/audiocodes') });
      expect(socket).toBe('the upgrade was answered with HTTP 401');
    });
  });
});
