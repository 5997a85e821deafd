import { HISTORY_HOPS, HOP_MS, type HopHistory } from './hop-history.js';
import { powerOfSilentPauses, SILENCE_POWER } from './silent-pauses.js';

/** ITU-T P.56, method B: how far below the active level the activity threshold lies, and how long activity holds on. */
const MARGIN_DB = 15.9;
const HANGOVER_HOPS = 200 / HOP_MS;

/** Sound rises before the envelope does, so that the hops before an onset are no pause. */
const LEAD_HOPS = 2;

/** Pauses are looked for behind the hangover, or where none is that long, as soon as the envelope is down. */
const SHORT_HANGOVER_HOPS = 4;
const MIN_PAUSE_HOPS = 10;

/** Envelope of speech in noise over that of the noise alone, from where on a hop counts as active. */
const MIN_FACTOR = 1.15;
const MAX_FACTOR = 1.5;
const SPREADS = 2.5;
/** The noise is looked for from the quietest 100 ms upwards. */
const QUIET_HOPS = 5;
/** At the very beginning the envelope still rises from nothing. */
const SETTLING_HOPS = 8;

/**
 * Noise that swells and ebbs: the quietest stretch of this length says how much up to which the climb may go, and other
 * stretches that are as even are noise as well up to a swell of so much.
 */
const STRETCH_HOPS = 15;
const MAX_CLIMB = 1.6;
const SWELL = 1.75;
const SWELL_OF_SPREAD = 8;
/** Where the quietest stretch is so much louder than the quietest 100 ms, there is speech in it. */
const QUIET_RISE = 1.6;
const QUIET_SWELL = 1.12;
const EVEN_SPREAD = 0.22;
const EVEN_TIMES = 1.6;

/** How much further up pauses may reach where the speech is 12 dB above that. */
const WIDER = 1.6;
const FAR_BELOW = 0.25;

/** Of the envelope, in samples; an envelope takes its time to fall to nothing. */
const MIN_THRESHOLD = 8;

/** Speech is at least this far over the noise, this long, and changes from hop to hop. */
const MIN_SNR = 10 ** 0.25;
const MIN_ACTIVE_HOPS = 10;
const STEADY_RATIO = 1.035;
const MAX_STEADY_SHARE = 0.4;
const MIN_SPEECH_POWER = 32768 ** 2 * 10 ** -6.5;

/**
 * Parts the hops of a history into speech and pauses. Noise: the mean power of the pauses, found by going up from the
 * quietest part to the lowest level about which the hops gather. Speech: the active hops' power less the noise's. One
 * instance serves all tracks, since nothing in it outlives a call of `split`.
 */
export class ActivitySplit {
  private readonly powers = new Float32Array(HISTORY_HOPS);
  private readonly envelopes = new Float32Array(HISTORY_HOPS);
  readonly active = new Uint8Array(HISTORY_HOPS);
  /** Hops in stretches as even as noise. */
  private readonly even = new Uint8Array(HISTORY_HOPS);
  /** Of the stretch that ends with each hop: relative spread and mean of the envelope. */
  private readonly evenness = new Float32Array(HISTORY_HOPS);
  private readonly means = new Float32Array(HISTORY_HOPS);
  /** Where the hops of the history stand here, from where the tones are left out. */
  readonly places = new Uint16Array(HISTORY_HOPS + 1);
  hops = 0;
  isSpeech = false;
  /** Mean square of the noise in the pauses, null where there was no pause. */
  noisePower: number | null = null;
  /** Whether that was heard in a real pause, in this history or before it, and not just between two words. */
  isNoiseHeard = false;
  /** What a measured active hop stands for, since in noise the weak parts of speech are not seen. */
  activityFactor = 1;
  private threshold = 0;
  private settled = 0;

