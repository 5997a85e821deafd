/** A place at which what was heard does not go on as what was sent. Times in milliseconds of what was sent. */
export interface Break {
  readonly atMs: number;
  /** Heard in between that was never sent: a hole. */
  readonly insertedMs: number;
  /** Sent, and never heard. */
  readonly lostMs: number;
  /** Heard, but not as it was sent. */
  readonly changedMs: number;
}

export interface Alignment {
  /** Where the first sample of what was sent is in what was heard; -1 when nothing of it is. */
  readonly at: number;
  /** Sent samples that were heard, each as it was and in its place. */
  readonly same: number;
  readonly breaks: readonly Break[];
}

/** Enough samples of speech to be found in one place only. */
const ANCHOR = 240;
const LOUD = 500;
const STEP = 24;
/** A hole is not longer; further on the same could be said again. */
const LONGEST_HOLE_MS = 3000;

/** Lays what was heard beside what was sent, sample by sample, both as 16 bits. */
export function align(sent: Int16Array, heard: Int16Array, sampleRate: number): Alignment {
  const ms = (samples: number) => (samples * 1000) / sampleRate;
  const breaks: Break[] = [];
  let same = 0;
  let start = -1;
  let i = 0;
  let j = 0;
  while (i < sent.length) {
    const until = start < 0 ? heard.length : j + (LONGEST_HOLE_MS * sampleRate) / 1000;
    const next = nextMatch(sent, heard, i, j, until);
    if (next === null) {
      if (start >= 0) breaks.push({ atMs: ms(i), insertedMs: 0, lostMs: ms(sent.length - i), changedMs: 0 });
      break;
    }
    let [from, to] = next;
    // The anchor lies somewhere after the break: the samples before it that fit belong to it.
    while (from > i && to > j && sent[from - 1] === heard[to - 1]) {
      from--;
      to--;
    }
    if (start < 0) start = to - from;
    else {
      const shift = to - j - (from - i);
      breaks.push({
        atMs: ms(i),
        insertedMs: ms(Math.max(0, shift)),
        lostMs: ms(Math.max(0, -shift)),
        changedMs: ms(Math.min(from - i, to - j)),
      });
    }
    i = from;
    j = to;
    while (i < sent.length && j < heard.length && sent[i] === heard[j]) {
      i++;
      j++;
      same++;
    }
  }
  return { at: start, same, breaks };
}

/** The next piece of speech of `sent` from `i` on that is in `heard` from `j` on. */
function nextMatch(
  sent: Int16Array,
  heard: Int16Array,
  i: number,
  j: number,
  until: number,
): [number, number] | null {
  for (let from = i; from + ANCHOR <= sent.length; from += STEP) {
    if (!isLoud(sent, from)) continue;
    const to = find(sent, from, heard, j, until + from - i);
    if (to >= 0) return [from, to];
  }
  return null;
}

function isLoud(samples: Int16Array, from: number): boolean {
  for (let i = from; i < from + ANCHOR; i++) if (Math.abs(samples[i]!) > LOUD) return true;
  return false;
}

function find(sent: Int16Array, from: number, heard: Int16Array, j: number, until: number): number {
  for (
    let to = heard.indexOf(sent[from]!, j);
    to >= 0 && to < until;
    to = heard.indexOf(sent[from]!, to + 1)
  ) {
    let length = 1;
    while (length < ANCHOR && sent[from + length] === heard[to + length]) length++;
    if (length === ANCHOR) return to;
  }
  return -1;
}

export function to16Bits(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
}
