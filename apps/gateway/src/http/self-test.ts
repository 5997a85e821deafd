import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { WebSocket } from 'ws';
import { type Cancel, CLOCK, type Clock, GATEWAY_SITE, type GatewaySite, sameSecret } from '#libs/contracts';

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

/** Of one use: what the test asks with, and what only this process can answer to it. */
interface Secrets {
  readonly asked: string;
  readonly answer: string;
}

type Outcome = Omit<SelfTestCheck, 'name' | 'tookMs'>;

export const SELF_TEST_PATH = '/health/socket';
export const SELF_TEST_PAGE = '/health/self-test';
const CHECK_MS = 5000;
/** Our own answer is far shorter; a stranger's page is not read to its end. */
const MOST_ANSWER_BYTES = 4096;

const STRANGE_SOCKET = 'Something there takes the WebSocket, but it is not this gateway.';
const STRANGE_PAGE =
  'Something there answers, but it does not know this gateway’s own page (404): it is another server, or another Patchbay.';

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
  private secrets: Secrets | null = null;

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

  /** What shows that this very process answers; null: the running test has not asked with this token. */
  answerTo(token: string): string | null {
    return this.secrets !== null && sameSecret(token, this.secrets.asked) ? this.secrets.answer : null;
  }

  private async check(): Promise<SelfTestResult> {
    const { publicUrl } = this.site;
    if (publicUrl === null) return { publicUrl, checks: [] };
    const secrets = { asked: randomBytes(16).toString('hex'), answer: randomBytes(16).toString('hex') };
    this.secrets = secrets;
    try {
      const checks = await Promise.all([
        this.timed('Pages and webhooks:', () => reachesPage(publicUrl, secrets)),
        this.timed('Media streams:', () => this.reachesSocket(publicUrl, secrets)),
      ]);
      return { publicUrl, checks };
    } finally {
      this.secrets = null;
    }
  }

  private async timed(name: string, check: () => Promise<Outcome>): Promise<SelfTestCheck> {
    const startedMs = this.clock.nowMs();
    const outcome = await check();
    return { name, ...outcome, tookMs: this.clock.nowMs() - startedMs };
  }

  private async reachesSocket(publicUrl: string, { asked, answer }: Secrets): Promise<Outcome> {
    const url = `${publicUrl.replace(/^http/, 'ws')}${SELF_TEST_PATH}/${asked}`;
    const socket = new WebSocket(url, { handshakeTimeout: CHECK_MS, maxPayload: MOST_ANSWER_BYTES });
    let cancelWait: Cancel | null = null;
    try {
      return await new Promise<Outcome>((resolve) => {
        const isStrange = () => resolve({ passed: false, words: STRANGE_SOCKET });
        socket.once('open', () => {
          cancelWait = this.clock.after(CHECK_MS, isStrange);
        });
        socket.once('message', (data: Buffer) => {
          if (data.toString() === answer)
            resolve({ passed: true, words: 'A WebSocket reaches this gateway.' });
          else isStrange();
        });
        socket.once('close', isStrange);
        socket.once('unexpected-response', (_request, { statusCode }) =>
          resolve({ passed: false, words: refusedWords(statusCode ?? 0) }),
        );
        socket.once('error', (error) => resolve({ passed: false, words: faultWords(error) }));
      });
    } finally {
      (cancelWait as Cancel | null)?.();
      // What happens to a socket that is given up is of no interest, but without a listener it would end the process.
      socket.on('error', () => undefined);
      socket.terminate();
    }
  }
}

async function reachesPage(publicUrl: string, { asked, answer }: Secrets): Promise<Outcome> {
  try {
    const response = await fetch(`${publicUrl}${SELF_TEST_PAGE}/${asked}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(CHECK_MS),
    });
    const told = await beginning(response);
    if (response.status >= 300 && response.status < 400)
      return { passed: false, words: 'The answer is a redirect, which telephony platforms may not follow.' };
    if (response.status === 404) return { passed: false, words: STRANGE_PAGE };
    if (response.status !== 200)
      return { passed: false, words: `Something there answers, but with ${response.status}.` };
    return told.includes(answer)
      ? { passed: true, words: 'A request reaches this gateway.' }
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