  split(history: HopHistory, knownNoise: number | null): void {
    this.hops = history.copyTo(this.powers, this.envelopes, this.places);
    this.settled = history.count === history.length ? SETTLING_HOPS : 0;
    this.isSpeech = false;
    this.isNoiseHeard = false;
    this.noisePower = knownNoise;
    this.activityFactor = 1;
    if (this.hops === 0) return;
    this.isNoiseHeard = knownNoise !== null;
    const silence = powerOfSilentPauses(this.powers, this.hops);
    if (silence !== null) {
      this.noisePower = silence;
      this.isNoiseHeard = true;
      this.threshold = MIN_THRESHOLD;
      this.even.fill(0, 0, this.hops);
      this.mark(this.threshold);
      this.findMargin();
      this.isSpeech = this.looksLikeSpeech();
      return;
    }
    const stretch = this.quietestStretch();
    this.climb(stretch === 0 ? Number.POSITIVE_INFINITY : MAX_CLIMB * stretch);
    this.markEven(stretch);
    this.mark(this.threshold);
    const pausePower = this.pausePower(HANGOVER_HOPS);
    if (pausePower !== null) this.isNoiseHeard = true;
    this.noisePower = pausePower ?? knownNoise ?? this.pausePower(SHORT_HANGOVER_HOPS);
    this.widen();
    this.findMargin();
    this.isSpeech = this.looksLikeSpeech();
  }

  /** Energy of speech (mean squares added up over hops) in the hops from `from` to before `end`. */
  speechEnergy(from: number, end: number): number {
    const noise = this.noisePower ?? 0;
    let energy = 0;
    for (let i = from; i < end; i++) if (this.active[i] === 1) energy += this.powers[i]! - noise;
    return energy;
  }

  activeHops(from: number, end: number): number {
    let count = 0;
    for (let i = from; i < end; i++) count += this.active[i]!;
    return count;
  }

