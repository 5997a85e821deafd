import { dbovFromPower } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { BandwidthMeter } from './bandwidth-meter.js';
import { BLOCK_MS, type BlockListener, BlockPass, MOST_AHEAD, MOST_DC } from './block-pass.js';
import { ClippingMeter } from './clipping-meter.js';
import { DistortionMeter } from './distortion-meter.js';
import { DropoutMeter } from './dropouts.js';
import { FormatMeter } from './format-suspicion.js';
import { HOP_MS } from './hop-history.js';
import { HumMeter } from './hum-meter.js';
import { LevelMeter } from './level-meter.js';
import { SampleRing } from './sample-ring.js';
import type { Dropout, SoundFigures } from './sound-figures.js';
import { SpeechEnvelope } from './speech-envelope.js';
import { type SpeechFigures, SpeechLevel } from './speech-level.js';
import { ToneTest } from './tone-test.js';

/** The longest look back, in samples or in time, whichever is more; and what is written ahead. */
const LONGEST_LOOK_BACK = 2048;
const LONGEST_LOOK_BACK_MS = 80;
const BLOCKS_A_HOP = HOP_MS / BLOCK_MS;
const HOPS_A_SECOND = 1000 / HOP_MS;
/** So many hops of lines in a row are a tone. */
const TONE_HOPS = 3;

/**
 * Everything that one track's samples can tell, by the second and of the call so far. Clocked by samples alone: pieces may
 * be of any size, and the figures do not depend on how the sound is cut. `push` allocates nothing.
 */
export class TrackAnalyser implements BlockListener {
  /** Whole seconds completed. */
  seconds = 0;
  private readonly ring: SampleRing;
  private readonly pass: BlockPass;
  private readonly level = new LevelMeter();
  private readonly envelope: SpeechEnvelope;
  private readonly speech: SpeechLevel;
  private readonly hum: HumMeter;
  private readonly clipping: ClippingMeter;
  private readonly bounds = new Int32Array(BLOCKS_A_HOP);
  private readonly tones: ToneTest;
  private toneHops = 0;
  private readonly distortion: DistortionMeter;
  private readonly bandwidth: BandwidthMeter;
  private readonly dropoutMeter: DropoutMeter;
  private readonly formatMeter: FormatMeter;
  private dropoutsBefore = 0;
  private lastSecond: SoundFigures | null = null;
  private samples = 0;
  private blocks = 0;
  private hops = 0;
  private hopSquares = 0;
  private hopSum = 0;

