import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { bytesFromSamples, writeWav } from '#libs/audio';
import { repositoryFile } from '../repository-file.js';
import { Bench, type Listener } from './bench.js';
import { measureRows, ROWS } from './corpus.js';
import type { RowResult } from './row.js';
import { missesOf, tableOf, withTable } from './table.js';

interface Flags {
  readonly write?: true;
  readonly wav?: string;
  readonly misses?: true;
  readonly json?: true;
}

/** `npm run quality:corpus -- [row …]`: what the monitor promises, beside what it achieves. */
export function corpusCommand(out: (text: string) => void): Command {
  return new Command('npm run quality:corpus --')
    .description('Measures the labelled corpus and prints what is required beside what is achieved.')
    .argument('[rows...]', `only these: ${Object.keys(ROWS).join(', ')}`)
    .option('--write', "put the table into the library's README")
    .option('--wav <dir>', 'leave the sound of every case as a WAV file')
    .option('--misses', 'list every case that was missed')
    .option('--json', 'print the rows as one JSON array instead of the table')
    .action((names: readonly string[], flags: Flags, command: Command) => {
      const unknown = names.find((name) => !(name in ROWS));
      if (unknown !== undefined) command.error(`error: there is no row "${unknown}".`);
      if (flags.write && names.length > 0) command.error('error: --write needs all rows.');
      const bench = new Bench(flags.wav === undefined ? null : wavWriter(flags.wav));
      const rows: RowResult[] = [...measureRows(names.length > 0 ? names : Object.keys(ROWS), bench)];
      const table = tableOf(rows);
      if (flags.json) {
        out(`${JSON.stringify(rows)}\n`);
        return;
      }
      if (flags.misses) out(`${missesOf(rows)}\n`);
      out(`${table}\n\n${(bench.seconds / 3600).toFixed(1)} hours of sound\n`);
      if (flags.write) {
        const readme = repositoryFile('libs/observers/quality/README.md');
        writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table));
      }
      if (rows.some(({ misses }) => misses.length > 0)) process.exitCode = 1;
    });
}

/** PCM, since the monitor gets G.711 decoded. */
function wavWriter(folder: string): Listener {
  mkdirSync(folder, { recursive: true });
  return (name, line, samples) => {
    const file = `${name.replace(/[^\p{L}\p{N}.%-]+/gu, '_')}.wav`;
    const format = { encoding: 'pcm16' as const, sampleRate: line.sampleRate };
    writeFileSync(join(folder, file), writeWav(format, 1, bytesFromSamples(samples)));
  };
}
