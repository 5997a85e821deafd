/** Below this mean square (peak of ±8, the smallest step of G.711) a hop is digital silence. */
export const SILENCE_POWER = 64;

/** Silent for so long, and so often within the history, a line has silent pauses; a muted one is so for shorter times. */
const PAUSE_HOPS = 15;
const MIN_PAUSES = 2;
/** Or so long in all. */
const MIN_HOPS = 25;

/**
 * Where a line falls digitally silent between utterances, these are the pauses, and what is soft is the end of a word: their
 * mean power, of the first `hops` of `powers`; null where there are none. What was before the first sound is no pause.
 */
export function powerOfSilentPauses(powers: Float32Array, hops: number): number | null {
  let pauses = 0;
  let pauseHops = 0;
  let power = 0;
  let run = 0;
  let runPower = 0;
  let hasBegun = false;
  for (let i = 0; i <= hops; i++) {
    if (i < hops && powers[i]! <= SILENCE_POWER) {
      run++;
      runPower += powers[i]!;
      continue;
    }
    if (hasBegun && run >= PAUSE_HOPS) {
      pauses++;
      pauseHops += run;
      power += runPower;
    }
    hasBegun = true;
    run = 0;
    runPower = 0;
  }
  return pauses < MIN_PAUSES && pauseHops < MIN_HOPS ? null : power / pauseHops;
}
