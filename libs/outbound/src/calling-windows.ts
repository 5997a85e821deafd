import { errors } from './errors.js';

const DAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;
const DAY_MIN = 1440;
const WEEK_MIN = 7 * DAY_MIN;
const MINUTE_MS = 60_000;
/** Zones of one country agree on some minute of the week or never do; more steps than this are never needed. */
const MOST_STEPS = 200;

/** Minutes of the week, Monday 00:00 = 0, end excluded. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const FORM = /^([a-z,-]+)\s+(\d{2}):(\d{2})-(\d{2}):(\d{2})$/;

/**
 * "mo-fr 09:00-20:00", "sa,su 10:00-14:00", "fr 22:00-02:00" (until Saturday). Throws DIAL_BAD_WINDOW.
 */
export function parseWindows(texts: readonly string[]): CallingWindows | null {
  return texts.length === 0 ? null : new CallingWindows(texts.flatMap(spansOf));
}

/** Hours at which people may be called, by the clock on their wall. */
export class CallingWindows {
  private readonly clocks = new Map<string, Intl.DateTimeFormat>();

  constructor(private readonly spans: readonly Span[]) {}

  /** The first moment from `at` on that lies in a window in every one of the zones; `at` itself if so. Null: there is none. */
  nextOpening(at: number, zones: readonly string[]): number | null {
    let moment = at;
    for (let step = 0; step < MOST_STEPS; step++) {
      const opens = zones.map((zone) => this.opensIn(zone, moment));
      const latest = Math.max(...opens);
      if (latest === moment) return moment;
      moment = latest;
    }
    return null;
  }

  private opensIn(zone: string, at: number): number {
    const minute = this.minuteOf(zone, at);
    if (this.isOpen(minute)) return at;
    const wait = Math.min(...this.spans.map(({ from }) => (from - minute + WEEK_MIN) % WEEK_MIN || WEEK_MIN));
    const wholeMinute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const opens = wholeMinute + wait * MINUTE_MS;
    // Clocks may be changed on the way there: the opening comes so much earlier or later.
    const drift = (this.minuteOf(zone, opens) - minute - wait + 2 * WEEK_MIN) % WEEK_MIN;
    const shift = drift > WEEK_MIN / 2 ? drift - WEEK_MIN : drift;
    const corrected = opens - shift * MINUTE_MS;
    // Where the opening falls into an hour that is left out, the next steps look minute by minute.
    return corrected > at ? corrected : wholeMinute + MINUTE_MS;
  }

  private isOpen(minute: number): boolean {
    return this.spans.some(({ from, to }) => from <= minute && minute < to);
  }

  private minuteOf(zone: string, at: number): number {
    let clock = this.clocks.get(zone);
    if (clock === undefined) {
      clock = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      });
      this.clocks.set(zone, clock);
    }
    const parts: Record<string, string> = {};
    for (const { type, value } of clock.formatToParts(at)) parts[type] = value;
    const day = DAYS.indexOf(parts.weekday!.slice(0, 2).toLowerCase() as (typeof DAYS)[number]);
    return day * DAY_MIN + Number(parts.hour) * 60 + Number(parts.minute);
  }
}

function spansOf(text: string): readonly Span[] {
  const found = FORM.exec(String(text).trim().toLowerCase());
  if (found === null) throw errors.badWindow(String(text));
  const [, days, ...clock] = found;
  const [hour, minute, endHour, endMinute] = clock.map(Number) as [number, number, number, number];
  const from = hour * 60 + minute;
  const to = endHour * 60 + endMinute;
  if (minute > 59 || endMinute > 59 || from >= DAY_MIN || to > DAY_MIN || from === to)
    throw errors.badWindow(text);
  return daysOf(days!, text).flatMap((day) => {
    const start = day * DAY_MIN + from;
    const end = day * DAY_MIN + to + (to < from ? DAY_MIN : 0);
    return end <= WEEK_MIN
      ? [{ from: start, to: end }]
      : [
          { from: start, to: WEEK_MIN },
          { from: 0, to: end - WEEK_MIN },
        ];
  });
}

function daysOf(list: string, text: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first, more] = part.split('-').map((name) => DAYS.indexOf(name as 'mo'));
    if (first === undefined || first < 0 || last! < 0 || more !== undefined) throw errors.badWindow(text);
    const count = ((last! - first + 7) % 7) + 1;
    return Array.from({ length: count }, (_, i) => (first + i) % 7);
  });
}
