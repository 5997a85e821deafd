import type { Command } from 'commander';
import type { CallOutcome, CallReport } from '../call/call-report.js';
import type { Caller, CallScript } from '../call/caller.js';
import type { LineOptions } from '../call/caller-line.js';
import { placeCrowd } from '../call/crowd.js';
import type { PlacedCall } from '../call/placed-call.js';
import { describeCalls } from '../call/report-table.js';
import { shippedSpeech } from '../call/speech.js';
import { addFaultFlags, type FaultFlags, faultsOf } from './fault-flags.js';
import { number, oneOf, speech } from './parse-values.js';

/** Flags that calls on every platform have in common. */
export interface CallFlags extends FaultFlags {
  readonly greeting: boolean;
  readonly repeat: number;
  readonly calls: number;
  readonly ramp: number;
  readonly patience: number;
  readonly expect?: CallOutcome;
  readonly out?: string;
  readonly json?: true;
}

interface Step {
  /** Who wants to be heard waits for the agent to finish; interruptions and keys do not. */
  readonly waits: boolean;
  readonly run: (caller: Caller) => Promise<void>;
}

const OUTCOMES: readonly CallOutcome[] = [
  'caller-hung-up',
  'agent-hung-up',
  'transferred',
  'refused',
  'lost',
  'failed',
];

/** Adds the flags to a command. What the caller does is the flags that say so, in their order on the command line. */
export function addCallFlags(command: Command): {
  readonly command: Command;
  readonly steps: readonly Step[];
} {
  const steps: Step[] = [];
  const step = <T>(
    read: (text: string) => T,
    act: (caller: Caller, value: T) => Promise<void>,
    waits = false,
  ) => {
    return (text: string): true => {
      const value = read(text);
      steps.push({ waits, run: (caller) => act(caller, value) });
      return true;
    };
  };
  command
    .option(
      '--say <wav>',
      'when the agent has finished, say this (a WAV file or shipped speech); may be repeated',
      step(speech, (caller, what) => caller.say(what), true),
    )
    .option(
      '--interrupt <ms:wav>',
      'when the agent has been heard for so long, say this over it; may be repeated',
      step(interruption, (caller, { afterMs, what }) => caller.interrupt(afterMs, what)),
    )
    .option(
      '--press <keys>',
      'press these keys; may be repeated',
      step(String, (caller, keys) => caller.press(keys)),
    )
    .option(
      '--pause <ms>',
      'be silent for so long; may be repeated',
      step(number, (caller, durationMs) => caller.pause(durationMs)),
    )
    .option('--no-greeting', 'do not wait for the agent to speak first')
    .option('--repeat <times>', 'do all this so many times', number, 1)
    .option('--calls <n>', 'calls at once', number, 1)
    .option('--ramp <ms>', 'begin the calls over this time', number, 0);
  addFaultFlags(command)
    .option('--patience <ms>', 'how long to wait for the agent', number, 15_000)
    .option('--expect <outcome>', `how calls have to end: ${OUTCOMES.join(', ')}`, oneOf(...OUTCOMES))
    .option('--out <dir>', 'leave a WAV file of each call: caller left, agent right')
    .option('--json', 'print the reports as one JSON array');
  return { command, steps };
}

/** What the flags mean for each line. */
export function lineOptionsOf(
  flags: CallFlags,
  steps: readonly Step[],
): LineOptions & { readonly expect?: CallOutcome } {
  return {
    script: scriptOf(flags, steps),
    patienceMs: flags.patience,
    record: flags.out !== undefined,
    faults: faultsOf(flags),
    ...(flags.expect && { expect: flags.expect }),
  };
}

/** Places the calls, prints what became of them, and makes the process fail if one was not good. */
export async function runCalls(flags: CallFlags, place: (index: number) => PlacedCall): Promise<void> {
  const reports = await placeCrowd(
    {
      calls: flags.calls,
      rampMs: flags.ramp,
      onEnded: async (report, _index, call) => {
        if (flags.out !== undefined && report.lineUpAt !== null) {
          await call.writeRecording(flags.out, `${report.platform}-${report.callId}`);
        }
      },
    },
    place,
  );
  process.stdout.write(flags.json ? `${JSON.stringify(reports, null, 2)}\n` : `${describeCalls(reports)}\n`);
  if (reports.some((report: CallReport) => !report.ok)) process.exitCode = 1;
}

function scriptOf(flags: CallFlags, steps: readonly Step[]): CallScript {
  const said = steps.length > 0 ? steps : USUAL_STEPS;
  return async (caller) => {
    for (let round = 0; round < flags.repeat; round++) {
      for (const [index, step] of said.entries()) {
        const first = round === 0 && index === 0;
        if (step.waits && (flags.greeting || !first)) await caller.listen();
        await step.run(caller);
      }
    }
    await caller.listen();
  };
}

const USUAL_STEPS: readonly Step[] = [
  { waits: true, run: (caller) => caller.say(shippedSpeech('caller-hours')) },
  { waits: true, run: (caller) => caller.say(shippedSpeech('caller-bye')) },
];

function interruption(text: string): { readonly afterMs: number; readonly what: ReturnType<typeof speech> } {
  const at = text.indexOf(':');
  return { afterMs: number(text.slice(0, at)), what: speech(text.slice(at + 1)) };
}
