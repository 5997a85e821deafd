import { decodeMulaw, encodeAlaw, encodeMulaw } from '#libs/audio';
import type { AudioFormat, FormatSuspicion } from '#libs/contracts';
import { ClockRate } from './format-clock.js';

/** A reading of 32 ms at 8 kHz. */
const BLOCK_SAMPLES = 256;
/** One block is read in so many; speech changes too slowly for more to tell more. */
const BLOCK_EVERY = 4;
/** Blocks weaker than this mean square (about -55 dBov) say nothing. */
const MIN_POWER = 3600;
/** First normalised autocorrelation: the wrong reading looks like noise, the right one like speech. */
const ROUGH_BELOW = 0.45;
const SMOOTH_ABOVE = 0.6;
const SMOOTHER_BY = 0.35;
/** Blocks in favour, less blocks against, that make a suspicion. */
const VOTES_NEEDED = 6;
const VOTES_MOST = 12;

const ALL_SAMPLES = Int16Array.from({ length: 65536 }, (_, index) => (index << 16) >> 16);
const MULAW_OF_SAMPLE = encodeMulaw(ALL_SAMPLES);
const ALAW_OF_SAMPLE = encodeAlaw(ALL_SAMPLES);
const MULAW_TO_SAMPLE = decodeMulaw(Uint8Array.from({ length: 256 }, (_, code) => code));

/** Shared by all tracks: nothing in it outlives one push. */
const undone = new Int16Array(2 * BLOCK_SAMPLES);

type Misreading = Exclude<FormatSuspicion, 'wrong-rate'>;

/**
 * Tells whether sound is what its format says, by undoing each supposed mistake and comparing how smooth both readings are.
 * Whatever it knows it knows from the samples and, if `arrived` is called, from the clock.
 */
export class FormatMeter {
  private readonly mistakes: readonly Misreading[];
  private readonly codeOf: Uint8Array;
  private readonly votes = [0, 0];
  private readonly block = new Int16Array(BLOCK_SAMPLES);
  private readonly clock = new ClockRate();
  private filled = 0;
  private blocks = 0;

  constructor(format: AudioFormat) {
    this.mistakes = format.encoding === 'pcm16' ? ['mulaw-as-pcm', 'byte-swapped'] : ['pcm-as-mulaw'];
    this.codeOf = format.encoding === 'alaw' ? ALAW_OF_SAMPLE : MULAW_OF_SAMPLE;
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const wanted = Math.min(BLOCK_SAMPLES - this.filled, samples.length - at);
      if (this.blocks % BLOCK_EVERY === 0) {
        for (let i = 0; i < wanted; i++) this.block[this.filled + i] = samples[at + i]!;
      }
      at += wanted;
      this.filled += wanted;
      if (this.filled === BLOCK_SAMPLES) this.endBlock();
    }
  }

  /** Live tracks only: sound of `durationMs`, as declared, came at `atMs` of a monotonic clock. */
  arrived(durationMs: number, atMs: number): void {
    this.clock.arrived(durationMs, atMs);
  }

  get suspicion(): FormatSuspicion | null {
    for (let i = 0; i < this.mistakes.length; i++) {
      if (this.votes[i]! >= VOTES_NEEDED) return this.mistakes[i]!;
    }
    return this.clock.wrong ? 'wrong-rate' : null;
  }

  private endBlock(): void {
    this.filled = 0;
    if (this.blocks++ % BLOCK_EVERY !== 0) return;
    const given = smoothness(this.block, BLOCK_SAMPLES);
    if (Number.isNaN(given)) return;
    for (let i = 0; i < this.mistakes.length; i++) {
      const right = given < ROUGH_BELOW ? this.smoothnessUndone(this.mistakes[i]!) : -1;
      const isMistake = right > SMOOTH_ABOVE && right > given + SMOOTHER_BY;
      this.votes[i] = Math.min(
        VOTES_MOST,
        Math.max(0, this.votes[i]! + (isMistake ? 1 : given > SMOOTH_ABOVE ? -1 : 0)),
      );
    }
  }

  private smoothnessUndone(mistake: Misreading): number {
    const block = this.block;
    if (mistake === 'byte-swapped') {
      for (let i = 0; i < BLOCK_SAMPLES; i++)
        undone[i] = ((block[i]! & 0xff) << 8) | ((block[i]! >> 8) & 0xff);
      return smoothness(undone, BLOCK_SAMPLES);
    }
    if (mistake === 'mulaw-as-pcm') {
      for (let i = 0; i < BLOCK_SAMPLES; i++) {
        undone[2 * i] = MULAW_TO_SAMPLE[block[i]! & 0xff]!;
        undone[2 * i + 1] = MULAW_TO_SAMPLE[(block[i]! >> 8) & 0xff]!;
      }
      return smoothness(undone, 2 * BLOCK_SAMPLES);
    }
    return Math.max(this.smoothnessOfPairs(0), this.smoothnessOfPairs(1));
  }

  private smoothnessOfPairs(first: number): number {
    const pairs = (BLOCK_SAMPLES - first) >> 1;
    for (let i = 0; i < pairs; i++) {
      const low = this.codeOf[this.block[first + 2 * i]! & 0xffff]!;
      const high = this.codeOf[this.block[first + 2 * i + 1]! & 0xffff]!;
      undone[i] = (high << 8) | low;
    }
    return smoothness(undone, pairs);
  }
}

/** First normalised autocorrelation after the mean is taken away, -1 ... 1; NaN where there is too little sound. */
function smoothness(samples: Int16Array, length: number): number {
  let sum = 0;
  let squares = 0;
  let products = 0;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const sample = samples[i]!;
    sum += sample;
    squares += sample * sample;
    products += sample * before;
    before = sample;
  }
  const mean = sum / length;
  const power = squares / length - mean * mean;
  if (power < MIN_POWER) return Number.NaN;
  return (products / length - mean * mean) / power;
}
