import type { Line } from './both-sides.js';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What was said, in order, each with what is known of it. */
export function sayLines(lines: readonly Line[]): void {
  for (const line of lines) {
    say(`  ${seconds(line.atMs)}  ${line.speaker.padEnd(6)}  "${line.words}"${line.good ? '' : '  <-- BAD'}`);
    say(`${' '.repeat(19)}${line.details.join('; ')}`);
  }
}

export interface Finding {
  readonly about: string;
  readonly words: string;
  readonly good: boolean;
}

export function sayFindings(findings: readonly Finding[]): void {
  for (const { about, words, good } of findings)
    say(`  ${about.padEnd(10)} ${words}${good ? '' : '  <-- BAD'}`);
}

function seconds(atMs: number): string {
  return `${(atMs / 1000).toFixed(1).padStart(5)} s`;
}
