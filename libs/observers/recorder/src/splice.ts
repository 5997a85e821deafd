/** Below it nobody hears that sound is cut or parted: about -42 dBov. */
const QUIET_PEAK = 256;

export function isQuiet(samples: Int16Array): boolean {
  for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i]!) > QUIET_PEAK) return false;
  return true;
}

/** The same sound, longer by half its length at most: a stretch of `more` samples is heard twice, faded into itself. */
export function lengthened(samples: Int16Array, more: number): Int16Array {
  const { length } = samples;
  const back = Math.min(more, length >> 1);
  const longer = new Int16Array(length + back);
  longer.set(samples.subarray(0, back));
  const fade = length - back;
  for (let i = 0; i < fade; i++) {
    const weight = (i + 1) / (fade + 1);
    longer[back + i] = Math.round(samples[back + i]! * (1 - weight) + samples[i]! * weight);
  }
  longer.set(samples.subarray(fade), back + fade);
  return longer;
}

/** The same sound, shorter by half its length at most: its beginning fades into its end. */
export function shortened(samples: Int16Array, less: number): Int16Array {
  const cut = Math.min(less, samples.length >> 1);
  const length = samples.length - cut;
  return Int16Array.from({ length }, (_, i) => {
    const weight = (i + 1) / (length + 1);
    return Math.round(samples[i]! * (1 - weight) + samples[i + cut]! * weight);
  });
}
