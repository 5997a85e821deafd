import { Biquad } from './biquad.js';
import { dbovFromPower, SILENCE_DBOV } from './level.js';

export interface SpeechDetectorOptions {
  readonly sampleRate: number;
  /** Loud for this long before it counts as speech; shorter sounds are clicks. Default 80. */
  readonly onsetMs?: number;
  /** Quiet for this long before the speech counts as over. Default 500. */
  readonly silenceMs?: number;
  /** By how much the reported beginning lies before the first loud moment. Default 300. */
  readonly prefixMs?: number;
  /** By how much speech exceeds the noise of the line. Default 9. */
  readonly thresholdDb?: number;
  /** Nothing below this level is speech. Default -45, which is above comfort noise. */
  readonly minDbov?: number;
  /** A steady sound becomes noise after this long. Default 3000. */
  readonly noiseMemoryMs?: number;
}

export interface SpeechEdge {
  readonly kind: 'started' | 'stopped';
  /**
   * In the stream's own time. Started: where the speech begins, `prefixMs` early. Stopped: where the last loud moment ended;
   * the silence after it is not included.
   */
  readonly atMs: number;
}

const NO_EDGE: readonly SpeechEdge[] = [];

const HOP_MS = 10;
/** Speech that has begun goes on until it is this much below the threshold. */
const HYSTERESIS_DB = 3;
const NOISE_SLOTS = 6;
/** Mains hum and its first harmonics lie below, and telephone speech above. */
const HIGH_PASS_HZ = 250;
/** The two sections of a Butterworth filter of fourth order. */
const BUTTERWORTH_Q = [0.5412, 1.3066];

/** Finds speech by its energy above an adaptive noise floor. Its only clock is the number of samples. */
export class SpeechDetector {
  private readonly sampleRate: number;
  private readonly hopSamples: number;
  private readonly onsetHops: number;
  private readonly silenceHops: number;
  private readonly prefixMs: number;
  private readonly thresholdDb: number;
  private readonly minDbov: number;
  private readonly first: Biquad;
  private readonly second: Biquad;
  private readonly floor: NoiseFloor;

  private power = 0;
  private inHop = 0;
  private hops = 0;
  /** Loud hops in favour of speech, while there is none; a quiet hop takes two away. */
  private evidence = 0;
  private onsetHop = 0;
  private quietHops = 0;
  private endedAtMs = 0;
  private active = false;

  constructor(options: SpeechDetectorOptions) {
    const { sampleRate, onsetMs = 80, silenceMs = 500, noiseMemoryMs = 3000 } = options;
    this.sampleRate = sampleRate;
    this.hopSamples = (sampleRate * HOP_MS) / 1000;
    this.onsetHops = Math.max(1, Math.ceil(onsetMs / HOP_MS));
    this.silenceHops = Math.max(1, Math.ceil(silenceMs / HOP_MS));
    this.prefixMs = options.prefixMs ?? 300;
    this.thresholdDb = options.thresholdDb ?? 9;
    this.minDbov = options.minDbov ?? -45;
    this.first = Biquad.highPass(sampleRate, HIGH_PASS_HZ, BUTTERWORTH_Q[0]!);
    this.second = Biquad.highPass(sampleRate, HIGH_PASS_HZ, BUTTERWORTH_Q[1]!);
    this.floor = new NoiseFloor(Math.max(1, Math.round(noiseMemoryMs / HOP_MS / NOISE_SLOTS)));
  }

  get speaking(): boolean {
    return this.active;
  }

  /** How much sound was pushed. */
  get positionMs(): number {
    return this.hops * HOP_MS + (this.inHop * 1000) / this.sampleRate;
  }

  /** Returns what was found in order, mostly nothing. The result does not depend on how the sound is cut. */
  push(samples: Int16Array): readonly SpeechEdge[] {
    let edges: SpeechEdge[] | null = null;
    for (let i = 0; i < samples.length; i++) {
      const y = this.second.step(this.first.step(samples[i]!));
      this.power += y * y;
      if (++this.inHop < this.hopSamples) continue;
      const edge = this.endHop(dbovFromPower(this.power / this.hopSamples));
      this.power = 0;
      this.inHop = 0;
      if (edge === null) continue;
      edges ??= [];
      edges.push(edge);
    }
    return edges ?? NO_EDGE;
  }

  private endHop(dbov: number): SpeechEdge | null {
    this.hops++;
    const threshold = Math.max(this.minDbov, this.floor.dbov + this.thresholdDb);
    this.floor.note(dbov);
    return this.active
      ? this.awaitEnd(dbov >= threshold - HYSTERESIS_DB)
      : this.awaitOnset(dbov >= threshold);
  }

  private awaitOnset(loud: boolean): SpeechEdge | null {
    if (!loud) {
      this.evidence = Math.max(0, this.evidence - 2);
      return null;
    }
    if (this.evidence === 0) this.onsetHop = this.hops - 1;
    if (++this.evidence < this.onsetHops) return null;
    this.active = true;
    this.evidence = 0;
    this.quietHops = 0;
    return { kind: 'started', atMs: Math.max(this.endedAtMs, this.onsetHop * HOP_MS - this.prefixMs) };
  }

  private awaitEnd(loud: boolean): SpeechEdge | null {
    this.quietHops = loud ? 0 : this.quietHops + 1;
    if (this.quietHops < this.silenceHops) return null;
    this.active = false;
    this.endedAtMs = (this.hops - this.quietHops) * HOP_MS;
    return { kind: 'stopped', atMs: this.endedAtMs };
  }
}

/** The quietest hop of the last few seconds: speech has gaps, noise has none. */
class NoiseFloor {
  private readonly slots = new Float64Array(NOISE_SLOTS).fill(SILENCE_DBOV);
  private slot = 0;
  private inSlot = 0;
  private lowest = 0;
  private older = SILENCE_DBOV;

  constructor(private readonly hopsPerSlot: number) {}

  get dbov(): number {
    return Math.min(this.older, this.lowest);
  }

  note(dbov: number): void {
    if (dbov < this.lowest) this.lowest = dbov;
    if (++this.inSlot < this.hopsPerSlot) return;
    this.slots[this.slot] = this.lowest;
    this.slot = (this.slot + 1) % NOISE_SLOTS;
    this.older = Math.min(...this.slots);
    this.inSlot = 0;
    this.lowest = 0;
  }
}
