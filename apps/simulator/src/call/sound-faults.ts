import { frameFromBytes } from '#libs/audio';
import type { AudioFormat, AudioFrame } from '#libs/contracts';
import { type EchoFault, EchoPath } from './echo-path.js';
import { type FormatFault, madeFormat, swapBytes } from './format-faults.js';
import { LowPass } from './low-pass.js';
import { humAt, type NoiseKind, noiseLoop, type ToneFault, toneAt } from './noises.js';
import { overdriven, speechLevelDbov } from './overdrive.js';
import { encode, type Speech, type SpokenFrames, spokenFrames } from './speech.js';
import { FRAME_MS } from './ticker.js';

/** What is wrong with the caller's sound itself. It is applied in the order in which it stands here. */
export interface SoundFaults {
  /** A steady test tone in place of everything the caller says. */
  readonly tone?: ToneFault;
  /** The microphone is overdriven: so many of a speech's samples are cut off at full scale, 0 ... 100. */
  readonly clipPercent?: number;
  /** What the phone plays comes back through its microphone. */
  readonly echo?: EchoFault;
  /** Noise so far below the speech; also while the caller is silent, as is the hum. */
  readonly noiseSnrDb?: number;
  /** White unless given. */
  readonly noiseKind?: NoiseKind;
  /** Mains hum so far below the speech; of 50 Hz unless `humHz` says otherwise. */
  readonly humDb?: number;
  readonly humHz?: 50 | 60;
  /** Nothing above this frequency. */
  readonly bandwidthHz?: number;
  /** Everything is so much louder; negative: softer. What was cut off before is turned down with it. */
  readonly gainDb?: number;
  /** Of full scale, -1 ... 1. */
  readonly dcOffset?: number;
  /** Each time this has passed, 20 ms are muted, are those before once more, or begin with a click. */
  readonly muteEveryMs?: number;
  readonly repeatEveryMs?: number;
  readonly clickEveryMs?: number;
  /** The bytes are not what they are declared to be. */
  readonly formatFault?: FormatFault;
}

/** Until the caller has spoken, noise and hum stand to the level of the speech that is shipped. */
const USUAL_SPEECH_DBOV = -20;
const CLICK = 16_000;

const KEYS: Readonly<Record<keyof SoundFaults, true>> = {
  tone: true,
  clipPercent: true,
  echo: true,
  noiseSnrDb: true,
  noiseKind: true,
  humDb: true,
  humHz: true,
  bandwidthHz: true,
  gainDb: true,
  dcOffset: true,
  muteEveryMs: true,
  repeatEveryMs: true,
  clickEveryMs: true,
  formatFault: true,
};

export function hasSoundFaults(faults: SoundFaults): boolean {
  return Object.keys(KEYS).some((key) => faults[key as keyof SoundFaults] !== undefined);
}

/** The caller's phone and line with the faults they were given. `declared` is what the platform takes the sound for. */
export class FaultySound {
  readonly echo: EchoPath | null;
  /** What the sound really is; differs from `declared` where the format is at fault. */
  private readonly made: AudioFormat;
  private readonly noise: Float32Array | null;
  private readonly lowPass: LowPass | null;
  private readonly frame: Float32Array;
  private readonly gain: number;
  private speechDbov: number | null = null;
  private samplesMade = 0;
  private framesMade = 0;
  private before: Int16Array;

  /** Throws TypeError for a format fault that `declared` cannot have. */
  constructor(
    private readonly faults: SoundFaults,
    private readonly declared: AudioFormat,
    seed: number,
  ) {
    this.made = madeFormat(declared, faults.formatFault);
    const { sampleRate } = this.made;
    const length = (sampleRate * FRAME_MS) / 1000;
    this.frame = new Float32Array(length);
    this.before = new Int16Array(length);
    this.noise =
      faults.noiseSnrDb === undefined ? null : noiseLoop(faults.noiseKind ?? 'white', sampleRate, seed);
    this.lowPass = faults.bandwidthHz === undefined ? null : new LowPass(faults.bandwidthHz, sampleRate);
    this.echo = faults.echo === undefined ? null : new EchoPath(faults.echo, sampleRate);
    this.gain = 10 ** ((faults.gainDb ?? 0) / 20);
  }

  /** What the caller is going to say, as it enters the line. */
  speak(speech: Speech): SpokenFrames {
    this.speechDbov ??= speechLevelDbov(speech);
    const { clipPercent } = this.faults;
    const said = clipPercent === undefined ? speech : overdriven(speech, this.made.sampleRate, clipPercent);
    return spokenFrames(said, this.made);
  }

  /** The next 20 ms of the line, of what the caller says; null is silence. `untilMs` is when they end. */
  next(voice: AudioFrame | null, untilMs: number): AudioFrame {
    this.begin(voice);
    this.echo?.addTo(this.frame, untilMs);
    this.addNoises();
    this.lowPass?.run(this.frame);
    const samples = this.leave();
    this.samplesMade += samples.length;
    this.framesMade++;
    const bytes = encode(samples, this.made);
    if (this.faults.formatFault === 'byte-swapped') swapBytes(bytes);
    return frameFromBytes('caller', this.declared, 0, bytes);
  }

  private begin(voice: AudioFrame | null): void {
    const { frame } = this;
    const { tone } = this.faults;
    if (tone !== undefined) toneAt(tone, this.made.sampleRate, this.samplesMade, frame);
    else if (voice === null) frame.fill(0);
    else frame.set(voice.samples);
  }

  private addNoises(): void {
    const { frame, noise, samplesMade } = this;
    const { noiseSnrDb, humDb, humHz = 50 } = this.faults;
    if (noise !== null) {
      const rms = this.belowSpeech(noiseSnrDb!);
      const start = samplesMade % noise.length;
      for (let i = 0; i < frame.length; i++) frame[i]! += rms * noise[(start + i) % noise.length]!;
    }
    if (humDb !== undefined) humAt(this.belowSpeech(humDb), humHz, this.made.sampleRate, samplesMade, frame);
  }

  /** RMS of sound that lies `db` below the speech. */
  private belowSpeech(db: number): number {
    return 32768 * 10 ** (((this.speechDbov ?? USUAL_SPEECH_DBOV) - db) / 20);
  }

  private leave(): Int16Array {
    const { frame, gain } = this;
    const { dcOffset = 0, muteEveryMs, repeatEveryMs, clickEveryMs } = this.faults;
    if (this.isDue(repeatEveryMs)) return this.before;
    const samples = new Int16Array(frame.length);
    if (!this.isDue(muteEveryMs)) {
      for (let i = 0; i < frame.length; i++) samples[i] = whole(frame[i]! * gain + dcOffset * 32768);
    }
    if (this.isDue(clickEveryMs)) samples[0] = whole(samples[0]! + (samples[0]! < 0 ? CLICK : -CLICK));
    this.before = samples;
    return samples;
  }

  private isDue(everyMs: number | undefined): boolean {
    if (everyMs === undefined) return false;
    const every = Math.max(1, Math.round(everyMs / FRAME_MS));
    return this.framesMade % every === every - 1;
  }
}

function whole(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample)));
}
