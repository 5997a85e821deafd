import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#libs/contracts';
import { chatRequestCheck } from './chat-schema.js';
import { bringsKey } from './client-key.js';
import type { Faults } from './faults.js';
import type { Breach } from './journal.js';
import { textTokens } from './usage.js';

export const CHAT_PATHS: readonly string[] = ['/v1/chat/completions', '/openai/v1/chat/completions'];
const MOST_BYTES = 1024 * 1024;
const LETTERS_PER_TOKEN = 4;
const KEPT = 5000;

export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant';
  readonly content: string;
}

/** A conversation by text, as the model sees it. */
export interface ChatPrompt {
  /** Number of the answer, from 0. */
  readonly index: number;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
}

export type ChatScript = (prompt: ChatPrompt) => string;

/** A request that was made, and how it was answered. */
export interface ChatExchange {
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came; null where it was refused before it was read, or is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** Null: it never was. */
  readonly status: number | null;
}

export interface ChatParts {
  readonly apiKey: string | undefined;
  readonly models: readonly string[] | undefined;
  readonly script: ChatScript;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly onBreach: (breach: Breach) => void;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The model for text of the same vendor, over HTTP. Nothing but whole answers of one choice. */
export class ChatCompletions {
  readonly exchanges: ChatExchange[] = [];
  private answers = 0;

  constructor(private readonly parts: ChatParts) {}

  serve(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request;
    if (method !== 'POST') {
      request.resume();
      this.end(response, headers, null, refusal(405, 'method_not_supported', `Not ${method}.`));
      return;
    }
    if (!bringsKey(request, this.parts.apiKey)) {
      request.resume();
      this.end(response, headers, null, refusal(401, 'invalid_api_key', 'Incorrect API key provided.'));
      return;
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= MOST_BYTES) pieces.push(piece);
    });
    request.on('end', () => {
      const body = bytes > MOST_BYTES ? null : objectOf(headers, Buffer.concat(pieces).toString('utf8'));
      this.answer(response, headers, body);
    });
    request.on('error', () => response.destroy());
  }

  private answer(
    response: ServerResponse,
    headers: IncomingHttpHeaders,
    body: Record<string, unknown> | null,
  ): void {
    const { faults } = this.parts;
    const wrong = this.wrongWith(body);
    if (wrong !== null) this.end(response, headers, body, wrong);
    else if (faults.take('hang-chat') !== null) this.note(headers, body, null);
    else if (faults.take('cut-chat') !== null) {
      this.note(headers, body, null);
      response.destroy();
    } else if (faults.take('endless-chat') !== null) {
      this.note(headers, body, 200);
      neverEnd(response);
    } else this.end(response, headers, body, this.fault() ?? this.completion(body!));
  }

  /** The refusal that a request deserves; null: none. */
  private wrongWith(body: Record<string, unknown> | null): Answer | null {
    const { models } = this.parts;
    const found =
      body === null
        ? { code: null, message: 'We could not parse the JSON body of your request.', param: null }
        : chatRequestCheck.check(body);
    if (found !== null) {
      this.breach(found.code, found.message, found.param);
      return refusal(400, found.code, found.message, found.param);
    }
    const model = String(body!.model);
    if (models === undefined || models.includes(model)) return null;
    return refusal(404, 'model_not_found', `The model '${model}' does not exist.`);
  }

  private fault(): Answer | null {
    const { faults } = this.parts;
    const status = faults.takeNumber('refuse-chat');
    if (status !== null) return refusal(status, null, `Refused with ${status}.`);
    const waitMs = faults.takeNumber('limit-chat');
    if (waitMs !== null) {
      const headers = {
        'retry-after-ms': String(waitMs),
        'retry-after': String(Math.ceil(waitMs / 1000)),
      };
      return { ...refusal(429, 'rate_limit_exceeded', 'Rate limit reached.'), headers };
    }
    const account = faults.takeText('refuse-chat-account');
    if (account !== null) return refusal(429, account, `Refused: ${account}.`);
    const nonsense = faults.takeText('nonsense-chat');
    return nonsense === null ? null : { status: 200, body: nonsense };
  }

  private completion(body: Readonly<Record<string, unknown>>): Answer {
    const { faults, script } = this.parts;
    const model = String(body.model);
    const messages = body.messages as readonly ChatMessage[];
    const reason = faults.takeText('empty-chat');
    const whole = reason === null ? script({ index: this.answers, model, messages }) : '';
    this.answers += 1;
    const most = Number(body.max_completion_tokens ?? Number.POSITIVE_INFINITY) * LETTERS_PER_TOKEN;
    const content = whole.slice(0, most);
    const promptTokens = messages.reduce((sum, message) => sum + textTokens(message.content), 0);
    const completionTokens = textTokens(content);
    return {
      status: 200,
      body: {
        id: `chatcmpl-${this.answers}`,
        object: 'chat.completion',
        created: Math.floor(Date.now() / 1000),
        model,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: reason === null ? content : null, refusal: null },
            logprobs: null,
            finish_reason: reason ?? (content.length < whole.length ? 'length' : 'stop'),
          },
        ],
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      },
    };
  }

  private end(
    response: ServerResponse,
    headers: IncomingHttpHeaders,
    body: Record<string, unknown> | null,
    answer: Answer,
  ): void {
    this.note(headers, body, answer.status);
    const isText = typeof answer.body === 'string';
    const type = isText ? 'text/html' : 'application/json';
    response.writeHead(answer.status, { 'Content-Type': type, ...answer.headers });
    response.end(isText ? (answer.body as string) : JSON.stringify(answer.body));
  }

  private note(
    headers: IncomingHttpHeaders,
    body: Record<string, unknown> | null,
    status: number | null,
  ): void {
    this.exchanges.push({ atMs: this.parts.clock.nowMs(), headers, body, status });
    if (this.exchanges.length > KEPT) this.exchanges.shift();
  }

  private breach(code: string | null, message: string, param: string | null): void {
    const atMs = this.parts.clock.nowMs();
    const where = { sessionId: 'chat', eventType: 'chat.completions' };
    this.parts.onBreach({ ...where, atMs, kind: 'refused', code, message, param });
  }
}

/** Says what it has read, so that a test knows whether the last words arrived. */
export const repeatWords: ChatScript = ({ messages }) => `You said: ${messages.at(-1)?.content ?? 'nothing'}`;

function refusal(status: number, code: string | null, message: string, param: string | null = null): Answer {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, body: { error: { message, type, param, code } } };
}

function objectOf(headers: IncomingHttpHeaders, text: string): Record<string, unknown> | null {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Letters as fast as they are taken, until the client has had enough. */
function neverEnd(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const piece = Buffer.alloc(16 * 1024, ' ');
  const write = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', write);
  response.on('error', () => response.destroy());
  write();
}
