// The load benchmark: npm run bench. How it measures stands in README.md beside this file.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BenchSite } from './bench-site.mjs';
import { bargeIn } from './figure.barge-in.mjs';
import { audioCodesCpu, twilioCpu } from './figure.cpu.mjs';
import { idle } from './figure.idle.mjs';
import { latency } from './figure.latency.mjs';
import { memory } from './figure.memory.mjs';

const FIGURES = { twilio: twilioCpu, audiocodes: audioCodesCpu, latency, memory, 'barge-in': bargeIn, idle };
const FULL = {
  calls: 100,
  seconds: 5,
  rounds: 3,
  memorySteps: [20, 70, 120, 170, 220],
  bargeInSeconds: 12,
  idleCalls: 1000,
};
const QUICK = {
  calls: 50,
  seconds: 2,
  rounds: 2,
  memorySteps: [20, 60, 100],
  bargeInSeconds: 5,
  idleCalls: 200,
};
const HELP = `npm run bench -- [options]

  --only NAME      one figure: ${Object.keys(FIGURES).join(', ')} (may be given several times)
  --calls N        calls at once (${FULL.calls})
  --seconds N      length of one measurement (${FULL.seconds})
  --quick          fewer and shorter measurements: to see that it runs, not for figures
  --json           one JSON object instead of the table
`;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    calls: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function number(flag, smallest) {
  const value = Number(flags[flag]);
  if (!(value >= smallest)) stop(`--${flag} must be a number of at least ${smallest}.`);
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

const options = { ...(flags.quick ? QUICK : FULL) };
if (flags.calls !== undefined) options.calls = number('calls', 1);
if (flags.seconds !== undefined) options.seconds = number('seconds', 1);
const names = flags.only.length > 0 ? flags.only : Object.keys(FIGURES);

const machine = { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' };
const tell = (text) => (flags.json ? undefined : process.stdout.write(text));
tell(`Node ${machine.node}, ${machine.cores} cores, ${machine.cpu}\n`);
const results = [];
const site = new BenchSite();
try {
  for (const name of names) {
    tell(`measuring: ${name} …\n`);
    results.push(...(await FIGURES[name](site, options)));
  }
} finally {
  await site.close();
}
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