  private climb(highest: number): void {
    const envelopes = this.envelopes;
    let threshold = MIN_FACTOR * this.quietest();
    let mean = 0;
    let spread = 0;
    for (let round = 0; round < 30; round++) {
      let sum = 0;
      let squares = 0;
      let count = 0;
      for (let i = 0; i < this.hops; i++) {
        const envelope = envelopes[i]!;
        if (envelope > threshold || this.powers[i]! <= SILENCE_POWER) continue;
        sum += envelope;
        squares += envelope * envelope;
        count++;
      }
      if (count === 0) break;
      mean = sum / count;
      spread = Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean;
      const factor = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, 1 + SPREADS * spread));
      if (mean * factor <= threshold * 1.001) break;
      threshold = mean * factor;
    }
    this.threshold = Math.max(Math.min(threshold, highest), MIN_THRESHOLD);
  }

  /**
   * Stretches in which the envelope changes as little as in the quietest ones, whose mean is about `quietest`. White noise is
   * even within a few percent, traffic within a fifth; in speech of the same level hardly any stretch is.
   */
  private markEven(quietest: number): void {
    const { even, evenness } = this;
    let typical = 0;
    let count = 0;
    even.fill(0, 0, this.hops);
    if (quietest === 0) return;
    for (let end = this.settled + STRETCH_HOPS; end <= this.hops; end++) {
      if (this.means[end - 1]! > QUIET_SWELL * quietest) continue;
      typical += evenness[end - 1]!;
      count++;
    }
    typical /= Math.max(1, count);
    const most = Math.min(EVEN_SPREAD, EVEN_TIMES * typical);
    const highest = Math.min(SWELL, 1 + SWELL_OF_SPREAD * typical) * quietest;
    for (let end = this.settled + STRETCH_HOPS; end <= this.hops; end++) {
      if (evenness[end - 1]! < most && this.means[end - 1]! < highest) even.fill(1, end - STRETCH_HOPS, end);
    }
  }

  /**
   * Notes mean and relative spread of each stretch. Returns the lowest mean; 0 where the line falls silent for so long, or
   * where no stretch is without speech.
   */
  private quietestStretch(): number {
    const { envelopes, means, evenness, settled } = this;
    let least = Number.POSITIVE_INFINITY;
    let sum = 0;
    let squares = 0;
    for (let i = settled; i < this.hops; i++) {
      const envelope = envelopes[i]!;
      sum += envelope;
      squares += envelope * envelope;
      const first = i + 1 - STRETCH_HOPS;
      if (first < settled) continue;
      const mean = sum / STRETCH_HOPS;
      means[i] = mean;
      evenness[i] = Math.sqrt(Math.max(0, squares / STRETCH_HOPS - mean * mean)) / (mean + 1e-9);
      if (mean < least) least = mean;
      const oldest = envelopes[first]!;
      sum -= oldest;
      squares -= oldest * oldest;
    }
    const isNoise = least > MIN_THRESHOLD && least < QUIET_RISE * this.quietest();
    return isNoise ? least : 0;
  }

  private isAbove(hop: number, threshold: number): boolean {
    return this.envelopes[hop]! > threshold && this.even[hop] === 0;
  }

  /** The lowest mean of the envelope over 100 ms that were not silent; 0 where there are none. */
  private quietest(): number {
    let least = Number.POSITIVE_INFINITY;
    let sum = 0;
    let run = 0;
    for (let i = this.settled; i < this.hops; i++) {
      if (this.powers[i]! <= SILENCE_POWER) {
        sum = 0;
        run = 0;
        continue;
      }
      sum += this.envelopes[i]!;
      if (++run < QUIET_HOPS) continue;
      if (run > QUIET_HOPS) sum -= this.envelopes[i - QUIET_HOPS]!;
      least = Math.min(least, sum);
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least / QUIET_HOPS;
  }

  /** Active: over the threshold, and 200 ms after it. */
  private mark(threshold: number): void {
    let holdUntil = 0;
    for (let i = 0; i < this.hops; i++) {
      if (this.isAbove(i, threshold)) holdUntil = i + HANGOVER_HOPS;
      this.active[i] = i < holdUntil ? 1 : 0;
    }
  }

  /** Mean power of the hops that are `hold` hops behind speech and not just before it; null if there are too few. */
  private pausePower(hold: number): number | null {
    let quiet = 0;
    let quietPower = 0;
    let silent = 0;
    let silentPower = 0;
    let since = 0;
    for (let i = 0; i < this.hops; i++) {
      since = this.isAbove(i, this.threshold) ? 0 : since + 1;
      const next = Math.min(this.hops - 1, i + LEAD_HOPS);
      if (since < hold || this.isAbove(next, this.threshold)) continue;
      const power = this.powers[i]!;
      if (power <= SILENCE_POWER) {
        silent++;
        silentPower += power;
      } else {
        quiet++;
        quietPower += power;
      }
    }
    if (quiet + silent < MIN_PAUSE_HOPS) return null;
    return quiet * 10 > silent ? quietPower / quiet : (quietPower + silentPower) / (quiet + silent);
  }

  /** Noise that comes and goes a little is still no speech where speech is far above it. */
  private widen(): void {
    const most = Math.min(this.threshold * WIDER, Math.sqrt(this.speechPower()) * FAR_BELOW);
    if (most <= this.threshold || this.noisePower === null) return;
    this.threshold = most;
    this.noisePower = this.pausePower(HANGOVER_HOPS) ?? this.noisePower;
    this.mark(most);
  }

  /** Finds the level that lies 15.9 dB over its own threshold, or as near to it as the noise allows. */
  private findMargin(): void {
    const below = 10 ** (-MARGIN_DB / 20);
    for (let round = 0; round < 4; round++) {
      const level = Math.sqrt(this.speechPower());
      const wanted = level * below;
      if (wanted <= this.threshold) break;
      this.mark(wanted);
    }
  }

  private speechPower(): number {
    const active = this.activeHops(0, this.hops);
    return active === 0 ? 0 : Math.max(0, this.speechEnergy(0, this.hops) / active / this.activityFactor);
  }

  private looksLikeSpeech(): boolean {
    const power = this.speechPower();
    if (this.activeHops(0, this.hops) < MIN_ACTIVE_HOPS || power < MIN_SPEECH_POWER) return false;
    if (power < (this.noisePower ?? 0) * MIN_SNR) return false;
    let steady = 0;
    let pairs = 0;
    for (let i = 1; i < this.hops; i++) {
      if (this.active[i] === 0 || this.active[i - 1] === 0) continue;
      const a = this.powers[i]!;
      const b = this.powers[i - 1]!;
      pairs++;
      if (a < b * STEADY_RATIO && b < a * STEADY_RATIO) steady++;
    }
    return steady < pairs * MAX_STEADY_SHARE;
  }
}
