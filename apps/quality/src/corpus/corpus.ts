import type { Bench } from './bench.js';
import type { Row, RowResult } from './row.js';
import { clippingRow } from './rows/clipping.row.js';
import { dropoutRow, falseDropoutRow } from './rows/dropouts.row.js';
import { echoRow } from './rows/echo.row.js';
import { formatRow, goodFormatRow } from './rows/format.row.js';
import { hourRow } from './rows/hour.row.js';
import { bandwidthRow, dcRow, humRow, levelRow } from './rows/levels.rows.js';
import { quietRow } from './rows/quiet.row.js';
import { rankingRow } from './rows/ranking.row.js';
import { noSpeechRow, snrRow } from './rows/snr.row.js';
import { noThdRow, thdRow } from './rows/thd.row.js';
import { tonesRow } from './rows/tones.row.js';

/** Every promise about the figures, by a short name. */
export const ROWS: Readonly<Record<string, Row>> = {
  snr: snrRow,
  'no-snr': noSpeechRow,
  thd: thdRow,
  'no-thd': noThdRow,
  clipping: clippingRow,
  level: levelRow,
  dc: dcRow,
  hum: humRow,
  bandwidth: bandwidthRow,
  dropouts: dropoutRow,
  'false-dropouts': falseDropoutRow,
  format: formatRow,
  'good-format': goodFormatRow,
  echo: echoRow,
  ranking: rankingRow,
  hour: hourRow,
  tones: tonesRow,
  quiet: quietRow,
};

/** Measures the rows of these names, in their order. */
export function* measureRows(names: readonly string[], bench: Bench): Generator<RowResult> {
  for (const name of names) yield ROWS[name]!(bench);
}
