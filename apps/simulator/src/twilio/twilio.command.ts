import { once } from 'node:events';
import { Command } from 'commander';
import type { LineOptions } from '../call/caller-line.js';
import { describeCalls } from '../call/report-table.js';
import { addCallFlags, type CallFlags, lineOptionsOf, runCalls } from '../cli/call-flags.js';
import { number, oneOf, pair } from '../cli/parse-values.js';
import { type DiallingOptions, startTwilioApi, type TwilioApi } from './twilio-api.js';
import { placeTwilioCall } from './twilio-call.js';
import type { CalleeScript } from './twilio-options.js';
import type { SignatureVariant } from './twilio-signature.js';

interface Flags extends CallFlags {
  readonly publicUrl?: string;
  readonly token?: string;
  readonly accountSid?: string;
  readonly from?: string;
  readonly to?: string;
  readonly parameter: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly signature: SignatureVariant;
  readonly secureOnly?: true;
  readonly startDelay: number;
  readonly api?: number;
  readonly answer?: true;
  readonly callee: Callee;
  readonly rings: number;
}

const CALLEES = ['human', 'machine', 'fax', 'busy', 'no-answer', 'failed'] as const;
type Callee = (typeof CALLEES)[number];

const VARIANTS: readonly SignatureVariant[] = ['good', 'none', 'wrong-token', 'https-form', 'trailing-slash'];

/** `npm run sim -- twilio URL …`: place calls as Twilio does. */
export function twilioCommand(): Command {
  const { command, steps } = addCallFlags(
    new Command('twilio')
      .description(
        'Place calls as Twilio does, through the voice webhook or straight to a stream, and complain as it does.',
      )
      .argument(
        '[url]',
        'the voice webhook; a ws: or wss: URL is taken as the stream itself',
        'http://127.0.0.1:3000/twilio/voice',
      )
      .option(
        '--public-url <origin>',
        "the gateway's PUBLIC_URL: signed instead of where the connection is made to",
      )
      .option(
        '--token <token>',
        "the account's auth token; without it nothing is signed (default: TWILIO_AUTH_TOKEN)",
      )
      .option('--account-sid <sid>', 'AC… (default: TWILIO_ACCOUNT_SID)')
      .option('--from <number>', 'the caller')
      .option('--to <number>', 'the number that is called')
      .option('--parameter <name=value>', 'custom parameter of a direct stream; may be repeated', pair, {})
      .option('--status <url>', "the number's status callback")
      .option(
        '--signature <variant>',
        `of the stream's handshake: ${VARIANTS.join(', ')}`,
        oneOf(...VARIANTS),
        'good',
      )
      .option('--secure-only', 'refuse ws: streams, as the real Twilio does')
      .option(
        '--api <port>',
        'serve the REST API for these calls here (TWILIO_API_URL); needs --account-sid and --token',
        number,
      )
      .option('--answer', 'place no calls, but be whom the gateway calls through --api, until interrupted')
      .option('--callee <kind>', `who that is: ${CALLEES.join(', ')}`, oneOf(...CALLEES), 'human')
      .option('--rings <ms>', 'so long does it ring there', number, 1000)
      .option('--start-delay <ms>', 'from connected to start', number, 0),
  );
  return command.action(async (url: string, flags: Flags) => {
    const direct = /^wss?:/.test(url);
    // Read here and not as the options' defaults, which --help prints.
    const { TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID } = process.env;
    const authToken = flags.token ?? TWILIO_AUTH_TOKEN;
    const accountSid = flags.accountSid ?? TWILIO_ACCOUNT_SID;
    const lineOptions = lineOptionsOf(flags, steps);
    const dialling: DiallingOptions = {
      gatewayOrigin: new URL(url.replace(/^ws/, 'http')).origin,
      ...(flags.publicUrl && { publicUrl: flags.publicUrl }),
      callee: () => calleeOf(flags, lineOptions),
      onCall: (call) =>
        void call.ended.then((report) => process.stdout.write(`${describeCalls([report])}\n`)),
    };
    if (flags.answer && flags.api === undefined) command.error('error: --answer needs --api.');
    const api =
      flags.api === undefined
        ? null
        : await openApi({ port: flags.api, dialling }, accountSid, authToken, command);
    if (flags.answer && api !== null) {
      process.stdout.write(`Calls can be ordered at ${api.url} (TWILIO_API_URL).\n`);
      await once(process, 'SIGINT');
      await api.close();
      return;
    }
    await runCalls(flags, () => {
      const call = placeTwilioCall({
        ...lineOptions,
        ...(direct ? { streamUrl: url } : { webhookUrl: url }),
        ...(flags.publicUrl && { publicUrl: flags.publicUrl }),
        ...(authToken && { authToken }),
        ...(accountSid && { accountSid }),
        ...(flags.from && { from: flags.from }),
        ...(flags.to && { to: flags.to }),
        ...(flags.status && { statusCallbackUrl: flags.status }),
        parameters: flags.parameter,
        signature: flags.signature,
        allowInsecure: !flags.secureOnly,
        startDelayMs: flags.startDelay,
      });
      api?.add(call);
      return call;
    });
    await api?.close();
  });
}

function openApi(
  options: { readonly port: number; readonly dialling: DiallingOptions },
  accountSid: string | undefined,
  authToken: string | undefined,
  command: Command,
): Promise<TwilioApi> {
  if (!accountSid || !authToken) return command.error('error: --api needs --account-sid and --token.');
  return startTwilioApi({ accountSid, authToken, ...options });
}

function calleeOf({ callee, rings }: Flags, call: LineOptions): CalleeScript {
  if (callee === 'busy' || callee === 'no-answer' || callee === 'failed')
    return { does: callee, ringsForMs: rings, call };
  return { is: callee, ringsForMs: rings, call };
}
