import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallReport,
  type CallScript,
  type OpenAiSim,
  type OpenAiSimOptions,
  type Speech,
  startOpenAiSim,
} from '#apps/simulator';
import { until } from '#libs/testing';
import { CalmTime } from '../../apps/simulator/src/testing/calm-time.js';
import { type Booted, boot, closeAll } from './boot.js';
import { TestCall } from './callers.js';

const PLATFORMS = ['twilio', 'audiocodes'] as const;
type Platform = (typeof PLATFORMS)[number];

const TOLERANCE_MS = 5;
/** A frame that leaves now was spoken in the 20 ms before. */
const FRAME_MS = 20;

const sims: OpenAiSim[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
});

/**
 * Sound whose edges are no matter of opinion: it begins with a frame and ends 4 ms before the end of one, so that neither the
 * report's frames of 20 ms nor the voice detection's steps of 10 ms round them, whatever a filter adds.
 */
function sound(name: string, frames: number): Speech {
  const sampleRate = 8000;
  const samples = new Int16Array((frames * FRAME_MS * sampleRate) / 1000);
  const length = samples.length - 32;
  for (let i = 0; i < length; i++) {
    const fade = Math.min(1, i / 16, (length - i) / 32);
    samples[i] = Math.round(9000 * fade * Math.sin((2 * Math.PI * 600 * i) / sampleRate));
  }
  return { name, samples, sampleRate };
}

const WORDS = sound('words', 24);
const STOP = sound('stop', 31);
const COUGH = sound('cough', 12);

interface Conversation {
  readonly booted: Booted;
  readonly sim: OpenAiSim;
  readonly place: (script: CallScript) => Promise<CallReport>;
}

async function conversation(platform: Platform, options: OpenAiSimOptions): Promise<Conversation> {
  const time = new CalmTime(1);
  const sim = await startOpenAiSim({ apiKey: 'key', clock: time.clock, ...options });
  sims.push(sim);
  const booted = await boot(
    { AI_BACKEND: 'openai-realtime', OPENAI_API_KEY: 'key', OPENAI_REALTIME_URL: sim.url },
    {
      clock: time.clock,
      yaml: `platforms:\n  ${platform}: {}\nbackends:\n  openai-realtime: {}\nobservers:\n  conversation:\n    falseInterruptionMs: 600\n`,
    },
  );
  const place = async (script: CallScript) => {
    const ended = booted.tape.all('conversation.measured').length;
    const report = await time.lastUntil(new TestCall(platform, booted, { script, time }).report);
    await until(() => booted.tape.all('conversation.measured').length > ended, 'the figures of the call');
    return report;
  };
  return { booted, sim, place };
}

/** What is furthest from zero. */
function worst(values: readonly number[]): number {
  return values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}

/** Rounded, so that what is printed can be read. */
function tooFar(errors: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(errors)
      .filter(([, errorMs]) => !(Math.abs(errorMs) <= TOLERANCE_MS))
      .map(([name, errorMs]) => [name, Math.round(errorMs * 10) / 10]),
  );
}

/** How long caller and agent were heard together, by the caller's own frames and the platform's own playback. */
function talkedOverMs({ turns, agent }: CallReport): number {
  let sumMs = 0;
  for (const { startedMs, stoppedMs } of turns) {
    for (const stretch of agent.stretches) {
      const fromMs = Math.max(startedMs! - FRAME_MS, stretch.startedMs!);
      const untilMs = Math.min(stoppedMs!, stretch.endedMs!);
      sumMs += Math.max(0, untilMs - fromMs);
    }
  }
  return sumMs;
}

/*
 * All parties run in this process and on one clock, which goes on by a millisecond whenever all that is under way between them has
 * arrived. So times compare directly, and nothing that holds up the process is measured. The truth of each interval is taken from the
 * same run: when the simulated caller's frame left, when the simulated AI sent, when the simulated platform was given and played the
 * sound. What is left between truth and measurement is the grain of that clock, and what is wrong with the measurement.
 */
