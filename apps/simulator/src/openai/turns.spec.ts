import { afterEach, describe, expect, it } from '@jest/globals';
import { bytesFromSamples } from '#libs/audio';
import { ManualClock } from '#libs/testing';
import { MULAW, PCM, quiet, recorded, say, speak } from './testing/caller-voice.js';
import { closeSims, connected, MANUAL } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const vad = (
  more: Record<string, unknown> = {},
  format: Record<string, unknown> = { type: 'audio/pcm', rate: 24000 },
) => ({
  audio: { input: { format, turn_detection: { type: 'server_vad', silence_duration_ms: 500, ...more } } },
});

describe('voice detection', () => {
  it('makes a turn of what was said, in the order of a live capture', async () => {
    const { client, session } = await connected({}, vad());
    say(client, 'caller-hours');
    const done = await client.next('response.done');
    const types = client.types.slice(2, 8);
    expect(types).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
    ]);
    const itemId = session.turns[0]?.itemId;
    expect(await client.next('input_audio_buffer.speech_started')).toMatchObject({ item_id: itemId });
    expect(await client.next('input_audio_buffer.speech_stopped')).toMatchObject({ item_id: itemId });
    expect(await client.next('input_audio_buffer.committed')).toMatchObject({
      item_id: itemId,
      previous_item_id: null,
    });
    expect(await client.next('conversation.item.added')).toMatchObject({
      item: {
        id: itemId,
        role: 'user',
        status: 'completed',
        content: [{ type: 'input_audio', transcript: null }],
      },
    });
    expect(done).toMatchObject({ response: { status: 'completed' } });
  });

  it('counts its times in appended sound, with the padding before and the silence after', async () => {
    const { client, session } = await connected(
      {},
      vad({ prefix_padding_ms: 200, silence_duration_ms: 400 }),
    );
    const words = recorded('caller-hours', PCM);
    speak(client, quiet(2000, PCM));
    speak(client, words);
    speak(client, quiet(1000, PCM));
    await client.next('input_audio_buffer.committed');
    const started = (await client.next('input_audio_buffer.speech_started')).audio_start_ms;
    const stopped = (await client.next('input_audio_buffer.speech_stopped')).audio_end_ms;
    // The recording begins and ends with 60 ms of silence.
    expect(Math.abs(Number(started) - (2000 + 60 - 200))).toBeLessThanOrEqual(60);
    expect(Math.abs(Number(stopped) - (2000 + words.length / 24 - 60 + 400))).toBeLessThanOrEqual(120);
    const [turn] = session.turns;
    expect(turn?.samples.length).toBe(Math.round(((turn?.audioEndMs ?? 0) - (turn?.audioStartMs ?? 0)) * 24));
    const startSample = Math.round((turn?.audioStartMs ?? 0) * 24) - 2000 * 24;
    const heard = turn?.samples.subarray(100 * 24 - startSample, 1000 * 24 - startSample) ?? new Int16Array();
    expect(bytesFromSamples(heard)).toEqual(bytesFromSamples(words.subarray(100 * 24, 1000 * 24)));
  });

  it('hears μ-law as well, and keeps its time across a change of format', async () => {
    const { client, session } = await connected({}, vad());
    speak(client, quiet(1000, PCM));
    await client.update(vad({}, { type: 'audio/pcmu' }));
    say(client, 'caller-hello', MULAW);
    await client.next('response.done');
    const [turn] = session.turns;
    expect(turn?.sampleRate).toBe(8000);
    expect(
      Number((await client.next('input_audio_buffer.speech_started')).audio_start_ms),
    ).toBeGreaterThanOrEqual(1000);
    expect(session.items[0]?.bytes.length).toBe(turn?.samples.length);
  });

  it('finds the same turn however the sound is cut', async () => {
    const found: unknown[] = [];
    for (const pieceMs of [20, 100, 5000]) {
      const { client, session } = await connected({}, vad());
      const sound = Int16Array.from([...recorded('caller-bye', PCM), ...quiet(1000, PCM)]);
      speak(client, sound, PCM, pieceMs);
      await client.next('response.done');
      found.push(session.turns.map(({ audioStartMs, audioEndMs }) => [audioStartMs, audioEndMs]));
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });

  it('hears nothing in silence, and freezes when no sound comes', async () => {
    const { client } = await connected({}, vad());
    speak(client, quiet(3000, PCM));
    speak(client, recorded('caller-hours', PCM));
    await client.settledAfterSound();
    expect(client.types.slice(2, 3)).toEqual(['input_audio_buffer.speech_started']);
    expect(client.types).not.toContain('input_audio_buffer.speech_stopped');
  });

  it('asks for louder speech when its threshold is higher', async () => {
    const soft = recorded('caller-hours', PCM).map((sample) => sample / 40);
    for (const [threshold, heard] of [
      [0.3, true],
      [0.95, false],
    ] as const) {
      const { client } = await connected({}, vad({ threshold }));
      speak(client, soft);
      speak(client, quiet(1000, PCM));
      await client.settledAfterSound();
      expect(client.types.includes('input_audio_buffer.speech_started')).toBe(heard);
    }
  });

  it('waits longer for the end the less eager it is', async () => {
    const ends: number[] = [];
    for (const eagerness of ['high', 'medium', 'low']) {
      const { client } = await connected(
        {},
        { audio: { input: { turn_detection: { type: 'semantic_vad', eagerness } } } },
      );
      say(client, 'caller-bye');
      ends.push(Number((await client.next('input_audio_buffer.speech_stopped')).audio_end_ms));
    }
    const [high = 0, medium = 0, low = 0] = ends;
    expect(medium - high).toBe(300);
    expect(low - medium).toBe(600);
  });

  it('makes no response where it was told not to', async () => {
    const { client, session } = await connected({}, vad({ create_response: false }));
    say(client, 'caller-hours');
    await client.next('input_audio_buffer.committed');
    await client.settled();
    expect(session.responses).toEqual([]);
    client.send({ type: 'response.create' });
    expect(await client.next('response.done')).toMatchObject({ response: { status: 'completed' } });
  });
});

