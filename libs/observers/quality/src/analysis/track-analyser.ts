import type { AudioFormat } from '#libs/contracts';
import { BLOCK_MS, type BlockListener, BlockPass } from './block-pass.js';
import { DropoutMeter } from './dropouts.js';
import { FormatMeter } from './format-suspicion.js';
import { HOP_MS } from './hop-history.js';
import { LevelMeter } from './level-meter.js';
import { SampleRing } from './sample-ring.js';
import type { Dropout, SoundFigures } from './sound-figures.js';
import { SpeechEnvelope } from './speech-envelope.js';
import { type SpeechFigures, SpeechLevel } from './speech-level.js';

const RING_SAMPLES = 2048;
const BLOCKS_A_HOP = HOP_MS / BLOCK_MS;
const HOPS_A_SECOND = 1000 / HOP_MS;

/**
 * Everything that one track's samples can tell, by the second and of the call so far. Clocked by samples alone: pieces may
 * be of any size, and the figures do not depend on how the sound is cut. `push` allocates nothing.
 */
export class TrackAnalyser implements BlockListener {
  /** Whole seconds completed. */
  seconds = 0;
  private readonly ring = new SampleRing(RING_SAMPLES);
  private readonly pass: BlockPass;
  private readonly level = new LevelMeter();
  private readonly envelope = new SpeechEnvelope(BLOCK_MS);
  private readonly speech: SpeechLevel;
  private readonly dropoutMeter: DropoutMeter;
  private readonly formatMeter: FormatMeter;
  private dropoutsBefore = 0;
  private secondDropouts = 0;
  private samples = 0;
  private blocks = 0;
  private hops = 0;
  private hopSquares = 0;
  private hopEnvelope = 0;

  constructor(private readonly format: AudioFormat) {
    this.pass = new BlockPass(format.sampleRate, this.ring, this);
    this.speech = new SpeechLevel(format.encoding);
    this.dropoutMeter = new DropoutMeter(format.sampleRate);
    this.formatMeter = new FormatMeter(format);
  }

  /** Of the whole call, as many as its meter keeps. */
  get dropouts(): readonly Dropout[] {
    return this.dropoutMeter.found;
  }

  /** Linear samples at the format's rate. */
  push(samples: Int16Array): void {
    this.samples += samples.length;
    this.pass.push(samples);
    this.dropoutMeter.push(samples);
    this.formatMeter.push(samples);
  }

  endBlock(): void {
    const pass = this.pass;
    const envelope = this.envelope.step(pass.sumOfMagnitudes / pass.blockSamples);
    if (envelope > this.hopEnvelope) this.hopEnvelope = envelope;
    this.hopSquares += pass.sumOfSquares;
    this.level.add(pass.blockSamples, pass.sum, pass.sumOfSquares, pass.dc);
    if (++this.blocks === BLOCKS_A_HOP) this.endHop();
  }

  /** Of the last completed second, null before the first. */
  second(): SoundFigures | null {
    if (this.seconds === 0) return null;
    const level = this.level;
    return this.figures(1000, this.speech.second(), level.secondDbov, level.secondDcOffset);
  }

  /** Of everything so far. */
  call(): SoundFigures {
    const durationMs = (this.samples * 1000) / this.format.sampleRate;
    return this.figures(durationMs, this.speech.call(), this.level.callDbov, this.level.callDcOffset);
  }

  private endHop(): void {
    this.speech.endHop(this.hopSquares / (BLOCKS_A_HOP * this.pass.blockSamples), this.hopEnvelope);
    this.blocks = 0;
    this.hopSquares = 0;
    this.hopEnvelope = 0;
    this.pass.dc = Math.round(this.level.callDcOffset * 32768);
    if (++this.hops === HOPS_A_SECOND) this.endSecond();
  }

  private endSecond(): void {
    this.hops = 0;
    this.level.endSecond();
    this.speech.endSecond();
    this.seconds++;
  }

  private figures(durationMs: number, speech: SpeechFigures, dbov: number, dcOffset: number): SoundFigures {
    return {
      durationMs,
      speechMs: speech.speechMs,
      snrDb: speech.snrDb,
      thdPercent: null,
      clippingPercent: null,
      levelDbov: speech.levelDbov ?? dbov,
      noiseDbov: speech.noiseDbov,
      dcOffset,
      humDb: null,
      humHz: null,
      bandwidthHz: null,
      dropouts: null,
      formatSuspicion: null,
    };
  }
}
