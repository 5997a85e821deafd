import type { QualityRecord } from './measure-file.js';

interface Column {
  readonly title: string;
  readonly cell: (record: QualityRecord) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'file', cell: ({ file }) => file },
  { title: 'channel', cell: ({ channel }) => String(channel) },
  {
    title: 'sound',
    cell: ({ durationMs, sampleRate }) => `${(durationMs / 1000).toFixed(1)} s at ${sampleRate / 1000} kHz`,
  },
  { title: 'speech', cell: ({ speechMs }) => `${(speechMs / 1000).toFixed(1)} s` },
  { title: 'SNR', cell: ({ snrDb }) => shown(snrDb, 0, ' dB') },
  { title: 'level', cell: ({ levelDbov }) => shown(levelDbov, 0, ' dBov') },
  { title: 'clipped', cell: ({ clippingPercent }) => shown(clippingPercent, 2, ' %') },
  { title: 'THD', cell: ({ thdPercent }) => shown(thdPercent, 1, ' %') },
  { title: 'hum', cell: ({ humDb }) => shown(humDb, 0, ' dB') },
  {
    title: 'band',
    cell: ({ bandwidthHz }) => (bandwidthHz === null ? '-' : shown(bandwidthHz / 1000, 1, ' kHz')),
  },
  { title: 'drop-outs', cell: ({ dropouts }) => String(dropouts.length) },
  { title: 'MOS', cell: ({ mos }) => shown(mos, 1, '') },
  { title: 'score', cell: ({ score }) => shown(score, 0, '') },
  { title: '', cell: ({ reasons, score }) => reasons.join('; ') || (score === null ? '' : 'good') },
];

/** For people: a line for each channel, with what is wrong in words, worst first. */
export function describeRecords(records: readonly QualityRecord[]): string {
  const rows = [
    COLUMNS.map(({ title }) => title),
    ...records.map((record) => COLUMNS.map(({ cell }) => cell(record))),
  ];
  const widths = COLUMNS.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(value: number | null, digits: number, unit: string): string {
  return value === null ? '-' : `${value.toFixed(digits)}${unit}`;
}
