import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wavHeader } from '#libs/audio';
import { until } from '#libs/testing';
import { hangUpWhen, hasEvent, receivedMs } from '../testing/hang-up-when.js';
import { chunk, pcm, play, start, stop } from '../testing/play-messages.js';
import { activity, answerPolitely, END_OF_SCRIPT, type PoliteBot } from '../testing/polite-bot.js';
import { type Reply, ScriptedBot } from '../testing/scripted-bot.js';
import { StoppedTime } from '../testing/stopped-time.js';
import { type AudioCodesCall, placeAudioCodesCall } from './audiocodes-call.js';
import type { AudioCodesCallOptions } from './audiocodes-options.js';

describe('an AudioCodes call', () => {
  let bot: ScriptedBot;

  beforeEach(async () => {
    bot = await ScriptedBot.listen();
  });

  afterEach(() => bot.close());

  function place(options: Partial<AudioCodesCallOptions> = {}, changes: Partial<PoliteBot> = {}) {
    answerPolitely(bot, changes);
    return placeAudioCodesCall({ url: bot.url('/audiocodes?x=1'), ...options });
  }

  const listening = () => bot.messages.some((message) => message.type === 'userStream.chunk');
  const complained = (call: AudioCodesCall) => call.line.record.breaches.list().length > 0;

  describe('complains of', () => {
    const onStart = (send: (reply: Reply) => void): Partial<PoliteBot> => ({ onStart: send });
    const instead = (type: string, answer: (reply: Reply) => void): Partial<PoliteBot> => ({
      instead: (message, reply) => {
        if (message.type === type) answer(reply);
        return message.type === type;
      },
    });
    const sound = pcm(20, 24000);
    const cases: readonly (readonly [string, string, Partial<PoliteBot>])[] = [
      ['CHUNK_WITHOUT_STREAM', 'a chunk for no stream', onStart((reply) => reply(chunk('1', sound)))],
      [
        'CHUNK_WITHOUT_STREAM',
        'a chunk after the stop',
        onStart((reply) => {
          play(reply, '1', 20);
          reply(chunk('1', sound));
        }),
      ],
      [
        'STREAM_NOT_STOPPED',
        'a second stream while one is open',
        onStart((reply) => {
          reply(start('1'));
          play(reply, '2', 20);
        }),
      ],
      [
        'STREAM_ID_REUSED',
        'a stream id used twice',
        onStart((reply) => {
          play(reply, '1', 20);
          play(reply, '1', 20);
        }),
      ],
      ['STREAM_ID_NOT_STRING', 'a stream id that is a number', onStart((reply) => reply(start(1)))],
      [
        'FORMAT_NOT_OFFERED',
        'a play stream in a format that was not offered',
        onStart((reply) => reply(start('1', 'raw/lpcm16_8'))),
      ],
      ['FORMAT_NOT_OFFERED', 'accepting a format that was not offered', { mediaFormat: 'raw/lpcm16_8' }],
      [
        'FORMAT_NOT_OFFERED',
        'accepting without a format',
        instead('session.initiate', (reply) => reply({ type: 'session.accepted' })),
      ],
      [
        'PCM_MISALIGNED',
        'half a sample',
        onStart((reply) => {
          reply(start('1'));
          reply(chunk('1', sound.subarray(1)));
          reply(stop('1'));
        }),
      ],
      [
        'CHUNK_NOT_BASE64',
        'sound that is no base64',
        onStart((reply) => {
          reply(start('1'));
          reply({ ...chunk('1', sound), audioChunk: '!' });
          reply(stop('1'));
        }),
      ],
      [
        'CHUNK_NOT_BASE64',
        'a chunk without sound',
        onStart((reply) => {
          reply(start('1'));
          reply({ type: 'playStream.chunk', streamId: '1' });
          reply(stop('1'));
        }),
      ],
      ['STOP_WITHOUT_STREAM', 'stopping what is not open', onStart((reply) => reply(stop('9')))],
      [
        'WAV_HEADER_MISSING',
        'a wav/ stream without its header',
        onStart((reply) => {
          reply(start('1', 'wav/lpcm16_24'));
          reply(chunk('1', sound));
          reply(stop('1'));
        }),
      ],
      [
        'PAYLOAD_RIFF',
        'a header in a raw/ stream',
        onStart((reply) => {
          reply(start('1'));
          reply(
            chunk(
              '1',
              Buffer.concat([Buffer.from(wavHeader({ encoding: 'pcm16', sampleRate: 24000 }, 1, 0)), sound]),
            ),
          );
          reply(stop('1'));
        }),
      ],
      [
        'SOUND_BEFORE_ACCEPTED',
        'sound before session.accepted',
        {
          instead: (message, reply) => {
            if (message.type === 'session.initiate') reply(start('1'));
            return false;
          },
        },
      ],
      ['TYPE_MISSING', 'a message without a type', onStart((reply) => reply({ streamId: '1' }))],
      [
        'TYPE_UNKNOWN',
        'a message that does not exist',
        onStart((reply) => reply({ type: 'session.resumed' })),
      ],
      ['NOT_JSON', 'text that is no JSON', onStart((reply) => reply('hello'))],
      ['NOT_JSON', 'JSON that is no object', onStart((reply) => reply('[]'))],
      [
        'BINARY_FRAME',
        'a binary frame',
        onStart((reply) => reply(Buffer.from('{"type":"playStream.stop","streamId":"1"}'))),
      ],
      [
        'CONVERSATION_OTHER',
        'the id of another conversation',
        onStart((reply) => reply({ type: 'userStream.speech.stopped', conversationId: 'other' })),
      ],
      [
        'ACKNOWLEDGED_UNASKED',
        'an acknowledgement that nobody asked for',
        onStart((reply) => reply({ type: 'userStream.stopped' })),
      ],
      [
        'PARTICIPANT_NOT_ECHOED',
        'another participant than was asked for',
        instead('userStream.start', (reply) => reply({ type: 'userStream.started', participant: 'x' })),
      ],
      [
        'ACCEPTED_UNASKED',
        'a second session.accepted',
        onStart((reply) => reply({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' })),
      ],
      [
        'SPEECH_SHAPE',
        'words in the wrong place',
        onStart((reply) => reply({ type: 'userStream.speech.hypothesis', text: 'hello' })),
      ],
      [
        'SPEECH_SHAPE',
        'a confidence that is text',
        onStart((reply) =>
          reply({ type: 'userStream.speech.recognition', alternatives: [{ text: 'a', confidence: '0.9' }] }),
        ),
      ],
      [
        'ACTIVITY_SHAPE',
        'activities without the array',
        onStart((reply) => reply({ type: 'activities', name: 'hangup' })),
      ],
      [
        'ACTIVITY_SHAPE',
        'an event without a name',
        onStart((reply) => reply({ type: 'activities', activities: [{ type: 'event' }] })),
      ],
      [
        'TEXT_FOR_AUDIO',
        'text where sound is expected',
        onStart((reply) =>
          reply({
            type: 'activities',
            activities: [{ type: 'message', text: 'hi', id: 'a', timestamp: 'b' }],
          }),
        ),
      ],
      [
        'VALIDATED_UNASKED',
        'connection.validated in a call',
        onStart((reply) => reply({ type: 'connection.validated', success: true })),
      ],
      ['TRANSFER_TARGET_MISSING', 'a transfer to nowhere', onStart((reply) => reply(activity('transfer')))],
    ];

    it.each(cases)('%s: %s', async (code, _what, changes) => {
      const call = place({ resume: null }, changes);
      let over = false;
      void call.ended.then(() => {
        over = true;
      });
      await until(() => over || (complained(call) && listening()), `the complaint ${code}`);
      bot.sockets[0]!.send(JSON.stringify(END_OF_SCRIPT));
      const report = await hangUpWhen(call, () => hasEvent(call, 'bot: config'), 'all that the bot sent');
      expect(report.breaches.map((breach) => breach.code)).toEqual([code]);
      expect(report.ok).toBe(false);
    });

    it('NOT_CLOSED: a socket that stays open after session.end', async () => {
      bot.closesAtTheEnd = false;
      const call = place({ closeWithinMs: 100 });
      const report = await hangUpWhen(call, () => call.line.isUp, 'the line to be up');
      expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [{ code: 'NOT_CLOSED' }] });
    });

    it('BOT_READS_SLOWLY: sound that nobody takes', async () => {
      const call = place({ closeWithinMs: 100 });
      await until(listening, 'sound of the caller');
      bot.sockets[0]!.pause();
      // What the kernel holds is filled up first; only then does anything wait in the simulator.
      for (let i = 0; i < 40; i++) call.sendRaw(' '.repeat(1_000_000));
      const report = await hangUpWhen(call, () => complained(call), 'the complaint');
      expect(report.breaches.map((breach) => breach.code)).toContain('BOT_READS_SLOWLY');
    });

    it('ACCEPT_LATE: no session.accepted', async () => {
      const call = place(
        { acceptWithinMs: 100 },
        instead('session.initiate', () => undefined),
      );
      await expect(call.connected).rejects.toThrow('refused');
      expect(await call.ended).toMatchObject({ outcome: 'refused', breaches: [{ code: 'ACCEPT_LATE' }] });
    });

    it('REASON_MISSING: session.error without a reason', async () => {
      const report = await place(
        {},
        onStart((reply) => reply({ type: 'session.error' })),
      ).ended;
      expect(report).toMatchObject({ outcome: 'lost', breaches: [{ code: 'REASON_MISSING' }] });
    });

    it('STREAM_LEFT_OPEN: a stream that nobody closes', async () => {
      const open = onStart((reply) => {
        reply(start('1'));
        reply(chunk('1', sound));
      });
      const time = new StoppedTime();
      const call = place(time, open);
      await until(() => receivedMs(call) > 0, 'the stream');
      await time.passUntil(listening, 'sound of the caller');
      time.advance(2800);
      expect(complained(call)).toBe(false);
      time.advance(500);
      call.hangUp();
      const report = await call.ended;
      expect(report.breaches).toMatchObject([{ code: 'STREAM_LEFT_OPEN', count: 1 }]);
    });

    it('gaps inside an open stream, but not between streams', async () => {
      const time = new StoppedTime();
      let reply: Reply = () => undefined;
      const call = place(
        time,
        onStart((toCaller) => {
          reply = toCaller;
          reply(start('1'));
          reply(chunk('1', sound));
        }),
      );
      const received = (durationMs: number) =>
        until(() => receivedMs(call) > durationMs - 1, `${durationMs} ms of sound`);
      await received(20);
      time.advance(200);
      reply(chunk('1', sound));
      await received(40);
      time.advance(50);
      reply(stop('1'));
      await time.passUntil(
        () => bot.messages.some((message) => message.activities?.[0]?.name === 'playFinished'),
        'the end of the first stream',
      );
      time.advance(250);
      play(reply, '2', 20);
      await received(60);
      call.hangUp();
      const report = await call.ended;
      expect(report.agent.gaps).toHaveLength(1);
      expect(report.agent.gaps[0]!.durationMs).toBeCloseTo(180, 6);
    });
  });
});