describe('speech during an answer', () => {
  const slow = { speed: 1, answer: { hz: 440, ms: 6000 } };

  it('cancels it, and leaves its last words open to truncation', async () => {
    const { client, session } = await connected(slow, vad());
    client.send({ type: 'response.create' });
    await client.next('response.output_audio.delta', 2);
    speak(client, recorded('caller-stop', PCM));
    const { response } = await client.next('response.done');
    expect(response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ status: 'incomplete' }],
    });
    const from = client.types.indexOf('input_audio_buffer.speech_started');
    expect(client.types.slice(from, from + 8)).toEqual([
      'input_audio_buffer.speech_started',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'rate_limits.updated',
    ]);
    const [item] = session.responses[0]?.items ?? [];
    client.send({
      type: 'conversation.item.truncate',
      item_id: item?.id,
      content_index: 0,
      audio_end_ms: 100,
    });
    expect(await client.next('conversation.item.truncated')).toMatchObject({ audio_end_ms: 100 });
    expect(item).toMatchObject({ truncatedAtMs: 100 });
  });

  it('does not cancel it where interruption is off, and the next response cannot start', async () => {
    const { client, sim } = await connected(slow, vad({ interrupt_response: false }));
    client.send({ type: 'response.create' });
    await client.next('response.created');
    say(client, 'caller-stop');
    expect(await client.next('error')).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: null },
    });
    expect(client.types).not.toContain('response.done');
    expect(sim.breaches).toEqual([]);
  });
});

describe('manual turns', () => {
  it('make an item of everything since the last commit, and no response', async () => {
    const { client, session } = await connected({}, MANUAL);
    const words = recorded('caller-hours', PCM);
    speak(client, words);
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('conversation.item.done');
    await client.settled();
    expect(client.types.slice(2, 5)).toEqual([
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
    ]);
    expect(session.turns).toMatchObject([{ how: 'manual', audioStartMs: 0 }]);
    expect(session.turns[0]?.samples.length).toBe(words.length);
    expect(session.responses).toEqual([]);
  });

  it('need 100 ms of sound', async () => {
    const { client, session } = await connected({}, MANUAL);
    speak(client, quiet(90, PCM), PCM, 10);
    expect(await client.refusalOf({ type: 'input_audio_buffer.commit', event_id: 'c-1' })).toMatchObject({
      code: 'input_audio_buffer_commit_empty',
      event_id: 'c-1',
      message: expect.stringContaining('90.00ms'),
    });
    speak(client, quiet(10, PCM), PCM, 10);
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('input_audio_buffer.committed');
    expect(await client.refusalOf({ type: 'input_audio_buffer.commit' })).toMatchObject({
      code: 'input_audio_buffer_commit_empty',
    });
    expect(session.turns).toHaveLength(1);
  });

  it('forget what was cleared', async () => {
    const { client, session } = await connected({}, MANUAL);
    speak(client, quiet(500, PCM));
    await client.settled();
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('input_audio_buffer.committed');
    expect(session.turns).toMatchObject([{ audioStartMs: 500, audioEndMs: 700 }]);
  });

  it('are unwise beside voice detection', async () => {
    const { client, sim } = await connected({}, vad());
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('input_audio_buffer.committed');
    expect(sim.breaches).toMatchObject([{ kind: 'unwise', eventType: 'input_audio_buffer.commit' }]);
  });
});

describe('idle_timeout_ms', () => {
  it('asks the caller after the last answer has been played and nothing was said', async () => {
    const clock = new ManualClock();
    const { client, session } = await connected(
      { clock, answer: { hz: 440, ms: 2000 } },
      vad({ idle_timeout_ms: 5000 }),
    );
    client.send({ type: 'response.create' });
    await client.next('response.done');
    speak(client, quiet(1000, PCM));
    await client.settledAfterSound();
    clock.advance(6999);
    await client.settledAfterSound();
    expect(client.types).not.toContain('input_audio_buffer.timeout_triggered');
    clock.advance(1);
    const fired = await client.next('input_audio_buffer.timeout_triggered');
    expect(fired).toMatchObject({ audio_start_ms: 0, audio_end_ms: 1000 });
    expect(await client.next('response.done', 2)).toMatchObject({ response: { status: 'completed' } });
    expect(session.turns).toMatchObject([{ how: 'timeout', itemId: fired.item_id }]);
    expect(session.responses.map(({ reason }) => reason)).toEqual(['request', 'timeout']);
  });

  it('does not ask who has spoken, even if nothing answered', async () => {
    const clock = new ManualClock();
    const { client } = await connected({ clock }, vad({ idle_timeout_ms: 5000, create_response: false }));
    client.send({ type: 'response.create' });
    await client.next('response.done');
    say(client, 'caller-bye');
    await client.next('input_audio_buffer.committed');
    clock.advance(20_000);
    await client.settledAfterSound();
    expect(client.types).not.toContain('input_audio_buffer.timeout_triggered');
  });

  it('does not ask who has begun to speak', async () => {
    const clock = new ManualClock();
    const { client } = await connected({ clock }, vad({ idle_timeout_ms: 5000 }));
    client.send({ type: 'response.create' });
    await client.next('response.done');
    speak(client, recorded('caller-hours', PCM));
    await client.next('input_audio_buffer.speech_started');
    clock.advance(10_000);
    await client.settledAfterSound();
    expect(client.types).not.toContain('input_audio_buffer.timeout_triggered');
  });
});
