/**
 * Levels in dBov: 0 is the power of a full-scale square wave (ITU-T G.100.1), so a full-scale sine is at -3.01.
 * The floor is -127, which RFC 6464 uses for digital silence.
 */
export const SILENCE_DBOV = -127;

const FULL_SCALE = 32768;

export interface Level {
  readonly rmsDbov: number;
  readonly peakDbov: number;
}

/** `meanSquare` in samples squared. */
export function dbovFromPower(meanSquare: number): number {
  if (meanSquare <= 0) return SILENCE_DBOV;
  return Math.max(SILENCE_DBOV, 10 * Math.log10(meanSquare / (FULL_SCALE * FULL_SCALE)));
}

/** Peak amplitude of a sine whose level is `dbov`. */
export function sineAmplitude(dbov: number): number {
  return FULL_SCALE * Math.SQRT2 * 10 ** (dbov / 20);
}

export function levelOf(samples: Int16Array): Level {
  let power = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const square = samples[i]! * samples[i]!;
    power += square;
    if (square > peak) peak = square;
  }
  return {
    rmsDbov: dbovFromPower(samples.length === 0 ? 0 : power / samples.length),
    peakDbov: dbovFromPower(peak),
  };
}
