import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '#libs/testing';
import { hangUpWhen, hasEvent, receivedMs } from '../testing/hang-up-when.js';
import { END_OF_SCRIPT } from '../testing/polite-bot.js';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { shortSpeech } from '../testing/short-speech.js';
import { StoppedTime } from '../testing/stopped-time.js';
import { placeAudioCodesCall } from './audiocodes-call.js';
import type { AudioCodesCallOptions } from './audiocodes-options.js';
import { checkAudioCodesBot } from './bot-check.js';

const word = shortSpeech(200);

interface SdkBot {
  readonly promptBytes?: number;
  readonly acceptAfterMs?: number;
  /** On a new socket the library knows no conversation. */
  readonly knowsConversations?: boolean;
  /** Sent after the prompt. */
  readonly after?: readonly object[];
}

/** Answers as AudioCodes' own bot-side library was seen to do: looser than its documentation, and yet in the right. */
function behaveAsTheOfficialSdk(bot: ScriptedBot, options: SdkBot = {}): void {
  const { promptBytes = 6400, acceptAfterMs = 20, knowsConversations = true, after = [] } = options;
  bot.onMessage = (message, reply) => {
    const tag = message.participant ? { participant: message.participant } : {};
    switch (message.type) {
      case 'session.initiate':
        setTimeout(() => reply({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' }), acceptAfterMs);
        break;
      case 'session.resume':
        if (knowsConversations) reply({ type: 'session.accepted' });
        else
          reply({
            type: 'session.error',
            conversationId: message.conversationId,
            reason: 'conversation not found',
          });
        break;
      case 'activities': {
        if (message.activities[0].name !== 'start') break;
        const tone = Int16Array.from({ length: promptBytes / 2 }, (_, i) => 8000 * Math.sin(i / 8));
        const audioChunk = Buffer.from(tone.buffer).toString('base64');
        reply({ type: 'playStream.start', mediaFormat: 'raw/lpcm16', streamId: 'play-0', altText: 'hello' });
        reply({ type: 'playStream.chunk', audioChunk, streamId: 'play-0' });
        reply({ type: 'playStream.stop', streamId: 'play-0' });
        for (const one of after) reply(one);
        break;
      }
      case 'userStream.start':
        reply({ type: 'userStream.started', ...tag });
        break;
      case 'userStream.stop':
        reply({ type: 'userStream.stopped', ...tag });
        break;
    }
  };
}

describe('a call to a bot that behaves as the official SDK does', () => {
  let bot: ScriptedBot;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
  });

  afterEach(() => bot.close());

  const place = (options: Partial<AudioCodesCallOptions>) =>
    placeAudioCodesCall({ url: bot.url('/audiocodes'), ...options });
  const count = (type: string) => bot.messages.filter((message) => message.type === type).length;
  const seen = (type: string, times = 1) => until(() => count(type) >= times, `${times} ${type}`);

  it('hears the whole prompt although its one chunk is followed at once by the stop', async () => {
    behaveAsTheOfficialSdk(bot);
    const report = await place({
      script: async (caller) => {
        await caller.listen();
        await caller.say(word);
      },
    }).ended;
    expect(report).toMatchObject({ ok: true, breaches: [], outcome: 'caller-hung-up' });
    expect(report.agent.playedMs).toBeCloseTo(200, 6);
    expect(bot.messages.some((message) => message.type === 'userStream.chunk')).toBe(true);
  });

  it('takes a prompt of many seconds in one message', async () => {
    behaveAsTheOfficialSdk(bot, { promptBytes: 141_188, after: [END_OF_SCRIPT] });
    const call = place({});
    const report = await hangUpWhen(call, () => hasEvent(call, 'bot: config'), 'the prompt');
    expect(report.breaches).toEqual([]);
    expect(report.agent.receivedMs).toBeCloseTo(4412.125, 3);
  });

  it('waits for a start handler that takes its time', async () => {
    behaveAsTheOfficialSdk(bot, { acceptAfterMs: 300 });
    const call = place({});
    const report = await hangUpWhen(call, () => call.line.isUp, 'the line to be up');
    expect(report).toMatchObject({ ok: true, breaches: [] });
    expect(report.connectMs).toBeGreaterThan(290);
  });

  it('complains that the offer was ignored, and goes on', async () => {
    behaveAsTheOfficialSdk(bot);
    const call = place({ offer: ['raw/mulaw'] });
    const report = await hangUpWhen(call, () => call.line.playback.playedMs > 100, 'the prompt to be heard');
    expect(new Set(report.breaches.map((breach) => breach.code))).toEqual(new Set(['FORMAT_NOT_OFFERED']));
    expect(report.outcome).toBe('caller-hung-up');
    expect(report.agent.playedMs).toBeGreaterThan(100);
  });

  it('resumes although session.accepted then has no mediaFormat', async () => {
    behaveAsTheOfficialSdk(bot);
    const report = await place({
      script: async (caller) => {
        await seen('userStream.chunk');
        caller.cut();
        await seen('userStream.start', 2);
        await caller.say(word);
      },
    }).ended;
    expect(report).toMatchObject({ ok: true, breaches: [] });
  });

  it('ends when it is refused the resume, as the library does it on a new socket', async () => {
    behaveAsTheOfficialSdk(bot, { knowsConversations: false });
    const call = place({ expect: 'lost' });
    await call.connected;
    call.cut();
    const report = await call.ended;
    expect(report).toMatchObject({ ok: true, detail: 'session.error: conversation not found' });
  });

  it('takes text, transfers and hang-ups without id and timestamp, and notes it', async () => {
    behaveAsTheOfficialSdk(bot, {
      after: [
        {
          type: 'activities',
          activities: [{ type: 'event', name: 'hangup', activityParams: { hangupReason: 'done' } }],
        },
      ],
    });
    const report = await place({}).ended;
    expect(report).toMatchObject({ ok: true, outcome: 'agent-hung-up', detail: 'done', breaches: [] });
    expect(report.notes).toContain('Activities come without id and timestamp.');
  });

  it('reads its hints about the caller', async () => {
    behaveAsTheOfficialSdk(bot, {
      after: [
        { type: 'userStream.speech.hypothesis', alternatives: [{ text: 'hello there' }] },
        { type: 'userStream.speech.recognition', alternatives: [{ text: 'hello there', confidence: 0.9 }] },
        { type: 'userStream.speech.committed' },
      ],
    });
    const call = place({});
    const committed = 'bot says: caller committed';
    const report = await hangUpWhen(call, () => hasEvent(call, committed), 'the last of the hints');
    expect(report).toMatchObject({ ok: true, breaches: [], recognised: ['hello there'] });
  });

  it('is refused when the start handler throws', async () => {
    bot.onMessage = (message, reply, socket) => {
      if (message.type !== 'session.initiate') return;
      reply({ type: 'session.error', reason: 'Error handling conversation.start: backend down' });
      socket.close();
    };
    const report = await place({ expect: 'refused' }).ended;
    expect(report).toMatchObject({
      ok: true,
      detail: 'session.error: Error handling conversation.start: backend down',
    });
  });

  it('finds that the library answers neither probe of the connection check', async () => {
    behaveAsTheOfficialSdk(bot);
    bot.onRequest = () => undefined;
    const { socket, http } = await checkAudioCodesBot({ url: bot.url('/audiocodes'), withinMs: 500 });
    expect(socket).toBe('connection.validated did not come in time');
    expect(http).not.toBeNull();
  });

  it.each([true, false])(
    'is content with two participants acknowledged by name (barge-in %s)',
    async (bargeIn) => {
      behaveAsTheOfficialSdk(bot);
      const time = new StoppedTime();
      const call = place({ ...time, bargeIn, participants: ['caller', 'callee'] });
      await until(() => receivedMs(call) > 0, 'the prompt');
      await time.passUntil(() => count('userStream.chunk') > 1, 'sound of both');
      call.hangUp();
      const report = await call.ended;
      expect(report).toMatchObject({ ok: true, breaches: [] });
      expect(count('userStream.start')).toBe(2);
    },
  );

  it('complains of two plays at once, which the library does not prevent', async () => {
    behaveAsTheOfficialSdk(bot, {
      after: [
        { type: 'playStream.start', mediaFormat: 'raw/lpcm16', streamId: 'play-1' },
        {
          type: 'playStream.start',
          mediaFormat: 'raw/lpcm16_24',
          streamId: 'play-2',
          activityParams: { x: 1 },
          targetPlayer: 'p1',
        },
        { type: 'playStream.stop', streamId: 'play-1' },
        { type: 'playStream.stop', streamId: 'play-2' },
        END_OF_SCRIPT,
      ],
    });
    const call = place({});
    const report = await hangUpWhen(call, () => hasEvent(call, 'bot: config'), 'the end of both streams');
    expect(report.breaches).toMatchObject([{ code: 'STREAM_NOT_STOPPED', count: 1 }]);
  });
});
