import {
  type AgentSettings,
  type AiUsage,
  type Clock,
  GatewayError,
  type TextLine,
  type TextModel,
} from '#libs/contracts';
import { keyHeaders } from './endpoint.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { PriceList } from './pricing.js';
import { refusalOf, wordsOf } from './text-answer.js';
import { textAddress } from './text-endpoint.js';
import { textAborted, textRefused, textTimeout, textUnreachable } from './text-errors.js';
import { textRequest } from './text-request.js';

const MOST_ATTEMPTS = 2;
/** Where the server names no time. Spread by a half, so that calls which were refused together do not come back together. */
const PAUSE_MS = 300;

/** Undefined: these settings know nobody who answers by text. */
export function textModelOf(config: OpenAiRealtimeConfig, clock: Clock): TextModel | undefined {
  const address = textAddress(config);
  return address === null ? undefined : new ChatCompletions(config, address, clock);
}

interface Refused {
  readonly error: GatewayError;
  /** When the server wants to be asked again; null: it does not say. */
  readonly retryAfterMs: number | null;
}

type OnUsage = (usage: AiUsage) => void;

/** Answers by text over OpenAI's chat completions, or a server that speaks the same. */
class ChatCompletions implements TextModel {
  private readonly prices: PriceList;

  constructor(
    private readonly config: OpenAiRealtimeConfig,
    private readonly address: string,
    private readonly clock: Clock,
  ) {
    this.prices = new PriceList(config.prices);
  }

  /** Rejects with an error of `text-errors.ts` or `errors.ts`, at once when `signal` aborts. */
  async reply(
    agent: AgentSettings,
    lines: readonly TextLine[],
    signal: AbortSignal,
    onUsage: OnUsage,
  ): Promise<string> {
    const { textTimeoutMs } = this.config;
    const stop = new AbortController();
    const leave = () => stop.abort(textAborted());
    const cancelTimer = this.clock.after(textTimeoutMs, () => stop.abort(textTimeout(textTimeoutMs)));
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      const body = JSON.stringify(textRequest(this.config, agent, lines));
      return await this.ask(body, this.clock.nowMs() + textTimeoutMs, stop.signal, onUsage);
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', leave);
    }
  }

  private async ask(body: string, endMs: number, stop: AbortSignal, onUsage: OnUsage): Promise<string> {
    for (let attempts = 1; ; attempts++) {
      const answer = await this.attempt(body, stop, onUsage);
      // What ended the request is the reason, whatever `fetch` made of it.
      stop.throwIfAborted();
      if (typeof answer === 'string') return answer;
      const { error, retryAfterMs } = answer;
      const waitMs = retryAfterMs ?? PAUSE_MS * (0.75 + Math.random() / 2);
      const inTime = this.clock.nowMs() + waitMs < endMs;
      if (attempts === MOST_ATTEMPTS || !error.retryable || !inTime) throw error;
      await this.pause(waitMs, stop);
    }
  }

  /** The words, or why there are none. */
  private async attempt(body: string, stop: AbortSignal, onUsage: OnUsage): Promise<string | Refused> {
    const headers = { ...keyHeaders(this.config), 'Content-Type': 'application/json' };
    try {
      // A redirect would carry the key to whom nobody has named.
      const order = { method: 'POST', headers, body, signal: stop, redirect: 'manual' } as const;
      const response = await fetch(this.address, order);
      if (response.ok) {
        return await wordsOf(response, (reported) => {
          const usage = this.prices.textUsage(this.config.textModel, reported);
          if (usage !== null) onUsage(usage);
        });
      }
      const error = textRefused(response.status, await refusalOf(response));
      return { error, retryAfterMs: retryAfterMs(response.headers) };
    } catch (thrown) {
      const error = thrown instanceof GatewayError ? thrown : textUnreachable(thrown);
      return { error, retryAfterMs: null };
    }
  }

  /** Rejects when `stop` aborts. */
  private pause(ms: number, stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel();
        reject(stop.reason);
      };
      const cancel = this.clock.after(ms, () => {
        stop.removeEventListener('abort', leave);
        resolve();
      });
      stop.addEventListener('abort', leave, { once: true });
    });
  }
}

/** OpenAI names milliseconds in a header of its own; the common one holds seconds, or a date, which is not read. */
function retryAfterMs(headers: Headers): number | null {
  for (const [name, unitMs] of [
    ['retry-after-ms', 1],
    ['retry-after', 1000],
  ] as const) {
    const value = headers.get(name);
    if (value !== null && /^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * unitMs;
  }
  return null;
}
