import { runQuality } from './files/quality.command.js';

process.exitCode = runQuality(
  process.argv.slice(2),
  (text) => process.stdout.write(text),
  (text) => process.stderr.write(text),
);