describe.each(PLATFORMS)('the conversation figures of a call on %s', (platform) => {
  it('are true to 5 ms in every interval', async () => {
    const { booted, sim, place } = await conversation(platform, {
      thinkMs: 150,
      answer: { hz: 700, ms: 900 },
    });
    await place(async (caller) => {
      await caller.listen();
      await caller.say(WORDS);
      await caller.interrupt(100, STOP);
    });
    const report = await place(async (caller) => {
      await caller.listen();
      for (let i = 0; i < 6; i++) {
        await caller.say(WORDS);
        await caller.listen();
      }
      await caller.say(WORDS);
      await caller.interrupt(450, STOP);
      await caller.listen();
    });
    expect(report).toMatchObject({ ok: true, breaches: [], failures: [] });
    const up = report.lineUpAt!;
    const session = sim.sessions[1]!;
    const { tape } = booted;
    const callId = tape.entries.at(-1)!.stamp.callId;
    const of = (type: string) =>
      tape.entries.filter((entry) => entry.type === type && entry.stamp.callId === callId);
    const measured = of('turn.measured').map(({ data }) => data as Record<string, number>);
    const began = of('caller.speech.started').map(({ data }) => (data as { startedMs: number }).startedMs);
    const stopped = of('caller.speech.stopped').map(({ data }) => (data as { stoppedMs: number }).stoppedMs);
    expect(measured).toHaveLength(report.turns.length);
    const errors = report.turns.map((turn, i) => {
      const stoppedMs = up + turn.stoppedMs!;
      const { committedAtMs } = session.turns[i]!;
      const firstSoundAtMs = session.responses[i + 1]!.firstSoundAtMs!;
      const figures = measured[i]!;
      return {
        began: began[i]! - (up + turn.startedMs! - FRAME_MS),
        stopped: stopped[i]! - stoppedMs,
        endOfTurn: figures.endOfTurnMs! - (committedAtMs - stoppedMs),
        model: figures.modelMs! - (firstSoundAtMs - committedAtMs),
        gateway: figures.gatewayMs! - (stoppedMs + turn.answerArrivedAfterMs! - firstSoundAtMs),
        turnLatency: figures.turnLatencyMs! - turn.answerArrivedAfterMs!,
        heardLatency: figures.heardLatencyMs! - turn.answerHeardAfterMs!,
      };
    });
    const names = Object.keys(errors[0]!) as (keyof (typeof errors)[number])[];
    const ofTurns = Object.fromEntries(
      names.map((name) => [name, worst(errors.map((error) => error[name]))]),
    );

    const call = tape.last('conversation.measured')!;
    const interrupted = of('agent.interrupted').map(({ data }) => data as Record<string, number>);
    const bargeIn = report.bargeIns.at(-1)!;
    const seenAtMs = session.sent.ofType('input_audio_buffer.speech_started').at(-1)!.atMs;
    const owedMs =
      report.firstHeardMs! + report.turns.reduce((sum, turn) => sum + turn.answerHeardAfterMs!, 0);
    const waits = report.turns.length + 1;
    const others = {
      bargeInStop: call.bargeInStop!.maxMs - (up + bargeIn.atMs - seenAtMs),
      bargeInReaction: call.bargeInReaction!.maxMs - (bargeIn.afterCallerStartedMs! + FRAME_MS),
      truncation: interrupted.at(-1)!.heardMs! - bargeIn.heardMs,
      talkOver: call.talkOverMs - talkedOverMs(report),
      // A sum of so many waits, each of which may be off.
      silenceOwed: (call.silenceOwedMs - owedMs) / waits,
    };
    expect(tooFar({ ...ofTurns, ...others })).toEqual({});

    const toldMs = { silenceOwedMs: 0, talkOverMs: 0 };
    for (const { data } of of('conversation.sampled')) {
      const sample = data as typeof toldMs;
      toldMs.silenceOwedMs += sample.silenceOwedMs;
      toldMs.talkOverMs += sample.talkOverMs;
    }
    expect(toldMs.talkOverMs).toBeCloseTo(call.talkOverMs);
    expect(Math.abs(toldMs.silenceOwedMs - call.silenceOwedMs)).toBeLessThan(waits * TOLERANCE_MS);

    const spoken = session.responses.reduce((sum, { usage }) => {
      const details = usage?.output_token_details as { audio_tokens: number } | undefined;
      return sum + (details?.audio_tokens ?? 0);
    }, 0);
    expect(call.tokens.audio_out).toBe(spoken);
    expect(call.costUsd).toBeGreaterThan(0);
    expect(call).toMatchObject({
      turns: report.turns.length,
      answeredTurns: report.turns.length,
      interruptions: 1,
      falseInterruptions: 0,
    });
    expect(call.addedLatency.caller!.p50Ms).toBeLessThan(TOLERANCE_MS);
    expect(call.addedLatency.agent!.p50Ms).toBeLessThan(TOLERANCE_MS);
    if (platform === 'twilio') expect(call.truncationError!.p50Ms).toBeLessThan(TOLERANCE_MS);
    else expect(call.truncationError).toBeNull();
  }, 90_000);

  it('tell when the agent was first heard', async () => {
    const { booted, place } = await conversation(platform, { thinkMs: 100, answer: { hz: 700, ms: 300 } });
    const errors: { firstAudio: number; firstHeard: number }[] = [];
    for (let i = 0; i < 3; i++) {
      const report = await place((caller) => caller.listen());
      const call = booted.tape.last('conversation.measured')!;
      errors.push({
        firstAudio: call.firstAudioMs! - report.agent.utterances[0]!.arrivedMs,
        firstHeard: call.firstHeardMs! - report.agent.stretches[0]!.startedMs!,
      });
    }
    expect(
      tooFar({
        firstAudio: worst(errors.map(({ firstAudio }) => firstAudio)),
        firstHeard: worst(errors.map(({ firstHeard }) => firstHeard)),
      }),
    ).toEqual({});
  }, 60_000);

  it('count holes in an answer as silence owed, and a cough as a false interruption', async () => {
    const { booted, place } = await conversation(platform, {
      // The AI speaks half as fast as a person listens.
      speed: 0.5,
      deltaMs: 200,
      answer: { hz: 700, ms: 1000 },
      transcribe: (turn) => (turn.audioEndMs - turn.audioStartMs < 1150 ? '' : 'Some words.'),
    });
    const report = await place(async (caller) => {
      await caller.listen();
      await caller.say(WORDS);
      await caller.listen();
      await caller.say(WORDS);
      // It is noticed a tenth of a second later, in the middle of a piece of 200 ms and not in the hole behind it.
      await caller.interrupt(400, COUGH);
      await caller.listen();
      await caller.pause(300);
    });
    expect(report.breaches).toEqual([]);
    const call = booted.tape.last('conversation.measured')!;
    expect(booted.tape.all('interruption.judged').map(({ wasFalse }) => wasFalse)).toEqual([true]);
    expect(call).toMatchObject({ turns: 3, answeredTurns: 3, interruptions: 1, falseInterruptions: 1 });
    const holes = report.agent.gaps.filter(({ durationMs }) => durationMs >= FRAME_MS);
    expect(holes.length).toBeGreaterThan(5);
    expect(booted.tape.all('agent.audio.starved')).toHaveLength(holes.length);
    const holesMs = holes.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const starvedMs = booted.tape.all('agent.audio.starved').reduce((sum, next) => sum + next.starvedMs, 0);
    const owedMs =
      report.firstHeardMs! + report.turns.reduce((sum, turn) => sum + turn.answerHeardAfterMs!, 0) + holesMs;
    const waits = report.turns.length + 1 + holes.length;
    expect(
      tooFar({
        hole: (starvedMs - holesMs) / holes.length,
        silenceOwed: (call.silenceOwedMs - owedMs) / waits,
      }),
    ).toEqual({});
  }, 60_000);
});
