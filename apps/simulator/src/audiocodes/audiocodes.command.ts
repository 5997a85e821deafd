import { Command } from 'commander';
import { addCallFlags, type CallFlags, lineOptionsOf, runCalls } from '../cli/call-flags.js';
import { number, oneOf, pair } from '../cli/parse-values.js';
import { placeAudioCodesCall } from './audiocodes-call.js';
import { checkAudioCodesBot } from './bot-check.js';

interface Flags extends CallFlags {
  readonly token?: string;
  readonly offer?: string;
  readonly bargeIn: boolean;
  readonly dtmfName: 'DTMF' | 'dtmf';
  readonly chunks: number | 'irregular';
  readonly caller?: string;
  readonly callee?: string;
  readonly parameter: Readonly<Record<string, string>>;
  readonly resume: boolean;
  readonly resumeAfter: number;
  readonly transfer?: 'answered' | 'failed' | 'none';
  readonly transferRings: number;
  readonly junk?: true;
  readonly validate?: true;
}

/** `npm run sim -- audiocodes URL …`: place calls as AudioCodes does. */
export function audiocodesCommand(): Command {
  const { command, steps } = addCallFlags(
    new Command('audiocodes')
      .description(
        'Place calls as AudioCodes VoiceAI Connect does, or check a bot as its validate button does.',
      )
      .argument('[url]', 'the bot URL', 'ws://127.0.0.1:3000/audiocodes')
      .option('--validate', 'check the connection only, by socket and by HTTP')
      .option('--token <token>', 'bearer token (default: AUDIOCODES_TOKEN)')
      .option('--offer <formats>', 'supportedMediaFormats, separated by commas, best first')
      .option('--no-barge-in', 'the platform does not listen while the bot speaks')
      .option('--dtmf-name <name>', 'DTMF or dtmf', oneOf('DTMF', 'dtmf'), 'DTMF')
      .option('--chunks <ms>', 'length of the caller\'s chunks, or "irregular"', chunks, 20)
      .option('--caller <number>', 'the caller')
      .option('--callee <number>', 'the number that is called')
      .option('--parameter <name=value>', 'extra parameter of the start activity; may be repeated', pair, {})
      .option('--no-resume', 'do not come back after a lost socket')
      .option('--resume-after <ms>', 'how soon to come back', number, 200)
      .option('--transfer <outcome>', 'answered, failed or none', oneOf('answered', 'failed', 'none'))
      .option('--transfer-rings <ms>', 'how long the other side of a transfer rings', number, 0)
      .option('--junk', 'strew in broken and unknown messages'),
  );
  return command.action(async (url: string, flags: Flags) => {
    // Read here and not as the option's default, which --help prints.
    const token = flags.token ?? process.env.AUDIOCODES_TOKEN ?? null;
    if (flags.validate) {
      await validate(url, token);
      return;
    }
    await runCalls(flags, () =>
      placeAudioCodesCall({
        ...lineOptionsOf(flags, steps),
        url,
        token,
        ...(flags.offer && { offer: flags.offer.split(',') }),
        bargeIn: flags.bargeIn,
        dtmfName: flags.dtmfName,
        chunks: flags.chunks,
        ...(flags.caller && { caller: flags.caller }),
        ...(flags.callee && { callee: flags.callee }),
        startParameters: flags.parameter,
        resume: flags.resume ? { attempts: 3, afterMs: flags.resumeAfter } : null,
        ...(flags.transfer && { transferResult: flags.transfer }),
        transferRingsMs: flags.transferRings,
        ...(flags.junk && { junk: true }),
      }),
    );
  });
}

async function validate(url: string, token: string | null): Promise<void> {
  const { socket, http } = await checkAudioCodesBot({ url, token });
  const line = (name: string, wrong: string | null) => `  ${name.padEnd(8)} ${wrong ?? 'good'}\n`;
  process.stdout.write(`${url}\n${line('socket', socket)}${line('HTTP', http)}`);
  if (socket !== null || http !== null) process.exitCode = 1;
}

function chunks(text: string): number | 'irregular' {
  return text === 'irregular' ? text : number(text);
}
