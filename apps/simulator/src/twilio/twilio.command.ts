import { Command } from 'commander';
import { addCallFlags, type CallFlags, lineOptionsOf, runCalls } from '../cli/call-flags.js';
import { number, oneOf, pair } from '../cli/parse-values.js';
import { startTwilioApi, type TwilioApi } from './twilio-api.js';
import { placeTwilioCall } from './twilio-call.js';
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
}

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
      .option('--start-delay <ms>', 'from connected to start', number, 0),
  );
  return command.action(async (url: string, flags: Flags) => {
    const direct = /^wss?:/.test(url);
    // Read here and not as the options' defaults, which --help prints.
    const { TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID } = process.env;
    const authToken = flags.token ?? TWILIO_AUTH_TOKEN;
    const accountSid = flags.accountSid ?? TWILIO_ACCOUNT_SID;
    const api = flags.api === undefined ? null : await openApi(flags.api, accountSid, authToken, command);
    await runCalls(flags, () => {
      const call = placeTwilioCall({
        ...lineOptionsOf(flags, steps),
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
  port: number,
  accountSid: string | undefined,
  authToken: string | undefined,
  command: Command,
): Promise<TwilioApi> {
  if (!accountSid || !authToken) return command.error('error: --api needs --account-sid and --token.');
  return startTwilioApi({ accountSid, authToken, port });
}
