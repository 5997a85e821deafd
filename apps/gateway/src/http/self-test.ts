import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WebSocket } from 'ws';
import { CLOCK, type Clock, GATEWAY_SITE, type GatewaySite, sameSecret } from '#libs/contracts';

/** One way from the outside world to the gateway: whether it works, in words. */
export interface SelfTestCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly words: string;
  readonly tookMs: number;
}

/** `publicUrl` is null, and nothing was checked, while PUBLIC_URL is not set. */
export interface SelfTestResult {
  readonly publicUrl: string | null;
  readonly checks: readonly SelfTestCheck[];
}

type Outcome = Omit<SelfTestCheck, 'name' | 'tookMs'>;

export const SELF_TEST_PATH = '/health/socket';
const LIVE_PATH = '/health/live';
const CHECK_MS = 5000;
/** The answer of `/health/live` is far shorter; a stranger's page is not read to its end. */
const MOST_ANSWER_BYTES = 4096;

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name is not known to the DNS.',
  EAI_AGAIN: 'The name could not be looked up in the DNS.',
  ECONNREFUSED: 'Nothing listens there: the tunnel or proxy is not running.',
  ECONNRESET: 'The connection was broken off.',
  EHOSTUNREACH: 'There is no way to that address.',
  ENETUNREACH: 'There is no way to that address.',
  ETIMEDOUT: 'There was no answer in time.',
  CERT_HAS_EXPIRED: 'The TLS certificate has expired.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The TLS certificate is self-signed: telephony platforms refuse it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The TLS certificate is self-signed: telephony platforms refuse it.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The TLS certificate comes without its chain: telephony platforms refuse it.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The TLS certificate is for another name.',
};

/** The gateway calls itself under PUBLIC_URL, as a telephony platform would. One test at a time, five seconds a check. */
@Injectable()
export class SelfTest {
  private running: Promise<SelfTestResult> | null = null;
  private token: string | null = null;

  constructor(
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  run(): Promise<SelfTestResult> {
    this.running ??= this.check().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Whether this is the socket that the running test has just opened. */
  isOwn(token: string): boolean {
    return this.token !== null && sameSecret(token, this.token);
  }

  private async check(): Promise<SelfTestResult> {
    const { publicUrl } = this.site;
    if (publicUrl === null) return { publicUrl, checks: [] };
    const checks = await Promise.all([
      this.timed('Pages and webhooks:', () => reachesLive(publicUrl)),
      this.timed('Media streams:', () => this.reachesSocket(publicUrl)),
    ]);
    return { publicUrl, checks };
  }

  private async timed(name: string, check: () => Promise<Outcome>): Promise<SelfTestCheck> {
    const startedMs = this.clock.nowMs();
    const outcome = await check();
    return { name, ...outcome, tookMs: this.clock.nowMs() - startedMs };
  }

  /** A secret of one use in the path shows that it is this very process that answers. */
  private async reachesSocket(publicUrl: string): Promise<Outcome> {
    this.token = randomBytes(16).toString('hex');
    const url = `${publicUrl.replace(/^http/, 'ws')}${SELF_TEST_PATH}/${this.token}`;
    const socket = new WebSocket(url, { handshakeTimeout: CHECK_MS, maxPayload: MOST_ANSWER_BYTES });
    try {
      return await new Promise<Outcome>((resolve) => {
        socket.once('open', () => resolve({ passed: true, words: 'A WebSocket reaches this gateway.' }));
        socket.once('unexpected-response', (_request, { statusCode }) =>
          resolve({ passed: false, words: refusedWords(statusCode ?? 0) }),
        );
        socket.once('error', (error) => resolve({ passed: false, words: faultWords(error) }));
      });
    } finally {
      this.token = null;
      // What happens to a socket that is given up is of no interest, but without a listener it would end the process.
      socket.on('error', () => undefined);
      socket.terminate();
    }
  }
}

async function reachesLive(publicUrl: string): Promise<Outcome> {
  try {
    const response = await fetch(`${publicUrl}${LIVE_PATH}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(CHECK_MS),
    });
    const answer = await beginning(response);
    if (response.status >= 300 && response.status < 400)
      return { passed: false, words: 'The answer is a redirect, which telephony platforms may not follow.' };
    if (response.status !== 200)
      return { passed: false, words: `Something there answers, but with ${response.status}.` };
    return answer.includes('"status":"live"')
      ? { passed: true, words: 'A request reaches a Patchbay gateway.' }
      : { passed: false, words: 'Something there answers, but it is not Patchbay.' };
  } catch (error) {
    return { passed: false, words: faultWords(error) };
  }
}

async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < MOST_ANSWER_BYTES) {
    const { value, done } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).toString('utf8', 0, MOST_ANSWER_BYTES);
}

function refusedWords(status: number): string {
  if (status === 404)
    return 'The request was answered with 404: another server is there, or the proxy does not hand on WebSockets (the headers Upgrade and Connection).';
  if (status === 401 || status === 403)
    return `The socket was refused with ${status}: the address leads to another Patchbay, or the proxy asks for a log-in of its own.`;
  return `The socket was refused with ${status}.`;
}

/** What failed below HTTP. The cause's code is the operating system's or OpenSSL's. */
function faultWords(error: unknown): string {
  if (error instanceof Error && (error.name === 'TimeoutError' || /timed out/i.test(error.message)))
    return 'There was no answer within five seconds.';
  const cause = (error as { cause?: unknown }).cause ?? error;
  const code = String((cause as { code?: unknown }).code ?? '');
  return WORDS[code] ?? `The connection failed${code === '' ? '' : ` (${code})`}.`;
}
