import type { RowResult } from './row.js';

const BEGIN = '<!-- corpus:begin -->';
const END = '<!-- corpus:end -->';

const TITLES = ['figure', 'required', 'achieved', 'cases', ''];

/** A Markdown table that reads well as text too. */
export function tableOf(rows: readonly RowResult[]): string {
  const cells = rows.map((row) => [row.figure, row.required, row.achieved, String(row.cases), verdict(row)]);
  const widths = TITLES.map((title, c) => Math.max(title.length, ...cells.map((line) => line[c]!.length)));
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, c) => text.padEnd(widths[c]!)).join(' | ')} |`;
  return [
    line(TITLES),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...cells.map(line),
  ].join('\n');
}

function verdict({ misses }: RowResult): string {
  return misses.length === 0 ? 'pass' : `FAIL (${misses.length} missed)`;
}

/** The text with the table between its markers renewed. Throws where there are no markers. */
export function withTable(text: string, table: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The README has no ${BEGIN} and ${END} for the table.`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${text.slice(end)}`;
}

/** Each case that was not as it must be, for those who mend the monitor. */
export function missesOf(rows: readonly RowResult[]): string {
  return rows
    .filter(({ misses }) => misses.length > 0)
    .map(({ figure, misses }) =>
      [
        `${figure}:`,
        ...misses.map((miss) => `  ${miss.case}: required ${miss.required}, measured ${miss.measured}`),
      ].join('\n'),
    )
    .join('\n');
}
