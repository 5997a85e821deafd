/** What can be made to go wrong. `fallback` is the value where none is given. */
export const FAULTS = {
  'refuse-upgrade': { fallback: 429, meaning: 'answers the upgrade with this HTTP status' },
  'hang-upgrade': { fallback: 0, meaning: 'never answers the upgrade' },
  'refuse-account': {
    fallback: 'invalid_api_key',
    meaning: 'upgrades, then an error of this code and close 4000',
  },
  mute: { fallback: 0, meaning: 'upgrades and never sends anything' },
  'refuse-update': { fallback: 'unknown_parameter', meaning: 'refuses session.update with this code' },
  'delay-update': { fallback: 1000, meaning: 'answers session.update this many milliseconds late' },
  'ignore-update': { fallback: 0, meaning: 'never answers session.update' },
  'fail-response': { fallback: 'server_error', meaning: 'ends the response as failed with this code' },
  'incomplete-response': {
    fallback: 'content_filter',
    meaning: 'ends the response early as incomplete, with this reason',
  },
  'silent-response': { fallback: 0, meaning: 'accepts response.create and never makes a response of it' },
  'late-deltas': { fallback: 3, meaning: 'sends this many more sound deltas after a response was cancelled' },
  stray: { fallback: 'server_error', meaning: 'sends an error event of this code before the response' },
  nonsense: {
    fallback: 0,
    meaning: 'sends broken JSON, a list, a binary frame and unknown events before the response',
  },
  stall: {
    fallback: 200,
    meaning: 'falls silent, pings included, after this many milliseconds of the answer',
  },
  cut: { fallback: 200, meaning: 'drops the connection (1006) after this many milliseconds of the answer' },
  close: { fallback: 1011, meaning: 'closes with this code 200 ms into the answer' },
  expire: {
    fallback: 200,
    meaning: 'ends the session as expired after this many milliseconds of the answer',
  },
  'refuse-chat': { fallback: 500, meaning: 'answers a request for text with this HTTP status' },
  'refuse-chat-account': {
    fallback: 'insufficient_quota',
    meaning: 'answers a request for text with 429 and this code',
  },
  'limit-chat': {
    fallback: 100,
    meaning: 'answers a request for text with 429, to be repeated after this many milliseconds',
  },
  'hang-chat': { fallback: 0, meaning: 'never answers a request for text' },
  'cut-chat': { fallback: 0, meaning: 'drops the connection of a request for text' },
  'nonsense-chat': { fallback: '<html></html>', meaning: 'answers a request for text with this' },
  'empty-chat': {
    fallback: 'content_filter',
    meaning: 'answers a request for text without a word, for this reason',
  },
  'endless-chat': { fallback: 0, meaning: 'answers a request for text without an end' },
} as const satisfies Record<string, { readonly fallback: number | string; readonly meaning: string }>;

export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  readonly kind: FaultKind;
  /** What it means stands in `FAULTS`; the fallback there is used when it is absent. */
  readonly value?: number | string;
  /** How often it happens; absent: 1. */
  readonly times?: number;
}

/** Faults that wait for their occasion. Shared by all sessions of a simulator; the first to come takes one. */
export class Faults {
  private waiting: { kind: FaultKind; value: number | string; times: number }[] = [];

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    this.waiting.push({
      kind: fault.kind,
      value: fault.value ?? FAULTS[fault.kind].fallback,
      times: fault.times ?? 1,
    });
  }

  clear(): void {
    this.waiting = [];
  }

  /** The value of a fault that is due now, which is thereby used up; null when all is to go well. */
  take(kind: FaultKind): number | string | null {
    const fault = this.waiting.find((candidate) => candidate.kind === kind);
    if (fault === undefined) return null;
    fault.times -= 1;
    if (fault.times <= 0) this.waiting = this.waiting.filter((other) => other !== fault);
    return fault.value;
  }

  takeNumber(kind: FaultKind): number | null {
    const value = this.take(kind);
    return value === null ? null : Number(value);
  }

  takeText(kind: FaultKind): string | null {
    const value = this.take(kind);
    return value === null ? null : String(value);
  }
}

/** `kind`, `kind=value`, `kind*times` or `kind=value*times`; `*` alone means always. Throws on a kind that there is not. */
export function parseFault(text: string): Fault {
  const match = /^([a-z-]+)(?:=([^*]+))?(?:(\*)(\d+)?)?$/.exec(text);
  const kind = match?.[1] ?? '';
  if (match === null || !isFaultKind(kind)) {
    throw new Error(`Unknown fault "${text}". Known: ${Object.keys(FAULTS).join(', ')}.`);
  }
  const [, , given, star, count] = match;
  const value =
    given === undefined ? undefined : typeof FAULTS[kind].fallback === 'number' ? Number(given) : given;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`Fault "${kind}" takes a number, not "${given}".`);
  const times = star === undefined ? 1 : count === undefined ? Number.POSITIVE_INFINITY : Number(count);
  return { kind, times, ...(value === undefined ? {} : { value }) };
}

function isFaultKind(kind: string): kind is FaultKind {
  return Object.hasOwn(FAULTS, kind);
}
