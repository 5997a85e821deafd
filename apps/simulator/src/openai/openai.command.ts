import { Command, InvalidArgumentError } from 'commander';
import { number } from '../cli/parse-values.js';
import { FAULTS, type Fault, parseFault } from './faults.js';
import type { AnswerMode } from './options.js';
import { type OpenAiSim, startOpenAiSim } from './server.js';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly key?: string;
  readonly answer: AnswerMode;
  readonly speed: number;
  readonly delta: number;
  readonly think: number;
  readonly limit: number;
  readonly strange: number;
  readonly compat?: true;
  readonly fault: readonly Fault[];
}

/** `npm run sim -- openai …`: be the AI until the process is interrupted. Exits with 1 when a client broke a rule. */
export function openaiCommand(): Command {
  return new Command('openai')
    .description(
      'A strict server of the OpenAI Realtime API (GA): point OPENAI_REALTIME_URL at it, no key needed.',
    )
    .option('--port <port>', 'port to listen on', number, 8090)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--key <key>', 'the one API key that is let in (default: any)')
    .option('--answer <mode>', 'speech | echo | tone | tone:<hz>:<ms>', answerMode, 'speech')
    .option(
      '--speed <factor>',
      'how many times faster than real time sound is made; 0: all at once',
      speed,
      5,
    )
    .option('--delta <ms>', 'sound in one delta', number, 130)
    .option('--think <ms>', 'from the start of a response to its first content', number, 300)
    .option('--limit <s>', 'longest session, in seconds', number, 3600)
    .option(
      '--strange <share>',
      'share (0 ... 1) of events with unknown fields or unknown neighbours',
      number,
      0,
    )
    .option('--compat', 'speak like "OpenAI-compatible" servers: beta names, no usage')
    .option('--fault <fault>', 'kind[=value][*times]; may be repeated, "*" alone: always', faults, [])
    .addHelpText('after', faultList())
    .action(async (flags: Flags) => {
      const sim = await startOpenAiSim({
        port: flags.port,
        host: flags.host,
        answer: flags.answer,
        speed: flags.speed,
        deltaMs: flags.delta,
        thinkMs: flags.think,
        sessionLimitMs: flags.limit * 1000,
        strange: flags.strange,
        compat: flags.compat ?? false,
        faults: flags.fault,
        keepSound: false,
        ...(flags.key === undefined ? {} : { apiKey: flags.key }),
      });
      process.stdout.write(
        `OpenAI Realtime simulator\n\n  OPENAI_REALTIME_URL=${sim.url}\n  OPENAI_TEXT_URL=${sim.textUrl}\n  OPENAI_API_KEY=${flags.key ?? 'any'}\n\n`,
      );
      await interrupted();
      await sim.close();
      process.stdout.write(summary(sim));
      if (sim.breaches.some((breach) => breach.kind === 'refused')) process.exitCode = 1;
    });
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function summary({ sessions, breaches }: OpenAiSim): string {
  const lines = breaches.map(
    ({ kind, code, message, eventType }) =>
      `  ${kind}: ${eventType ?? 'frame'}: ${code ?? 'no code'}: ${message}`,
  );
  return [`${sessions.length} sessions, ${breaches.length} breaches`, ...new Set(lines), ''].join('\n');
}

function speed(text: string): number {
  const factor = number(text);
  return factor === 0 ? Number.POSITIVE_INFINITY : factor;
}

function answerMode(text: string): AnswerMode {
  if (text === 'speech' || text === 'echo' || text === 'tone') return text;
  const [kind, hz, ms, ...rest] = text.split(':');
  if (kind !== 'tone' || hz === undefined || ms === undefined || rest.length > 0) {
    throw new InvalidArgumentError('One of speech, echo, tone, tone:<hz>:<ms>.');
  }
  return { hz: number(hz), ms: number(ms) };
}

function faults(text: string, before: readonly Fault[]): readonly Fault[] {
  try {
    return [...before, parseFault(text)];
  } catch (thrown) {
    throw new InvalidArgumentError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function faultList(): string {
  const lines = Object.entries(FAULTS).map(
    ([kind, { fallback, meaning }]) => `  ${kind.padEnd(20)} ${meaning} (default ${fallback})`,
  );
  return ['', 'Faults:', ...lines, ''].join('\n');
}
