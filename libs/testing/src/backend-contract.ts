import { describe, expect, it } from '@jest/globals';
import { createConverter, frameFromBytes, frameFromSamples, silence } from '#libs/audio';
import {
  type AiBackend,
  type AiOptions,
  type AiSession,
  type AudioFormat,
  sameFormat,
} from '#libs/contracts';
import { systemClock } from '#libs/core';
import { AiTape } from './ai-tape.js';
import { CapturedLog } from './captured-log.js';
import { until } from './until.js';

/** The backend under test, with whatever it needs on the other side. */
export interface BackendHouse {
  readonly backend: AiBackend;
  close(): Promise<void>;
}

export interface BackendContract {
  readonly name: string;
  open(): Promise<BackendHouse>;
  /** A sentence of a caller, linear; anything that a voice detection takes for speech. */
  readonly speech: { readonly samples: Int16Array; readonly sampleRate: number };
}

const FRAME_MS = 20;

interface Stage {
  readonly backend: AiBackend;
  connect(): Promise<{ session: AiSession; tape: AiTape; options: AiOptions }>;
}

/** What every AI backend must do, whatever its vendor. Run it in the plug-in's spec: green means that the plug-in fits. */
export function describeBackendContract(contract: BackendContract): void {
  async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
    const house = await contract.open();
    const sessions: AiSession[] = [];
    const connect = async () => {
      const tape = new AiTape();
      const options = optionsFor(house.backend);
      const session = await house.backend.connect(options, tape, new AbortController().signal);
      sessions.push(session);
      return { session, tape, options };
    };
    try {
      await play({ backend: house.backend, connect });
    } finally {
      for (const session of sessions) session.close();
      await house.close();
    }
  }

  /** The caller says the sentence and is then silent. */
  function speak(session: AiSession, format: AudioFormat): void {
    const { samples, sampleRate } = contract.speech;
    const from: AudioFormat = { encoding: 'pcm16', sampleRate };
    const whole = createConverter(from, { encoding: 'pcm16', sampleRate: format.sampleRate }).convert(
      frameFromSamples('caller', from, 0, samples),
    )!.samples;
    const frameSamples = (format.sampleRate * FRAME_MS) / 1000;
    for (let at = 0; at + frameSamples <= whole.length; at += frameSamples) {
      session.push(
        frameFromSamples('caller', format, systemClock.nowMs(), whole.slice(at, at + frameSamples)),
      );
    }
    for (let ms = 0; ms < 1500; ms += FRAME_MS) {
      session.push(frameFromBytes('caller', format, systemClock.nowMs(), silence(format, FRAME_MS)));
    }
  }

  describe(`the backend ${contract.name}`, () => {
    it('greets when it is asked to, in the agreed format', () =>
      onStage(async ({ connect }) => {
        const { session, tape, options } = await connect();
        expect(tape.story).toEqual([]);
        session.greet();
        await until(() => tape.story.includes('response completed'), 'the greeting');
        expect(tape.story[0]).toBe('response started');
        expect(tape.story.indexOf('audio done')).toBeGreaterThan(tape.story.indexOf('audio'));
        expect(tape.audioMs()).toBeGreaterThan(100);
        expect(tape.frames.every(({ frame }) => sameFormat(frame.format, options.agentFormat))).toBe(true);
        expect(new Set(tape.frames.map(({ itemId }) => itemId)).size).toBe(1);
      }));

    it('hears the caller speak, closes the turn and answers', () =>
      onStage(async ({ connect, backend }) => {
        const { session, tape, options } = await connect();
        speak(session, options.callerFormat);
        await until(() => tape.story.includes('response completed'), 'the answer');
        const expected = ['turn committed', 'response started', 'audio', 'audio done'];
        const speech = backend.capabilities.speechEvents ? ['speech started', 'speech stopped'] : [];
        for (const news of [...speech, ...expected]) expect(tape.story).toContain(news);
        expect(tape.story.indexOf('turn committed')).toBeLessThan(tape.story.indexOf('audio'));
        expect(tape.audioMs()).toBeGreaterThan(100);
      }));

    it('says nothing more of an item that was interrupted', () =>
      onStage(async ({ connect }) => {
        const { session, tape } = await connect();
        session.greet();
        await until(() => tape.frames.length > 0, 'the greeting’s first sound');
        const itemId = tape.frames[0]!.itemId;
        const sentMs = tape.audioMs(itemId);
        const complete = tape.story.includes('audio done');
        session.interrupt([{ itemId, sentMs, heardMs: Math.floor(sentMs / 2), complete }]);
        await until(() => tape.finished.length > 0, 'the response to be over');
        expect(tape.audioMs(itemId)).toBe(sentMs);
        expect(tape.faults).toEqual([]);
      }));

    it('takes no sound and tells nothing once it is closed', () =>
      onStage(async ({ connect }) => {
        const { session, tape, options } = await connect();
        session.greet();
        session.close();
        const before = [...tape.story];
        const frame = frameFromBytes(
          'caller',
          options.callerFormat,
          0,
          silence(options.callerFormat, FRAME_MS),
        );
        expect(session.push(frame)).toBe(false);
        session.interrupt([]);
        session.dtmf('1');
        session.answerTool('nobody asked', '');
        session.close();
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(tape.story).toEqual(before);
      }));

    it('does not connect for a call that is over', () =>
      onStage(async ({ backend }) => {
        const abort = new AbortController();
        abort.abort();
        await expect(backend.connect(optionsFor(backend), new AiTape(), abort.signal)).rejects.toMatchObject({
          code: expect.stringMatching(/^[A-Z_]+$/),
        });
      }));

    it('keeps two conversations apart', () =>
      onStage(async ({ connect }) => {
        const first = await connect();
        const second = await connect();
        speak(first.session, first.options.callerFormat);
        await until(() => first.tape.story.includes('response completed'), 'the answer');
        expect(second.tape.story).toEqual([]);
      }));
  });
}

function optionsFor(backend: AiBackend): AiOptions {
  return {
    callId: 'call-1',
    agent: { instructions: 'Be brief.', greeting: 'Hello.', voice: null, language: null },
    callerFormat: backend.capabilities.callerFormats[0]!,
    agentFormat: backend.capabilities.agentFormats[0]!,
    tools: [],
    callerHash: null,
    log: new CapturedLog(),
    clock: systemClock,
  };
}
