import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { shippedSpeech } from '../call/speech.js';
import { ScriptedBot } from '../testing/scripted-bot.js';
import { placeTwilioCall } from './twilio-call.js';

const hello = shippedSpeech('caller-bye');

describe('a Twilio call', () => {
  let bot: ScriptedBot;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
  });

  afterEach(() => bot.close());

  it('speaks to a bot that sends every frame back, and hears its own words', async () => {
    bot.onMessage = (message, reply) => {
      if (message.event !== 'media') return;
      reply({ event: 'media', streamSid: message.streamSid, media: { payload: message.media.payload } });
    };
    const call = placeTwilioCall({
      streamUrl: bot.url('/twilio/stream'),
      script: (caller) => caller.say(hello),
    });
    const report = await call.ended;
    expect(report.breaches).toEqual([]);
    expect(report.outcome).toBe('caller-hung-up');
    expect(report.agent.utterances.length).toBeGreaterThan(0);
    expect(bot.messages.slice(0, 2).map((message) => message.event)).toEqual(['connected', 'start']);
    expect(bot.messages.at(-1).event).toBe('stop');
  });
});
