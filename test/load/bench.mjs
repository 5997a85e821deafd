// The load benchmark: npm run bench. How it measures stands in README.md beside this file.
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BenchSite } from './bench-site.mjs';
import { bargeIn } from './figure.barge-in.mjs';
import { audioCodesCpu, twilioCpu } from './figure.cpu.mjs';
import { idle } from './figure.idle.mjs';
import { latency } from './figure.latency.mjs';
import { memory } from './figure.memory.mjs';
import { MOST_NUMBERS } from './sound.mjs';

const FIGURES = { twilio: twilioCpu, audiocodes: audioCodesCpu, latency, memory, 'barge-in': bargeIn, idle };
const FULL = {
  calls: 100,
  seconds: 3,
  rounds: 4,
  deltaMs: 20,
  memorySteps: [20, 45, 70, 95, 120],
  bargeInSeconds: 12,
  idleCalls: 1000,
};
const QUICK = {
  calls: 50,
  seconds: 2,
  rounds: 2,
  deltaMs: 20,
  memorySteps: [20, 45, 70],
  bargeInSeconds: 5,
  idleCalls: 200,
};
const HELP = `npm run bench -- [options]

  --only NAME      one figure: ${Object.keys(FIGURES).join(', ')} (may be given several times)
  --calls N        calls at once (${FULL.calls})
  --seconds N      length of one measurement (${FULL.seconds})
  --delta MS       sound in one message of the AI, a multiple of 20 (${FULL.deltaMs}); for the CPU figures
  --profile DIR    also write V8 CPU profiles of the processes under test; with the CPU figures
  --quick          fewer and shorter measurements: to see that it runs, not for figures
  --json           one JSON object instead of the table
`;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    calls: { type: 'string' },
    seconds: { type: 'string' },
    delta: { type: 'string' },
    profile: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function number(flag, smallest, largest) {
  const value = Number(flags[flag]);
  if (!(value >= smallest && value <= largest)) stop(`--${flag} must be from ${smallest} to ${largest}.`);
  return value;
}

function stop(text) {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function table(rows) {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

if (flags.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = flags.only.find((name) => FIGURES[name] === undefined);
if (unknown !== undefined) stop(`There is no figure named ${unknown}.\n\n${HELP}`);

const options = { ...(flags.quick ? QUICK : FULL), profileDir: flags.profile ?? null };
if (options.profileDir !== null) mkdirSync(options.profileDir, { recursive: true });
if (flags.calls !== undefined) options.calls = number('calls', 1, MOST_NUMBERS);
if (flags.seconds !== undefined) options.seconds = number('seconds', 1, 60);
if (flags.delta !== undefined) options.deltaMs = Math.round(number('delta', 20, 1000) / 20) * 20;
const names = flags.only.length > 0 ? flags.only : Object.keys(FIGURES);

const machine = { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' };
const tell = (text) => (flags.json ? undefined : process.stdout.write(text));
tell(`Node ${machine.node}, ${machine.cores} cores, ${machine.cpu}\n`);
const results = [];
let site = new BenchSite();
for (const name of names) {
  tell(`measuring: ${name} …\n`);
  try {
    results.push(...(await FIGURES[name](site, options)));
  } catch (thrown) {
    results.push({ figure: name, asked: '', measured: 'failed', ok: false, detail: thrown.message });
    // Calls may be left over, and a process may be gone.
    await site.close();
    site = new BenchSite();
  }
}
await site.close();
if (flags.json) {
  process.stdout.write(`${JSON.stringify({ machine, options, figures: results }, null, 2)}\n`);
} else {
  const rows = results.map(({ figure, asked, measured, ok, detail }) => [
    figure,
    asked,
    measured,
    ok ? 'met' : 'MISSED',
    detail,
  ]);
  tell(`\n${table([['figure', 'asked', 'measured', 'verdict', 'in detail'], ...rows])}\n`);
}
