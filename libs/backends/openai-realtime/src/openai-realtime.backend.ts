import {
  type AiBackend,
  type AiCapabilities,
  type AiListener,
  type AiOptions,
  type AiSession,
  type SetupEntry,
  sameFormat,
  type TextModel,
} from '#libs/contracts';
import { connectAborted, formatUnsupported, keyMissing } from './errors.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { OpenAiRealtimeSession } from './openai-realtime.session.js';
import { PRICES_EFFECTIVE, PriceList } from './pricing.js';
import { MAX_SESSION_MS } from './rollover.js';
import { audioFormatOf } from './session-config.js';
import { textAddress } from './text-endpoint.js';

/** Voices of OpenAI's Realtime API (GA), of Azure's, and of servers that speak the same. */
export class OpenAiRealtimeBackend implements AiBackend {
  readonly name = 'openai-realtime';
  readonly capabilities: AiCapabilities;

  constructor(
    private readonly config: OpenAiRealtimeConfig,
    readonly text?: TextModel,
    /** Milliseconds of Unix time: sessions are told their end in it, and the gateway's clock has no date. */
    private readonly unixMs: () => number = Date.now,
  ) {
    const formats = [audioFormatOf(config)];
    this.capabilities = {
      callerFormats: formats,
      agentFormats: formats,
      truncation: true,
      speechEvents: config.turnDetection !== 'none',
      tools: true,
      maxSessionMs: config.sessionLimitMs ?? MAX_SESSION_MS,
    };
  }

  async connect(options: AiOptions, listener: AiListener, signal: AbortSignal): Promise<AiSession> {
    if (signal.aborted) throw connectAborted();
    if (this.config.apiKey === '') throw keyMissing();
    const format = audioFormatOf(this.config);
    for (const asked of [options.callerFormat, options.agentFormat]) {
      if (!sameFormat(asked, format)) throw formatUnsupported(asked);
    }
    const session = new OpenAiRealtimeSession(this.config, options, listener, this.unixMs);
    await session.open(signal);
    return session;
  }

  setup(): readonly SetupEntry[] {
    const { apiKey, audioFormat, model, prices, url } = this.config;
    const { protocol, host, hostname } = new URL(url);
    const lines = [`${model} at ${host}, sound as ${audioFormat}`];
    lines.push(
      new PriceList(prices).knows(model)
        ? `cost by the prices of ${PRICES_EFFECTIVE}`
        : 'the price of this model is not known: set prices to count its cost',
    );
    if (apiKey === '') lines.push('set OPENAI_API_KEY');
    if (protocol === 'ws:' && !isLoopback(hostname)) lines.push('the key travels unencrypted: use wss://');
    lines.push(...this.textLines());
    return [{ title: 'OpenAI Realtime', state: apiKey === '' ? 'incomplete' : 'ready', lines }];
  }

  private textLines(): string[] {
    const address = textAddress(this.config);
    if (address === null) return [];
    const { protocol, host, hostname } = new URL(address);
    const lines = [`by text where an agent allows it: ${this.config.textModel} at ${host}`];
    if (protocol === 'http:' && !isLoopback(hostname))
      lines.push('the key travels unencrypted: use https://');
    return lines;
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
