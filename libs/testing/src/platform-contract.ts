import { describe, expect, it } from '@jest/globals';
import { frameFromBytes, frameFromSamples, joined } from '#libs/audio';
import type { AiBackend, AudioFormat, EventSource } from '#libs/contracts';
import { EventTape } from './event-tape.js';
import { type ScriptedAiSession, ScriptedBackend } from './scripted-ai.js';
import { until } from './until.js';

/** The platform's far end: one caller, as the platform would bring it. */
export interface PlatformPeer {
  /** Resolves when the caller has said it. */
  speak(samples: Int16Array, sampleRate: number): Promise<void>;
  /** All sound of the caller that was sent, linear. */
  spoken(): Int16Array;
  /** All sound of the agent that arrived, linear. */
  heard(): Int16Array;
  /** How often the platform was told to be silent. */
  silenced(): number;
  press(key: string): void;
  /** Something that is no message of the protocol. */
  rubbish(): void;
  /** Sends a message as it is. */
  send(message: string): void;
  hangUp(): void;
  /** The connection breaks without a goodbye. */
  cut(): void;
  /** The call is over on this side. */
  readonly ended: Promise<unknown>;
}

/** A gateway with the platform under test and the given backend. */
export interface PlatformHouse {
  readonly events: EventSource;
  readonly callCount: number;
  place(): Promise<PlatformPeer>;
  close(): Promise<void>;
}

export interface PlatformContract {
  readonly name: string;
  /** Can a cut connection come back? */
  readonly resumes: boolean;
  open(backend: AiBackend): Promise<PlatformHouse>;
}

/** Whatever the platform speaks, the backend of these tests speaks too, so that not one sample may change. */
const EVERY_FORMAT: readonly AudioFormat[] = [
  ...[24_000, 16_000, 8000].map((sampleRate) => ({ encoding: 'pcm16' as const, sampleRate })),
  { encoding: 'mulaw', sampleRate: 8000 },
  { encoding: 'alaw', sampleRate: 8000 },
];

const DEEP = '['.repeat(50_000) + ']'.repeat(50_000);

/** Where protocols keep what they hand on: parameters, values, activities. */
const NESTED = [
  `{"type":"start","event":"start","start":${DEEP},"from":${DEEP}}`,
  `{"type":"activities","activities":[{"type":"event","name":"start","parameters":{"x":${DEEP}}}]}`,
  `{"type":"activities","activities":[{"type":"event","name":"DTMF","value":${DEEP}}]}`,
  `{"event":"dtmf","dtmf":${DEEP},"type":"dtmf","digit":${DEEP}}`,
  `{"event":"media","media":{"payload":${DEEP}},"type":"mark","name":${DEEP}}`,
];

interface Stage {
  readonly house: PlatformHouse;
  readonly backend: ScriptedBackend;
  readonly tape: EventTape;
  call(): Promise<{ peer: PlatformPeer; ai: ScriptedAiSession }>;
}

/**
 * What every platform must do, whatever its protocol. Run it in the plug-in's spec with a peer that speaks that protocol over
 * a real socket: green means that the plug-in fits.
 */
