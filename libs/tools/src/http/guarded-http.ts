import { isIP } from 'node:net';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Agent, request, fetch as undiciFetch } from 'undici';
import type { HttpAnswer, HttpOrder, OutgoingHttp } from '#libs/contracts';
import { addressRefused, httpTooLarge, redirectRefused, urlRefused } from '../errors.js';
import { AddressRules } from './address-rules.js';
import { boundedStream } from './bounded-stream.js';
import { guardedConnector, type Resolve, systemResolve } from './guarded-connector.js';
import { explain } from './http-failure.js';

export interface GuardedHttpOptions {
  /** Hosts, addresses and networks that may be used although they are private or without TLS. */
  readonly allowedHosts: readonly string[];
  readonly connectTimeoutMs?: number;
  /** For each origin. */
  readonly maxConnections?: number;
  /** How names become addresses; the system's way where absent. */
  readonly resolve?: Resolve;
}

const MOST_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What is read of a redirect's body so that its connection can be used again. */
const REDIRECT_BODY_BYTES = 16_384;
/** An MCP server may take long to begin its answer; its client has time-outs of its own. */
const STREAM_HEADERS_MS = 300_000;

/** The way out to addresses that users set. Takes no proxy from the environment: a proxy would connect where this may not. */
export class GuardedHttp implements OutgoingHttp {
  private readonly rules: AddressRules;
  private readonly agent: Agent;
  /** Streams stay open for hours and shall not use up the connections of the others. */
  private readonly streams: Agent;

  constructor(options: GuardedHttpOptions) {
    const { connectTimeoutMs = 5000, maxConnections = 32, resolve = systemResolve } = options;
    this.rules = new AddressRules(options.allowedHosts);
    const connect = guardedConnector(this.rules, resolve, connectTimeoutMs);
    const common = { connect, connections: maxConnections, maxHeaderSize: 16_384, pipelining: 1 };
    this.agent = new Agent({ ...common, keepAliveMaxTimeout: 60_000 });
    this.streams = new Agent({ ...common, bodyTimeout: 0, headersTimeout: STREAM_HEADERS_MS });
  }

  check(url: string): void {
    this.parse(url);
  }

  async send(order: HttpOrder): Promise<HttpAnswer> {
    const url = this.parse(order.url);
    const deadline = AbortSignal.timeout(Math.ceil(order.timeoutMs));
    const signal = order.signal === undefined ? deadline : AbortSignal.any([deadline, order.signal]);
    try {
      return await unlessAborted(this.follow(order, url, signal), signal);
    } catch (thrown) {
      throw explain(thrown, url.host, deadline.aborted, order.signal?.aborted === true);
    }
  }

  /** `fetch` under the same guard, for clients that bring their own protocol. Follows no redirect. `maxBytes`: of an answer, or of one event. */
  fetchWithin(maxBytes: number): FetchLike {
    return async (input, init) => {
      const url = this.parse(String(input));
      try {
        const response = (await undiciFetch(url, {
          ...(init as object),
          redirect: 'manual',
          dispatcher: this.streams,
        })) as unknown as Response;
        const { status, statusText, headers, body } = response;
        if (body === null) return response;
        const events = headers.get('content-type')?.startsWith('text/event-stream') === true;
        const bounded = boundedStream(body, maxBytes, events, url.host);
        return new Response(bounded, { status, statusText, headers });
      } catch (thrown) {
        throw explain(thrown, url.host, false, init?.signal?.aborted === true);
      }
    };
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    await Promise.all([this.agent.destroy(), this.streams.destroy()]);
  }

  private async follow(order: HttpOrder, from: URL, signal: AbortSignal): Promise<HttpAnswer> {
    let url = from;
    let method = order.method;
    let body = order.body ?? null;
    for (let hops = 0; ; hops++) {
      const answer = await request(url, {
        dispatcher: this.agent,
        method,
        headers: { 'user-agent': 'Patchbay', 'accept-encoding': 'identity', ...order.headers },
        body,
        signal,
        headersTimeout: order.timeoutMs,
        bodyTimeout: order.timeoutMs,
      });
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.statusCode) || typeof location !== 'string') {
        return {
          status: answer.statusCode,
          headers: flat(answer.headers),
          body: await readAll(answer.body, answer.headers['content-length'], order.maxBytes, url.host),
        };
      }
      await answer.body.dump({ limit: REDIRECT_BODY_BYTES, signal });
      if (hops === MOST_REDIRECTS) throw redirectRefused(url.host, 'too often');
      url = this.nextOf(url, location);
      // All other redirects ask for the same again; within one origin nothing is told to anybody new.
      if (answer.statusCode === 303 && method !== 'GET') {
        method = 'GET';
        body = null;
      }
    }
  }

  /** Another origin would see the body and the secrets of the headers, or be a network that is closed. */
  private nextOf(url: URL, location: string): URL {
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (next === null) throw redirectRefused(url.host, 'to no address');
    if (next.origin !== url.origin) throw redirectRefused(url.host, `to another origin, ${next.host}`);
    return this.parse(next.href);
  }

  private parse(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null) throw urlRefused('it is no URL');
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw urlRefused(`${url.protocol} is not https`);
    if (url.username !== '' || url.password !== '') throw urlRefused('it holds a user or a password');
    if (url.protocol === 'http:' && !this.rules.mayBePlain(url.hostname)) {
      throw urlRefused('http is without encryption');
    }
    // A name is looked at when it has become an address, where a connection is opened; so is this, but whoever writes it hears of it now.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !this.rules.mayConnect(host, host, url.protocol === 'http:'))
      throw addressRefused(host);
    return url;
  }
}

/** A request that still waits for its connection does not look at its signal. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function readAll(
  body: AsyncIterable<Uint8Array>,
  length: string | string[] | undefined,
  maxBytes: number,
  host: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream and with it the connection.
    if (bytes > maxBytes || Number(length ?? 0) > maxBytes) throw httpTooLarge(host, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
