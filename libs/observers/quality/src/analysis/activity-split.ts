import { EvenStretches, LEAST_ENVELOPE } from './even-stretches.js';
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

/** The climb goes so far above the quietest even stretch at most. */
const MAX_CLIMB = 1.6;

/** How much further up pauses may reach where the speech is 12 dB above that. */
const WIDER = 1.6;
const FAR_BELOW = 0.25;

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
  private readonly active = new Uint8Array(HISTORY_HOPS);
  private readonly stretches = new EvenStretches();
  /** Envelopes that the climb may come upon. */
  private readonly low = new Float32Array(HISTORY_HOPS);
  /** Where the hops of the history stand here, from where the tones are left out. */
  readonly places = new Uint16Array(HISTORY_HOPS + 1);
  hops = 0;
  isSpeech = false;
  /** Mean square of the noise in the pauses, null where there was no pause. */
  noisePower: number | null = null;
  /** Whether that was heard in a real pause, in this history or before it, and not just between two words. */
  isNoiseHeard = false;
  private threshold = 0;
  private settled = 0;
  /** Of the hops that are marked: how many, and their mean power less the noise's. */
  private activeCount = 0;
  private speechPower = 0;

  split(history: HopHistory, knownNoise: number | null): void {
    this.hops = history.copyTo(this.powers, this.envelopes, this.places);
    this.settled = history.count === history.length ? SETTLING_HOPS : 0;
    this.isSpeech = false;
    this.isNoiseHeard = false;
    this.noisePower = knownNoise;
    if (this.hops === 0) return;
    this.isNoiseHeard = knownNoise !== null;
    const silence = powerOfSilentPauses(this.powers, this.hops);
    if (silence !== null) {
      this.noisePower = silence;
      this.isNoiseHeard = true;
      this.threshold = LEAST_ENVELOPE;
      this.stretches.forget(this.hops);
      this.mark(this.threshold);
      this.findMargin();
      this.isSpeech = this.looksLikeSpeech();
      return;
    }
    const quietest = this.quietest();
    const stretch = this.stretches.quietest(this.envelopes, this.settled, this.hops, quietest);
    this.climb(quietest, stretch === 0 ? Number.POSITIVE_INFINITY : MAX_CLIMB * stretch);
    this.stretches.mark(stretch);
    const pausePower = this.pausePower(HANGOVER_HOPS);
    if (pausePower !== null) this.isNoiseHeard = true;
    this.noisePower = pausePower ?? knownNoise ?? this.pausePower(SHORT_HANGOVER_HOPS);
    this.mark(this.threshold);
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

  /** No higher than `highest`: what lies above it is not looked at. */
  private climb(quietest: number, highest: number): void {
    const { powers, envelopes, low } = this;
    let length = 0;
    for (let i = 0; i < this.hops; i++)
      if (envelopes[i]! <= highest && powers[i]! > SILENCE_POWER) low[length++] = envelopes[i]!;
    let threshold = MIN_FACTOR * quietest;
    for (let round = 0; round < 30 && threshold < highest; round++) {
      let sum = 0;
      let squares = 0;
      let count = 0;
      for (let i = 0; i < length; i++) {
        const envelope = low[i]!;
        if (envelope > threshold) continue;
        sum += envelope;
        squares += envelope * envelope;
        count++;
      }
      if (count === 0) break;
      const mean = sum / count;
      const spread = Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean;
      const factor = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, 1 + SPREADS * spread));
      if (mean * factor <= threshold * 1.001) break;
      threshold = mean * factor;
    }
    this.threshold = Math.max(Math.min(threshold, highest), LEAST_ENVELOPE);
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
    const { powers, envelopes, active } = this;
    const { even } = this.stretches;
    const noise = this.noisePower ?? 0;
    let holdUntil = 0;
    let count = 0;
    let energy = 0;
    for (let i = 0; i < this.hops; i++) {
      if (envelopes[i]! > threshold && even[i] === 0) holdUntil = i + HANGOVER_HOPS;
      active[i] = 0;
      if (i >= holdUntil) continue;
      active[i] = 1;
      count++;
      energy += powers[i]! - noise;
    }
    this.activeCount = count;
    this.speechPower = count === 0 ? 0 : Math.max(0, energy / count);
  }

  /** Mean power of the hops that are `hold` hops behind speech and not just before it; null if there are too few. */
  private pausePower(hold: number): number | null {
    const { powers, envelopes, threshold, hops } = this;
    const { even } = this.stretches;
    let quiet = 0;
    let quietPower = 0;
    let silent = 0;
    let silentPower = 0;
    let since = 0;
    for (let i = 0; i < hops; i++) {
      since = envelopes[i]! > threshold && even[i] === 0 ? 0 : since + 1;
      if (since < hold) continue;
      const next = Math.min(hops - 1, i + LEAD_HOPS);
      if (envelopes[next]! > threshold && even[next] === 0) continue;
      const power = powers[i]!;
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
    const most = Math.min(this.threshold * WIDER, Math.sqrt(this.speechPower) * FAR_BELOW);
    if (most <= this.threshold || this.noisePower === null) return;
    this.threshold = most;
    this.noisePower = this.pausePower(HANGOVER_HOPS) ?? this.noisePower;
    this.mark(most);
  }

  /** Finds the level that lies 15.9 dB over its own threshold, or as near to it as the noise allows. */
  private findMargin(): void {
    const below = 10 ** (-MARGIN_DB / 20);
    let marked = this.threshold;
    for (let round = 0; round < 4; round++) {
      const wanted = Math.sqrt(this.speechPower) * below;
      // What has been marked already would be marked again.
      if (wanted <= this.threshold || wanted === marked) break;
      this.mark(wanted);
      marked = wanted;
    }
  }

  private looksLikeSpeech(): boolean {
    const power = this.speechPower;
    if (this.activeCount < MIN_ACTIVE_HOPS || power < MIN_SPEECH_POWER) return false;
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
