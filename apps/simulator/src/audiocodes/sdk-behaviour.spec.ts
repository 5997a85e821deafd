import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { shippedSpeech } from '../call/speech.js';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { placeAudioCodesCall } from './audiocodes-call.js';

const bye = shippedSpeech('caller-bye');

/** Answers as AudioCodes' own bot-side library was seen to do: looser than its documentation, and yet in the right. */
function behaveAsTheOfficialSdk(bot: ScriptedBot, chunkBytes = 6400): void {
  let plays = 0;
  bot.onMessage = (message, reply) => {
    switch (message.type) {
      case 'session.initiate':
        setTimeout(() => reply({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' }), 50);
        break;
      case 'session.resume':
        reply({ type: 'session.accepted' });
        break;
      case 'activities': {
        if (message.activities[0].name !== 'start') break;
        const streamId = `play-${plays++}`;
        const tone = Int16Array.from({ length: chunkBytes / 2 }, (_, i) => 8000 * Math.sin(i / 8));
        reply({ type: 'playStream.start', mediaFormat: 'raw/lpcm16', streamId, altText: 'hello' });
        reply({
          type: 'playStream.chunk',
          audioChunk: Buffer.from(tone.buffer).toString('base64'),
          streamId,
        });
        reply({ type: 'playStream.stop', streamId });
        break;
      }
      case 'userStream.start':
        reply({
          type: 'userStream.started',
          ...(message.participant && { participant: message.participant }),
        });
        break;
      case 'userStream.stop':
        reply({
          type: 'userStream.stopped',
          ...(message.participant && { participant: message.participant }),
        });
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

  it('hears the whole prompt although its one chunk is followed at once by the stop', async () => {
    behaveAsTheOfficialSdk(bot);
    const call = placeAudioCodesCall({
      url: bot.url('/audiocodes'),
      script: async (caller) => {
        await caller.listen();
        await caller.say(bye);
      },
    });
    const report = await call.ended;
    expect(report.breaches).toEqual([]);
    expect(report.agent.playedMs).toBeCloseTo(200, 6);
    expect(report.outcome).toBe('caller-hung-up');
  });
});