export function describePlatformContract(contract: PlatformContract): void {
  async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
    const backend = new ScriptedBackend(EVERY_FORMAT);
    const house = await contract.open(backend);
    const call = async () => {
      const peer = await house.place();
      await until(() => (backend.session?.greetings ?? 0) > 0, 'the greeting to be asked for');
      return { peer, ai: backend.session };
    };
    try {
      await play({ house, backend, tape: new EventTape(house.events), call });
    } finally {
      await house.close();
    }
  }

  describe(`the platform ${contract.name}`, () => {
    it('brings a call: offered, connected, greeted once', () =>
      onStage(async ({ tape, call, house }) => {
        const { ai } = await call();
        expect(ai.greetings).toBe(1);
        expect(tape.types.filter((type) => type.startsWith('call.'))).toEqual([
          'call.offered',
          'call.answered',
          'call.connected',
        ]);
        expect(tape.last('call.connected')?.platform).toBe(contract.name);
        expect(house.callCount).toBe(1);
      }));

    it('brings the caller’s sound without changing a sample', () =>
      onStage(async ({ call }) => {
        const { peer, ai } = await call();
        const rate = ai.options.callerFormat.sampleRate;
        await peer.speak(sweep(rate, 300), rate);
        const spoken = withoutSilence(peer.spoken());
        expect(spoken.length).toBeGreaterThan(rate / 5);
        const got = () => withoutSilence(joined(ai.frames.map((frame) => frame.samples)));
        await until(() => got().length >= spoken.length, 'the caller’s sound');
        expect(firstDifference(got(), spoken)).toBe(-1);
      }));

    it('brings the agent’s sound without changing a sample, however it is cut', () =>
      onStage(async ({ call }) => {
        const { peer, ai } = await call();
        const format = ai.options.agentFormat;
        const sound = frameFromSamples('agent', format, 0, sweep(format.sampleRate, 400));
        const whole = frameFromBytesOf(format, sound.bytes).samples;
        const bytesPerSample = sound.bytes.length / whole.length;
        for (let at = 0, size = 1; at < whole.length; at += size, size = (size * 7 + 13) % 997) {
          const piece = sound.bytes.slice(at * bytesPerSample, (at + size) * bytesPerSample);
          ai.listener.onAgentAudio(frameFromBytesOf(format, piece), 'item-1');
        }
        ai.finish('item-1');
        const expected = withoutSilence(whole);
        await until(() => withoutSilence(peer.heard()).length >= expected.length, 'the agent’s sound');
        expect(firstDifference(withoutSilence(peer.heard()), expected)).toBe(-1);
      }));

    it('is told to be silent when the caller interrupts, also after the agent has finished', () =>
      onStage(async ({ call, tape }) => {
        const { peer, ai } = await call();
        ai.say('item-1', 4000, 100);
        ai.finish('item-1');
        await until(() => peer.heard().length > 0, 'the agent’s sound');
        ai.listener.onCallerSpeech('started', 0);
        ai.listener.onInterrupted();
        await until(() => peer.silenced() === 1, 'the platform to be silenced');
        expect(ai.interruptions[0]?.[0]).toMatchObject({ itemId: 'item-1', sentMs: 4000 });
        expect(tape.last('agent.interrupted')?.heardMs).toBeLessThan(2000);
      }));

    it('passes keys on', () =>
      onStage(async ({ call, tape }) => {
        const { peer } = await call();
        peer.press('5');
        await until(() => tape.all('caller.dtmf').length === 1, 'the key');
        expect(tape.last('caller.dtmf')).toEqual({ digit: '5' });
      }));

    it('ends the call when the caller hangs up', () =>
      onStage(async ({ call, tape, house }) => {
        const { peer, ai } = await call();
        peer.hangUp();
        await until(() => tape.types.includes('call.ended'), 'the end');
        expect(tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up', code: null });
        expect(ai.closed).toBe(true);
        expect(house.callCount).toBe(0);
      }));

    it('ends the call on the platform when the agent hangs up', () =>
      onStage(async ({ call, tape }) => {
        const { peer, ai } = await call();
        ai.listener.onAiClosed(null);
        await peer.ended;
        expect(tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
        expect(tape.all('call.ended')).toHaveLength(1);
      }));

    it('notices a broken connection', () =>
      onStage(async ({ call, tape }) => {
        const { peer } = await call();
        peer.cut();
        const event = contract.resumes ? 'call.suspended' : 'call.ended';
        await until(() => tape.types.includes(event), event);
        expect(tape.types).toContain('platform.failed');
      }));

    it('counts rubbish, lets the call go on, and touches no other', () =>
      onStage(async ({ call, tape }) => {
        const { peer: first } = await call();
        const { peer: second, ai } = await call();
        first.rubbish();
        await until(() => tape.types.includes('platform.failed'), 'the rubbish to be counted');
        first.press('1');
        second.press('2');
        await until(() => tape.all('caller.dtmf').length === 2, 'both callers’ keys');
        expect(tape.types).not.toContain('call.ended');
        expect(ai.closed).toBe(false);
      }));

    it('bears a message nested deeper than any program can follow', () =>
      onStage(async ({ call, tape }) => {
        const { peer: first } = await call();
        const { peer: second } = await call();
        for (const message of NESTED) first.send(message);
        second.press('2');
        await until(() => tape.types.includes('caller.dtmf'), 'the other caller’s key');
      }));

    it('ends a call that sends nothing but rubbish, and that call alone', () =>
      onStage(async ({ call, tape, house }) => {
        const { peer: first } = await call();
        const { peer: second } = await call();
        // The caller’s sound goes on between the pieces, so they have to come in one go to be "in a row".
        for (let i = 0; i < 60; i++) first.rubbish();
        await until(() => tape.types.includes('call.ended'), 'the end of the call');
        expect(tape.last('call.ended')).toMatchObject({ reason: 'protocol-error' });
        second.press('2');
        await until(() => tape.types.includes('caller.dtmf'), 'the other caller’s key');
        expect(house.callCount).toBe(1);
      }));
  });
}

function frameFromBytesOf(format: AudioFormat, bytes: Uint8Array) {
  return frameFromBytes('agent', format, 0, bytes);
}

/** A tone that rises, so that no two stretches of it are alike. */
function sweep(sampleRate: number, durationMs: number): Int16Array {
  const length = (sampleRate * durationMs) / 1000;
  return Int16Array.from(
    { length },
    (_, i) => 9000 * Math.sin((2 * Math.PI * (300 + (900 * i) / length) * i) / sampleRate),
  );
}

/** Without what is (nearly) silent at both ends: platforms fill frames up, and callers breathe. */
function withoutSilence(samples: Int16Array): Int16Array {
  const audible = (sample: number) => Math.abs(sample) > 16;
  const first = samples.findIndex(audible);
  return first < 0 ? new Int16Array(0) : samples.subarray(first, samples.findLastIndex(audible) + 1);
}

function firstDifference(got: Int16Array, expected: Int16Array): number {
  return expected.findIndex((sample, index) => got[index] !== sample);
}
