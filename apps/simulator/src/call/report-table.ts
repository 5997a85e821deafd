import type { CallReport } from './call-report.js';

/** More calls than this are summed up; only those that went wrong are listed. */
const LISTED_CALLS = 10;

interface Column {
  readonly title: string;
  readonly cell: (report: CallReport) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'call', cell: (report) => `${report.platform} ${report.callId.slice(0, 10)}` },
  { title: 'end', cell: (report) => report.outcome },
  { title: 'up after', cell: (report) => ms(report.connectMs) },
  { title: 'first heard', cell: (report) => ms(report.firstHeardMs) },
  { title: 'lasted', cell: (report) => `${(report.durationMs / 1000).toFixed(1)} s` },
  {
    title: 'turns',
    cell: (report) => report.turns.map((turn) => ms(turn.answerHeardAfterMs)).join(' ') || '-',
  },
  {
    title: 'barge-ins',
    cell: (report) => report.bargeIns.map((one) => ms(one.afterCallerStartedMs)).join(' ') || '-',
  },
  { title: 'agent heard', cell: (report) => `${(report.agent.playedMs / 1000).toFixed(1)} s` },
  {
    title: 'level',
    cell: (report) => (report.agent.levelDbfs === null ? '-' : `${report.agent.levelDbfs.toFixed(1)} dBFS`),
  },
  { title: 'gaps', cell: (report) => String(report.agent.gaps.length) },
  { title: 'breaches', cell: (report) => String(report.breaches.length) },
  { title: '', cell: (report) => (report.ok ? 'good' : 'BAD') },
];

/** For people: a line for each call, what went wrong, and percentiles where there are many. */
export function describeCalls(reports: readonly CallReport[]): string {
  const listed =
    reports.length <= LISTED_CALLS ? reports : reports.filter((report) => !report.ok).slice(0, LISTED_CALLS);
  const parts = [listed.length > 0 ? table(listed) : '', ...listed.map(troubles)];
  if (reports.length > LISTED_CALLS) parts.push(summary(reports));
  return parts.filter((part) => part !== '').join('\n');
}

function table(reports: readonly CallReport[]): string {
  const rows = [
    COLUMNS.map((column) => column.title),
    ...reports.map((report) => COLUMNS.map((column) => column.cell(report))),
  ];
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function troubles(report: CallReport): string {
  const lines = [
    ...report.breaches.map(
      ({ code, message, count, atMs }) => `  breach ${code} at ${ms(atMs)}: ${message}${times(count)}`,
    ),
    ...report.failures.map((failure) => `  failed: ${failure}`),
    ...report.platformSaid.map((text) => `  the platform said: ${text}`),
    ...report.notes.map((note) => `  note: ${note}`),
  ];
  return lines.length === 0 ? '' : [`${report.platform} ${report.callId}`, ...lines].join('\n');
}

function summary(reports: readonly CallReport[]): string {
  const good = reports.filter((report) => report.ok).length;
  const lines = [
    `${reports.length} calls, ${good} good, ${reports.length - good} bad`,
    spread(
      'up after',
      reports.map((report) => report.connectMs),
    ),
    spread(
      'first heard',
      reports.map((report) => report.firstHeardMs),
    ),
    spread(
      'turn, answer arrived',
      reports.flatMap((report) => report.turns.map((turn) => turn.answerArrivedAfterMs)),
    ),
    spread(
      'turn, answer heard',
      reports.flatMap((report) => report.turns.map((turn) => turn.answerHeardAfterMs)),
    ),
    spread(
      'barge-in',
      reports.flatMap((report) => report.bargeIns.map((one) => one.afterCallerStartedMs)),
    ),
    spread(
      'gap',
      reports.flatMap((report) => report.agent.gaps.map((gap) => gap.durationMs)),
    ),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function spread(title: string, values: readonly (number | null)[]): string {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return '';
  const at = (share: number) => ms(percentile(sorted, share));
  return `  ${title.padEnd(22)} n ${sorted.length}, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

/** The smallest value that at least `share` of them do not exceed. `sorted` must not be empty. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

function ms(value: number | null): string {
  return value === null ? '-' : `${Math.round(value)} ms`;
}

function times(count: number): string {
  return count === 1 ? '' : ` (${count} times)`;
}
