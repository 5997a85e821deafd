import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wavHeader } from '#libs/audio';
import type { CallScript } from '../call/caller.js';
import { chunk, pcm, play, start, stop } from '../testing/play-messages.js';
import { activity, answerPolitely, type PoliteBot } from '../testing/polite-bot.js';
import { type Reply, ScriptedBot } from '../testing/scripted-bot.js';
import { placeAudioCodesCall } from './audiocodes-call.js';
import type { AudioCodesCallOptions } from './audiocodes-options.js';

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

  const waits =
    (durationMs: number): CallScript =>
    (caller) =>
      caller.pause(durationMs);

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
      const report = await place(waits(80), { resume: null }, changes).ended;
      expect(report.breaches.map((breach) => breach.code)).toEqual([code]);
      expect(report.ok).toBe(false);
    });

    it('NOT_CLOSED: a socket that stays open after session.end', async () => {
      bot.closesAtTheEnd = false;
      const report = await place(waits(20), { closeWithinMs: 100 }).ended;
      expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [{ code: 'NOT_CLOSED' }] });
    });

    it('BOT_READS_SLOWLY: sound that nobody takes', async () => {
      answerPolitely(bot);
      const call = place(waits(200), { closeWithinMs: 100 });
      await call.connected;
      bot.sockets[0]!.pause();
      // What the kernel holds is filled up first; only then does anything wait in the simulator.
      for (let i = 0; i < 40; i++) call.sendRaw(' '.repeat(1_000_000));
      const report = await call.ended;
      expect(report.breaches.map((breach) => breach.code)).toContain('BOT_READS_SLOWLY');
    });

    it('ACCEPT_LATE: no session.accepted', async () => {
      const call = place(
        null,
        { acceptWithinMs: 100 },
        instead('session.initiate', () => undefined),
      );
      await expect(call.connected).rejects.toThrow('refused');
      expect(await call.ended).toMatchObject({ outcome: 'refused', breaches: [{ code: 'ACCEPT_LATE' }] });
    });

    it('REASON_MISSING: session.error without a reason', async () => {
      const report = await place(
        waits(500),
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
      const report = await place(waits(3400), {}, open).ended;
      expect(report.breaches).toMatchObject([{ code: 'STREAM_LEFT_OPEN', count: 1 }]);
    });

    it('gaps inside an open stream, but not between streams', async () => {
      const report = await place(
        waits(900),
        {},
        onStart((reply) => {
          reply(start('1'));
          reply(chunk('1', sound));
          setTimeout(() => reply(chunk('1', sound)), 200);
          setTimeout(() => reply(stop('1')), 250);
          setTimeout(() => play(reply, '2', 20), 500);
        }),
      ).ended;
      expect(report.agent.gaps).toHaveLength(1);
    });
  });
});
