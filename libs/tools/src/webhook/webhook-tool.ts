import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Clock, HttpAnswer, Log, OutgoingHttp, ToolDefinition } from '#libs/contracts';
import { GatewayError } from '#libs/contracts';
import { toolStatus, toolTimeout } from '../errors.js';
import type { Tool, ToolRun } from '../tool.js';
import { ToolArguments } from '../tool-arguments.js';
import { asToolError } from '../tool-failure.js';
import { pause, pauseBefore, retryAfterMs } from './retry.js';
import { answerText } from './webhook-answer.js';

export interface WebhookSettings extends ToolDefinition {
  readonly url: string;
  /** For all attempts together. */
  readonly timeoutMs: number;
  /** `whsec_` and base64; null: requests are not signed. */
  readonly secret: string | null;
  /** Further headers, such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** After the first attempt. */
  readonly retries: number;
  readonly bridge: string | null;
  readonly sayOnFailure: string | null;
  /** The request names the numbers of the caller and the callee. */
  readonly sendParties: boolean;
}

export interface WebhookSurroundings {
  readonly http: OutgoingHttp;
  readonly clock: Clock;
  readonly log: Log;
}

/** The longest answer that is read at all; what the model is given of it is far less. */
const MOST_BYTES = 262_144;

/** A function that is carried out by somebody's HTTP server. Requests follow Standard Webhooks. */
export class WebhookTool implements Tool {
  readonly definition: ToolDefinition;
  readonly timeoutMs: number;
  readonly bridge: string | null;
  private readonly args: ToolArguments;
  private readonly signer: Webhook | null;

  /** Throws an Error that says what is wrong with the schema, the address or the secret. */
  constructor(
    private readonly settings: WebhookSettings,
    private readonly around: WebhookSurroundings,
  ) {
    const { name, description, parameters } = settings;
    this.definition = { name, description, parameters };
    this.timeoutMs = settings.timeoutMs;
    this.bridge = settings.bridge;
    around.http.check(settings.url);
    this.args = argumentsOf(name, parameters);
    this.signer = settings.secret === null ? null : signerOf(settings.secret);
  }

  async run(text: string, run: ToolRun): Promise<string> {
    return this.send(this.args.parse(text), run);
  }

  /** For callers that made the arguments themselves. */
  async send(args: Readonly<Record<string, unknown>>, run: ToolRun): Promise<string> {
    try {
      return await this.attempt(args, run);
    } catch (thrown) {
      throw this.inWords(thrown);
    }
  }

  private async attempt(args: Readonly<Record<string, unknown>>, run: ToolRun): Promise<string> {
    const { http, clock, log } = this.around;
    const { url, retries, name } = this.settings;
    const id = idOf(run);
    const body = this.bodyOf(args, run);
    const untilMs = clock.nowMs() + this.timeoutMs;
    for (let attempt = 0; ; attempt++) {
      const leftMs = Math.floor(untilMs - clock.nowMs());
      if (leftMs <= 0) throw toolTimeout();
      let pauseMs = pauseBefore(attempt + 1);
      let failure: GatewayError;
      try {
        const answer = await http.send({
          url,
          method: 'POST',
          headers: this.headersOf(id, body),
          body,
          timeoutMs: leftMs,
          maxBytes: MOST_BYTES,
          signal: run.signal,
        });
        if (!passing(answer.status)) return read(answer);
        failure = toolStatus(answer.status);
        pauseMs = Math.max(pauseMs, retryAfterMs(answer));
      } catch (thrown) {
        if (!(thrown instanceof GatewayError) || !thrown.retryable) throw thrown;
        failure = thrown;
      }
      if (attempt >= retries || clock.nowMs() + pauseMs >= untilMs) throw failure;
      const { code, message: reason } = failure;
      log.info({ code, reason, tool: name, callId: run.callId }, 'A tool is asked again.');
      await pause(clock, pauseMs, run.signal);
    }
  }

  /** The same for every attempt, so that the far side can tell a repetition. */
  private bodyOf(args: Readonly<Record<string, unknown>>, run: ToolRun): string {
    const { name, sendParties } = this.settings;
    const info = run.control?.view.info;
    const parties = sendParties ? { from: info?.from ?? null, to: info?.to ?? null } : {};
    const data = { tool: name, arguments: args, call: { id: run.callId, agent: run.agent, ...parties } };
    return JSON.stringify({ type: 'tool.called', timestamp: new Date().toISOString(), data });
  }

  private headersOf(id: string, body: string): Record<string, string> {
    const now = new Date();
    const signature = this.signer?.sign(id, now, body);
    return {
      ...this.settings.headers,
      accept: 'application/json, text/plain',
      'content-type': 'application/json',
      'idempotency-key': id,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      ...(signature === undefined ? {} : { 'webhook-signature': signature }),
    };
  }

  private inWords(thrown: unknown): GatewayError {
    const error = asToolError(this.settings.name, thrown);
    const say = this.settings.sayOnFailure;
    if (say === null) return error;
    return new GatewayError(error.code, `${error.message} Say to the caller: "${say}"`, { cause: thrown });
  }
}

function argumentsOf(name: string, parameters: ToolDefinition['parameters']): ToolArguments {
  try {
    return new ToolArguments(name, parameters);
  } catch (thrown) {
    throw new Error(`parameters are no schema that can be used: ${(thrown as Error).message}`);
  }
}

function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new Error('secret must be "whsec_" and base64, such as `openssl rand -base64 32` gives');
  }
}

/** Stable for one call of the tool, whoever asks again. */
function idOf(run: ToolRun): string {
  const hash = createHash('sha256').update(JSON.stringify([run.callId, run.toolCallId]));
  return `tool_${hash.digest('hex').slice(0, 32)}`;
}

function passing(status: number): boolean {
  return status === 429 || status >= 500;
}

/**
 * What the service says about this very request (404, 409, 422 with a reason) is an answer that the model can use; that it was not
 * let in, or was sent away, is not.
 */
function read(answer: HttpAnswer): string {
  const { status } = answer;
  if (status >= 200 && status < 300) return answerText(answer);
  if (status < 400 || status === 401 || status === 403 || answer.body.length === 0) throw toolStatus(status);
  let words: string;
  try {
    words = answerText(answer);
  } catch {
    throw toolStatus(status);
  }
  return `The service did not do it (status ${status}). It says: ${words}`;
}
