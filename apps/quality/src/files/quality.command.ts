import { Command, CommanderError } from 'commander';
import { GatewayError } from '#libs/contracts';
import { measureFile, type QualityRecord } from './measure-file.js';
import { describeRecords } from './record-table.js';

/** A file could not be measured, or the command was not understood. */
const FAILED = 2;

/**
 * `npm run quality -- FILE.wav … [--json]`. Measures every file that can be measured; the others are named on `err`.
 * Returns the exit code: 0, or 2 if a file could not be measured.
 */
export function runQuality(
  argv: readonly string[],
  out: (text: string) => void,
  err: (text: string) => void,
): number {
  const command = new Command('npm run quality --')
    .description('Measures the sound of WAV files: what is wrong with it, in words.')
    .argument('<files...>', 'WAV files of PCM, float or G.711, 8 to 48 kHz; of stereo, left is the caller')
    .option('--json', 'print one JSON array with a record for each channel')
    .addHelpText('after', '\nExit code 2: a file could not be measured.')
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
    throw error;
  }
  const { json } = command.opts<{ readonly json?: true }>();
  const records: QualityRecord[] = [];
  let failed = false;
  for (const file of command.args) {
    try {
      records.push(...measureFile(file));
    } catch (error) {
      failed = true;
      err(`${file}: ${wordsOf(error)}\n`);
    }
  }
  if (json) out(`${JSON.stringify(records, null, 2)}\n`);
  else if (records.length > 0) out(`${describeRecords(records)}\n`);
  return failed ? FAILED : 0;
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EISDIR: 'This is a folder, not a file.',
  EACCES: 'The file may not be read.',
};

/** Throws what is neither the file's nor the file system's fault. */
function wordsOf(error: unknown): string {
  if (error instanceof GatewayError) return error.advice ? `${error.message} ${error.advice}` : error.message;
  if (isSystemError(error)) return SYSTEM_ERRORS[error.code ?? ''] ?? error.message;
  throw error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
