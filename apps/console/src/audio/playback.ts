import { SILENCE_DBOV } from './level.js';
import type { Loudspeaker } from './loudspeaker.js';
import workletUrl from './playback.worklet.ts?worker&url';
import type { FromPlayback, ToPlayback } from './player-messages.js';
import { Resampler } from './resampler.js';
import { AGENT_RATE, decode, type Encoding, SPEAKERS, type Speaker } from './sound.js';
import { SoundError } from './sound-error.js';

/** How one speaker's sound is doing; plain numbers that change by themselves, to be looked at when a page is drawn. */
export interface PlaybackState {
  /** Level of what is heard, before the volume; SILENCE_DBOV while there is nothing. */
  dbov: number;
  /** Sound that waits to be played. */
  depthMs: number;
  /** Holes heard because sound came too late, since the player was opened. */
  holes: number;
  /** Sound that was played or dropped, since the player was opened. */
  playedMs: number;
}

const silent = (): PlaybackState => ({ dbov: SILENCE_DBOV, depthMs: 0, holes: 0, playedMs: 0 });

/** A context at the rate of the AI's voice, so that its samples reach the loudspeaker as they are; where that cannot be, any. */
function openContext(): AudioContext {
  if (typeof AudioContext === 'undefined') throw new SoundError('unsupported');
  try {
    return new AudioContext({ sampleRate: AGENT_RATE, latencyHint: 'interactive' });
  } catch {
    return new AudioContext({ latencyHint: 'interactive' });
  }
}

/** The loudspeaker, with a place and a volume for each speaker. Open it from a click: browsers keep others silent. */
export class Player implements Loudspeaker {
  readonly state: Readonly<Record<Speaker, PlaybackState>> = { caller: silent(), agent: silent() };
  private readonly mixes: Record<Speaker, { gain: number; pan: number }> = {
    caller: { gain: 1, pan: 0 },
    agent: { gain: 1, pan: 0 },
  };
  private readonly resamplers = new Map<Speaker, Resampler>();
  private onHeard: (name: string, speaker: Speaker) => void = () => undefined;
  private latencySamples = -1;

  private constructor(
    private readonly context: AudioContext,
    private readonly node: AudioWorkletNode,
  ) {
    node.port.onmessage = ({ data }: MessageEvent<FromPlayback>) => this.onMessage(data);
  }

  /** Throws SoundError `unsupported` or `insecure`. */
  static async open(): Promise<Player> {
    const context = openContext();
    try {
      if (context.audioWorklet === undefined) throw new SoundError('insecure');
      await context.audioWorklet.addModule(workletUrl);
      const node = new AudioWorkletNode(context, 'patchbay-playback', {
        numberOfInputs: 0,
        numberOfOutputs: 1,
        outputChannelCount: [2],
      });
      node.connect(context.destination);
      // Not awaited: without a click it stays pending until there is one.
      void context.resume().catch(() => undefined);
      return new Player(context, node);
    } catch (thrown) {
      await context.close();
      throw thrown instanceof SoundError ? thrown : new SoundError('unsupported', thrown);
    }
  }

  /** Of the loudspeaker's clock, in milliseconds. */
  get nowMs(): number {
    return this.context.currentTime * 1000;
  }

  get sampleRate(): number {
    return this.context.sampleRate;
  }

  /** False: the browser waits for a click; `resume` in it. */
  get isRunning(): boolean {
    return this.context.state === 'running';
  }

  resume(): Promise<void> {
    return this.context.resume();
  }

  push(
    speaker: Speaker,
    encoding: Encoding,
    rate: number,
    bytes: Uint8Array,
    when?: { dueMs: number; atMs: number },
  ) {
    let resampler = this.resamplers.get(speaker);
    if (resampler === undefined || resampler.fromRate !== rate) {
      resampler = new Resampler(rate, this.sampleRate);
      this.resamplers.set(speaker, resampler);
    }
    const samples = resampler.resample(decode(encoding, bytes));
    const due = when === undefined ? null : (when.dueMs * this.sampleRate) / 1000;
    this.post({ type: 'sound', speaker, samples, due, atMs: when?.atMs ?? null }, samples.buffer);
  }

  mark(speaker: Speaker, name: string): void {
    this.post({ type: 'mark', speaker, name });
  }

  clear(speaker: Speaker): void {
    this.resamplers.get(speaker)?.reset();
    this.post({ type: 'clear', speaker });
  }

  cut(speaker: Speaker, atMs: number): void {
    this.resamplers.get(speaker)?.reset();
    this.post({ type: 'cut', speaker, atMs });
  }

  listen(onMarkHeard: (name: string, speaker: Speaker) => void): void {
    this.onHeard = onMarkHeard;
  }

  /** 1 leaves the sound as it is. */
  setGain(speaker: Speaker, gain: number): void {
    this.mixes[speaker].gain = gain;
    this.post({ type: 'mix', speaker, ...this.mixes[speaker] });
  }

  /** From -1, left, to 1, right. */
  setPan(speaker: Speaker, pan: number): void {
    this.mixes[speaker].pan = pan;
    this.post({ type: 'mix', speaker, ...this.mixes[speaker] });
  }

  /** Choice of the loudspeaker, where the browser has it (`canChooseOutput`). Empty: the system's own. */
  async setOutput(deviceId: string): Promise<void> {
    await (this.context as SinkContext).setSinkId?.(deviceId);
  }

  get canChooseOutput(): boolean {
    return (this.context as SinkContext).setSinkId !== undefined;
  }

  async close(): Promise<void> {
    this.node.port.onmessage = null;
    this.node.disconnect();
    if (this.context.state !== 'closed') await this.context.close();
  }

  private onMessage(message: FromPlayback): void {
    if (message.type === 'heard') {
      this.onHeard(message.name, message.speaker);
      return;
    }
    SPEAKERS.forEach((speaker, i) => {
      const state = this.state[speaker];
      state.dbov = message.dbov[i]!;
      state.depthMs = message.depthMs[i]!;
      state.holes = message.holes[i]!;
      state.playedMs = (message.playedSamples[i]! * 1000) / this.sampleRate;
    });
    this.tellLatency();
  }

  /** From the worklet to the ear: a wireless headset may need a quarter of a second. */
  private tellLatency(): void {
    const { baseLatency = 0, outputLatency = 0 } = this.context;
    const samples = Math.round(Math.max(baseLatency, outputLatency) * this.sampleRate);
    if (samples === this.latencySamples) return;
    this.latencySamples = samples;
    this.post({ type: 'latency', samples });
  }

  private post(message: ToPlayback, transferred?: ArrayBuffer): void {
    this.node.port.postMessage(message, transferred === undefined ? [] : [transferred]);
  }
}

interface SinkContext {
  setSinkId?(id: string): Promise<void>;
}
