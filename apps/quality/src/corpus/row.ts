import { type AudioFormat, formatName } from '#libs/contracts';
import type { Bench } from './bench.js';

/** One case that was not as it must be. */
export interface Miss {
  readonly case: string;
  readonly required: string;
  readonly measured: string;
}

/** One line of the table. */
export interface RowResult {
  readonly figure: string;
  readonly required: string;
  /** Worst error and counts, for people. */
  readonly achieved: string;
  readonly cases: number;
  readonly misses: readonly Miss[];
}

/** Measures what one line of the table promises. */
export type Row = (bench: Bench) => RowResult;

/** Gathers the cases of a row. */
export class Tally {
  cases = 0;
  readonly misses: Miss[] = [];

  /** A figure that must lie within `tolerance` of the truth; a missing one is a miss. */
  near(name: string, measured: number | null, truth: number, tolerance: number): number {
    const error = measured === null ? Number.POSITIVE_INFINITY : Math.abs(measured - truth);
    this.holds(name, error <= tolerance, `${round(truth)} ± ${tolerance}`, show(measured));
    return error;
  }

  /** A figure that must not be had. */
  none(name: string, measured: unknown): void {
    this.holds(name, measured === null, 'none', show(measured));
  }

  holds(name: string, good: boolean, required: string, measured: string): void {
    this.cases++;
    if (!good) this.misses.push({ case: name, required, measured });
  }

  result(figure: string, required: string, achieved: string): RowResult {
    return { figure, required, achieved, cases: this.cases, misses: this.misses };
  }
}

/** The largest of the errors that there are, and how often there was no figure. */
export class Worst {
  private worst = 0;
  private missing = 0;

  add(error: number): void {
    if (Number.isFinite(error)) this.worst = Math.max(this.worst, error);
    else this.missing++;
  }

  text(unit: string): string {
    return `worst ${round(this.worst)} ${unit}${this.missing === 0 ? '' : `, ${this.missing} without a figure`}`;
  }
}

export function caseName(line: AudioFormat, ...what: readonly (string | number)[]): string {
  return [formatName(line), ...what].join(' ');
}

export function show(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'number' ? String(round(value)) : String(value);
}

function round(value: number): number {
  return Number(value.toFixed(Math.abs(value) < 1 ? 3 : 2));
}