  constructor(private readonly format: AudioFormat) {
    const lookBack = Math.max(LONGEST_LOOK_BACK, (format.sampleRate * LONGEST_LOOK_BACK_MS) / 1000);
    this.ring = new SampleRing(2 ** Math.ceil(Math.log2(lookBack + MOST_AHEAD)));
    this.clipping = new ClippingMeter(this.ring, BLOCKS_A_HOP);
    this.pass = new BlockPass(format.sampleRate, this.ring, this);
    this.envelope = new SpeechEnvelope(BLOCK_MS, this.pass.blockSamples);
    this.hum = new HumMeter(this.pass.blockSamples);
    this.speech = new SpeechLevel(format.encoding);
    this.tones = new ToneTest(format.sampleRate, 2);
    this.distortion = new DistortionMeter(format.sampleRate, this.ring, format.encoding !== 'pcm16');
    this.bandwidth = new BandwidthMeter(format.sampleRate, this.ring);
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

  /** What comes next does not continue what was before: an utterance was cut off, or silence was left out. */
  breakOff(): void {
    this.dropoutMeter.breakOff(this.samples);
  }

  /** Live tracks of real-time senders only: sound of `durationMs`, as declared, came at `atMs` of a monotonic clock. */
  arrived(durationMs: number, atMs: number): void {
    this.formatMeter.arrived(durationMs, atMs);
  }

  endBlock(): void {
    const pass = this.pass;
    this.envelope.step(pass.sumOfMagnitudes);
    this.hopSquares += pass.sumOfSquares;
    this.hopSum += pass.sum;
    this.hum.addBlock(pass.sum + pass.dc * pass.blockSamples);
    this.bounds[this.blocks] = pass.bound + Math.abs(pass.dc);
    if (++this.blocks === BLOCKS_A_HOP) this.endHop();
  }

  /** Of the last completed second, null before the first. */
  second(): SoundFigures | null {
    return this.lastSecond;
  }

  /** Of everything so far. */
  call(): SoundFigures {
    return this.figuresOfCall(this.speech.call());
  }

  /** The same at a third of the cost, for every second of a live call: figures of speech are up to the last whole second. */
  callOfSeconds(): SoundFigures {
    return this.figuresOfCall(this.speech.callOfSeconds);
  }

  private figuresOfCall(speech: SpeechFigures): SoundFigures {
    const { hum, level } = this;
    return {
      durationMs: (this.samples * 1000) / this.format.sampleRate,
      speechMs: speech.speechMs,
      snrDb: speech.snrDb,
      thdPercent: this.distortion.callPercent,
      clippingPercent: this.clipping.callPercent,
      levelDbov: speech.levelDbov ?? level.callDbov,
      noiseDbov: speech.noiseDbov,
      dcOffset: level.callDcOffset,
      humDb: hum.callHz === null ? null : dbovFromPower(hum.callPower) - (speech.levelDbov ?? 0),
      humHz: hum.callHz,
      bandwidthHz: speech.levelDbov === null ? null : this.bandwidth.callHz,
      dropouts: this.dropoutMeter.count,
      formatSuspicion: this.formatMeter.suspicion,
    };
  }

  private endHop(): void {
    const { pass } = this;
    const length = BLOCKS_A_HOP * pass.blockSamples;
    const power = this.hopSquares / length;
    this.level.add(length, this.hopSum, this.hopSquares, pass.dc);
    this.hops++;
    this.endTone(length);
    this.distortion.endHop(power, this.hops, HOPS_A_SECOND);
    this.bandwidth.endHop(power, this.hops, HOPS_A_SECOND);
    this.blocks = 0;
    this.hopSum = 0;
    this.hopSquares = 0;
    this.envelope.highest = 0;
    pass.dc = Math.max(-MOST_DC, Math.min(MOST_DC, Math.round(this.level.callDcOffset * 32768))) | 0;
    if (this.hops === HOPS_A_SECOND) this.endSecond();
  }

  /** What is nothing but a tone is no speech, no hum, and has no flat tops. */
  private endTone(length: number): void {
    const { ring, tones } = this;
    const from = ring.at - length;
    const found = tones.linesIn(ring.samples, ring.mask, from, ring.at);
    this.speech.endHop(this.hopSquares / length, this.envelope.highest, found === 'tones');
    this.toneHops = found === 'tones' ? this.toneHops + 1 : 0;
    if (this.toneHops >= TONE_HOPS) this.hum.spoil();
    this.clipping.endHop(this.pass.blockSamples, this.bounds, this.distortion.isSteady, tones.isSine);
  }

  private endSecond(): void {
    this.hops = 0;
    this.level.endSecond();
    this.speech.endSecond();
    this.hum.endSecond();
    this.clipping.endSecond();
    this.seconds++;
    this.lastSecond = this.figuresOfSecond();
  }

  private figuresOfSecond(): SoundFigures {
    const speech = this.speech.second();
    const { hum, level } = this;
    const dropouts = this.dropoutMeter.count;
    const inSecond = dropouts - this.dropoutsBefore;
    this.dropoutsBefore = dropouts;
    return {
      durationMs: 1000,
      speechMs: speech.speechMs,
      snrDb: speech.snrDb,
      thdPercent: this.distortion.secondPercent,
      clippingPercent: this.clipping.secondPercent,
      levelDbov: speech.levelDbov ?? level.secondDbov,
      noiseDbov: speech.noiseDbov,
      dcOffset: level.secondDcOffset,
      humDb: hum.hz === null ? null : dbovFromPower(hum.power) - (speech.levelDbov ?? 0),
      humHz: hum.hz,
      bandwidthHz: speech.levelDbov === null ? null : this.bandwidth.recentHz,
      dropouts: inSecond,
      formatSuspicion: this.formatMeter.suspicion,
    };
  }
}
