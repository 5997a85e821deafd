import { BreachList } from '../call/breaches.js';
import { isObject, readBotMessage } from './bot-messages.js';
import { BotSocket, botHeaders } from './bot-socket.js';

export interface BotCheckOptions {
  /** The bot URL, `ws:` or `wss:`. */
  readonly url: string;
  readonly token?: string | null;
  /** For each of the two probes; 5 s unless given. */
  readonly withinMs?: number;
}

/** What was wrong with each answer; null where nothing was. */
export interface BotCheck {
  readonly socket: string | null;
  readonly http: string | null;
}

const WITHIN_MS = 5000;

/** What Live Hub's "validate bot connection configuration" does: both probes, no call. Never rejects. */
export async function checkAudioCodesBot(options: BotCheckOptions): Promise<BotCheck> {
  const [socket, http] = await Promise.all([probeSocket(options), probeHttp(options)]);
  return { socket, http };
}

function probeSocket(options: BotCheckOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const breaches = new BreachList(() => 0);
    let verdict: string | null = 'the bot closed without an answer';
    const settle = (wrong: string | null) => {
      verdict = wrong;
      socket.close();
    };
    const socket = new BotSocket(options, null, {
      // The one message of the platform without a conversationId.
      onOpen: () => socket.send('{"type":"connection.validate"}'),
      onText: (text) => {
        const answer = readBotMessage(text, '', breaches);
        if (answer?.type !== 'connection.validated')
          settle(`answered with ${answer?.type ?? 'something unreadable'}`);
        else settle(answer.success === true ? null : 'connection.validated without success: true');
      },
      onBinary: () => settle('answered with a binary frame'),
      onGone: (why, closeCode) => {
        clearTimeout(late);
        resolve(closeCode === 1006 ? why : verdict);
      },
    });
    const late = setTimeout(
      () => settle('connection.validated did not come in time'),
      options.withinMs ?? WITHIN_MS,
    );
  });
}

async function probeHttp({ url, token, withinMs = WITHIN_MS }: BotCheckOptions): Promise<string | null> {
  try {
    const response = await fetch(url.replace(/^ws/, 'http'), {
      headers: botHeaders(token, null),
      signal: AbortSignal.timeout(withinMs),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.status !== 200) return `HTTP ${response.status}`;
    const right = isObject(body) && body.type === 'ac-bot-api' && body.success === true;
    return right ? null : 'the body is not {"type":"ac-bot-api","success":true}';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
