import { type Command, InvalidArgumentError } from 'commander';
import type { EchoFault } from '../call/echo-path.js';
import { FORMAT_FAULTS, type FormatFault } from '../call/format-faults.js';
import type { LineFaults } from '../call/line-faults.js';
import { NOISE_KINDS, type NoiseKind, type ToneFault } from '../call/noises.js';
import { number, oneOf, parts, signed, span } from './parse-values.js';

interface Span {
  readonly atMs: number;
  readonly durationMs: number;
}

/** What may be wrong with the caller's line. */
export interface FaultFlags {
  readonly loss: number;
  readonly jitter: number;
  readonly late?: { readonly everyFrames: number; readonly byMs: number };
  readonly reorder: number;
  readonly dtx?: true;
  readonly gap: readonly Span[];
  readonly cut?: number;
  readonly slowReader?: Span;
  readonly tone?: ToneFault;
  readonly clip?: number;
  readonly echo?: EchoFault;
  readonly noise?: { readonly noiseSnrDb: number; readonly noiseKind?: NoiseKind };
  readonly hum?: { readonly humDb: number; readonly humHz?: 50 | 60 };
  readonly bandwidth?: number;
  readonly gain?: number;
  readonly dcOffset?: number;
  readonly muteEvery?: number;
  readonly repeatEvery?: number;
  readonly clickEvery?: number;
  readonly formatFault?: FormatFault;
  readonly seed: number;
}

export function addFaultFlags(command: Command): Command {
  return command
    .option('--loss <percent>', "share of the caller's frames that is lost", number, 0)
    .option('--jitter <ms>', "the caller's frames come up to this much late, in bunches", number, 0)
    .option('--late <n:ms>', 'each n-th frame is held up for so long, and those behind it wait', late)
    .option('--reorder <percent>', 'share of frames that come behind the one that follows them', number, 0)
    .option('--dtx', 'send nothing while the caller is silent')
    .option(
      '--gap <at:ms>',
      'send nothing at all for a while; may be repeated',
      (text, before: object[]) => [...before, span(text)],
      [],
    )
    .option('--cut <ms>', 'tear the socket away at this time', number)
    .option('--slow-reader <at:ms>', 'stop reading the socket for a while', span)
    .option('--tone <hz:percent>', 'a steady tone with so much distortion (THD) in place of speech', tone)
    .option('--clip <percent>', "share of the speech's samples that is cut off", number)
    .option('--echo <ms:db>', "the agent's voice comes back so late and so loud: 200:-20", echo)
    .option('--noise <db:kind>', `noise so far below the speech: ${NOISE_KINDS.join(', ')}`, noise)
    .option('--hum <db:hz>', 'mains hum so far below the speech, of 50 or 60 Hz', hum)
    .option('--bandwidth <hz>', 'nothing above this frequency', number)
    .option('--gain <db>', 'louder by so much, or softer', signed)
    .option('--dc-offset <ratio>', 'of full scale, -1 to 1', signed)
    .option('--mute-every <ms>', '20 ms are muted each time this has passed', number)
    .option('--repeat-every <ms>', '20 ms are repeated each time this has passed', number)
    .option('--click-every <ms>', 'a click each time this has passed', number)
    .option(
      '--format-fault <which>',
      `the bytes are not what they should be: ${FORMAT_FAULTS.join(', ')}`,
      oneOf(...FORMAT_FAULTS),
    )
    .option('--seed <n>', 'of losses, jitter, order and noise', number, 1);
}

export function faultsOf(flags: FaultFlags): LineFaults {
  return {
    lossPercent: flags.loss,
    jitterMs: flags.jitter,
    late: flags.late,
    reorderPercent: flags.reorder,
    dtx: flags.dtx,
    gaps: flags.gap,
    cutAtMs: flags.cut,
    slowReader: flags.slowReader,
    tone: flags.tone,
    clipPercent: flags.clip,
    echo: flags.echo,
    ...flags.noise,
    ...flags.hum,
    bandwidthHz: flags.bandwidth,
    gainDb: flags.gain,
    dcOffset: flags.dcOffset,
    muteEveryMs: flags.muteEvery,
    repeatEveryMs: flags.repeatEvery,
    clickEveryMs: flags.clickEvery,
    formatFault: flags.formatFault,
    seed: flags.seed,
  };
}

function late(text: string): FaultFlags['late'] {
  const [everyFrames, byMs] = parts(text, number, number);
  if (byMs === undefined || everyFrames < 1) throw new InvalidArgumentError('Give N:MILLISECONDS.');
  return { everyFrames, byMs };
}

function tone(text: string): ToneFault {
  const [hz, thdPercent] = parts(text, number, number);
  return { hz, thdPercent };
}

function echo(text: string): EchoFault {
  const [delayMs, levelDb] = parts(text, number, signed);
  if (levelDb === undefined) throw new InvalidArgumentError('Give MILLISECONDS:DECIBELS.');
  return { delayMs, levelDb };
}

function noise(text: string): FaultFlags['noise'] {
  const [noiseSnrDb, noiseKind] = parts(text, signed, oneOf(...NOISE_KINDS));
  return { noiseSnrDb, noiseKind };
}

function hum(text: string): FaultFlags['hum'] {
  const [humDb, hz] = parts(text, signed, oneOf('50', '60'));
  return { humDb, humHz: hz === '60' ? 60 : 50 };
}
