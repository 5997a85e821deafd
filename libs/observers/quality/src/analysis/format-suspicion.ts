import { decodeMulaw, encodeAlaw, encodeMulaw } from '#libs/audio';
import type { AudioFormat, FormatSuspicion } from '#libs/contracts';
import { ClockRate } from './format-clock.js';
import { EVERY_PLACE, ToneTest } from './tone-test.js';

/** A reading: 32 ms at 8 kHz. */
const BLOCK_SAMPLES = 256;
/** A block is read this often; speech changes too slowly for more to tell more. */
const BLOCK_EVERY_MS = 64;
/**
 * So many blocks with sound are read one after the other at first, and so is what follows a misread one: μ-law taken for
 * wideband PCM is over in a sixth of its time.
 */
const EAGER_BLOCKS = 30;
/** After so many smooth blocks (seconds of speech) a stream is known, and read this much more rarely. */
const KNOWN_BLOCKS = 100;
const KNOWN_RARER = 8;
/** Mean squares below which a reading says nothing: about -55 dBov as it is, and a mistake undone may be quieter. */
const MIN_POWER = 3600;
const MIN_POWER_UNDONE = 60;
/**
 * Smoothness is the first normalised autocorrelation r; 2 (1 - r) is the power of the differences between neighbours over
 * that of the sound. The right reading of speech is smooth, and its differences are far smaller than the wrong one's.
 */
const ROUGH_BELOW = 0.97;
const PLAINLY_SMOOTH_ABOVE = 0.75;
const SMOOTH_ABOVE = 0.5;
const DIFFERENCES_RATIO = 2.2;
/** Blocks in favour, less blocks against, that make a suspicion. */
const VOTES_NEEDED = 5;
const VOTES_MOST = 10;
/** A misread block is noise. One of which a part is made of lines is a tone; whatever its rate, it is tested as if of 8 kHz. */
const TONES = new ToneTest(8000);
const PART_SAMPLES = BLOCK_SAMPLES / 4;

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
  /** Blocks that pass unread before the next one is read. */
  private unread = 0;
  private smoothBlocks = 0;
  private blocksRead = 0;
  private readonly every: number;

  constructor(format: AudioFormat) {
    this.mistakes = format.encoding === 'pcm16' ? ['mulaw-as-pcm', 'byte-swapped'] : ['pcm-as-mulaw'];
    this.every = Math.max(1, Math.round((format.sampleRate * BLOCK_EVERY_MS) / 1000 / BLOCK_SAMPLES));
    this.codeOf = format.encoding === 'alaw' ? ALAW_OF_SAMPLE : MULAW_OF_SAMPLE;
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const wanted = Math.min(BLOCK_SAMPLES - this.filled, samples.length - at);
      if (this.unread === 0) {
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
    if (this.unread > 0) {
      this.unread--;
      return;
    }
    this.unread = (this.smoothBlocks < KNOWN_BLOCKS ? this.every : this.every * KNOWN_RARER) - 1;
    const given = smoothness(this.block, BLOCK_SAMPLES, MIN_POWER);
    if (Number.isNaN(given)) return;
    let isMisread = false;
    for (let i = 0; i < this.mistakes.length; i++) {
      const right = given < ROUGH_BELOW ? this.smoothnessUndone(this.mistakes[i]!) : -1;
      const isSmoother = right > SMOOTH_ABOVE && 1 - given > DIFFERENCES_RATIO * (1 - right);
      const isMistake = isSmoother && !this.isTone();
      if (isMistake) isMisread = true;
      const vote = isMistake ? 1 : given > PLAINLY_SMOOTH_ABOVE ? -1 : 0;
      this.votes[i] = Math.min(VOTES_MOST, Math.max(0, this.votes[i]! + vote));
    }
    if (isMisread || this.blocksRead < EAGER_BLOCKS) this.unread = 0;
    this.blocksRead++;
    if (isMisread) {
      this.smoothBlocks = 0;
    } else if (given > SMOOTH_ABOVE) {
      this.smoothBlocks++;
    }
  }

  private isTone(): boolean {
    for (let at = 0; at < BLOCK_SAMPLES; at += PART_SAMPLES)
      if (TONES.linesIn(this.block, EVERY_PLACE, at, at + PART_SAMPLES) !== 'none') return true;
    return false;
  }

  private smoothnessUndone(mistake: Misreading): number {
    const block = this.block;
    if (mistake === 'byte-swapped') {
      for (let i = 0; i < BLOCK_SAMPLES; i++)
        undone[i] = ((block[i]! & 0xff) << 8) | ((block[i]! >> 8) & 0xff);
      return smoothness(undone, BLOCK_SAMPLES, MIN_POWER_UNDONE);
    }
    if (mistake === 'mulaw-as-pcm') {
      for (let i = 0; i < BLOCK_SAMPLES; i++) {
        undone[2 * i] = MULAW_TO_SAMPLE[block[i]! & 0xff]!;
        undone[2 * i + 1] = MULAW_TO_SAMPLE[(block[i]! >> 8) & 0xff]!;
      }
      return smoothness(undone, 2 * BLOCK_SAMPLES, MIN_POWER_UNDONE);
    }
    const even = this.smoothnessOfPairs(0);
    const odd = this.smoothnessOfPairs(1);
    return odd > even || Number.isNaN(even) ? odd : even;
  }

  private smoothnessOfPairs(first: number): number {
    const pairs = (BLOCK_SAMPLES - first) >> 1;
    for (let i = 0; i < pairs; i++) {
      const low = this.codeOf[this.block[first + 2 * i]! & 0xffff]!;
      const high = this.codeOf[this.block[first + 2 * i + 1]! & 0xffff]!;
      undone[i] = (high << 8) | low;
    }
    return smoothness(undone, pairs, MIN_POWER_UNDONE);
  }
}

/** First normalised autocorrelation after the mean is taken away, -1 ... 1; NaN where there is too little sound. */
function smoothness(samples: Int16Array, length: number, minPower: number): number {
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
  if (power < minPower) return Number.NaN;
  return (products / length - mean * mean) / power;
}
