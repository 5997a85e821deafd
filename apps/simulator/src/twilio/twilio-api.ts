import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sameSecret } from '#libs/contracts';
import type { TwilioCall } from './twilio-call.js';
import { TwimlFault } from './twiml.js';

export interface TwilioApiOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Absent or 0: any free port. */
  readonly port?: number;
}

/** A request that was made, as it was made. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly status: number;
}

/** What to answer instead, once: too many requests, or an edge that has broken down and answers with HTML. */
export type ApiFault = 'busy' | 'broken';

interface Answer {
  readonly status: number;
  readonly body: object;
}

const TWIML_LIMIT = 4000;
const BODY_LIMIT = 64 * 1024;

/** Starts the part of Twilio's REST API that changes running calls: point TWILIO_API_URL at it and add the calls. */
export async function startTwilioApi(options: TwilioApiOptions): Promise<TwilioApi> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return new TwilioApi(server, options);
}

export class TwilioApi {
  readonly requests: ApiRequest[] = [];
  readonly faults: ApiFault[] = [];
  private readonly calls = new Map<string, { readonly call: TwilioCall; over: boolean }>();

  constructor(
    private readonly server: Server,
    private readonly options: TwilioApiOptions,
  ) {
    server.on('request', (request, response) => this.serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on the API can change this call. */
  add(call: TwilioCall): void {
    const entry = { call, over: false };
    this.calls.set(call.callSid, entry);
    void call.ended.then(() => {
      entry.over = true;
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data;
      if (body.length > BODY_LIMIT) request.destroy();
    });
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(body));
      const fault = this.faults.shift();
      if (fault === 'broken') {
        response
          .writeHead(500, { 'content-type': 'text/html' })
          .end('<html><body>Internal Server Error</body></html>');
        this.requests.push({ method: request.method!, path: request.url!, form, status: 500 });
        return;
      }
      const { status, body: answer } =
        fault === 'busy' ? refusal(429, 20429, 'Too many requests') : this.answer(request, form);
      this.requests.push({ method: request.method!, path: request.url!, form, status });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }

  private answer(request: IncomingMessage, form: Readonly<Record<string, string>>): Answer {
    if (!this.isAuthorized(request)) return refusal(401, 20003, 'Authenticate');
    const path = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls\/([^/]+)\.json$/.exec(request.url ?? '');
    const entry = path?.[1] === this.options.accountSid ? this.calls.get(path[2]!) : undefined;
    if (entry === undefined)
      return refusal(404, 20404, `The requested resource ${request.url} was not found`);
    if (request.method === 'GET') return this.view(entry.call, entry.over ? 'completed' : 'in-progress');
    if (request.method !== 'POST') return refusal(405, 20004, 'Method not allowed');
    return this.update(entry, form);
  }

  private update(
    { call, over }: { readonly call: TwilioCall; readonly over: boolean },
    form: Readonly<Record<string, string>>,
  ): Answer {
    const { Status: status, Twiml: twiml, Url: url, Method: method } = form;
    if (over) {
      return status === undefined
        ? refusal(400, 21220, 'Call is not in-progress. Cannot redirect.')
        : refusal(404, 20404, 'The call has ended');
    }
    if (status !== undefined && status !== 'completed')
      return refusal(400, 21218, `Invalid status ${status}`);
    if (status === 'completed') {
      call.complete();
      return this.view(call, 'completed');
    }
    if (url !== undefined) call.takeUrl(url, method === 'GET' ? 'GET' : 'POST');
    else if (twiml === undefined) return refusal(400, 21218, 'Nothing to change');
    else if (twiml.length > TWIML_LIMIT)
      return refusal(400, 32018, `Twiml is longer than ${TWIML_LIMIT} characters`);
    else {
      try {
        call.takeTwiml(twiml);
      } catch (thrown) {
        if (!(thrown instanceof TwimlFault)) throw thrown;
        return refusal(400, Number(thrown.code), thrown.message);
      }
    }
    return this.view(call, 'in-progress');
  }

  private view(call: TwilioCall, status: string): Answer {
    const { accountSid, callSid } = call;
    const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`;
    return {
      status: 200,
      body: {
        sid: callSid,
        account_sid: accountSid,
        status,
        direction: 'inbound',
        api_version: '2010-04-01',
        uri,
      },
    };
  }

  private isAuthorized(request: IncomingMessage): boolean {
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    return sameSecret(
      Buffer.from(given, 'base64').toString(),
      `${this.options.accountSid}:${this.options.authToken}`,
    );
  }
}

function refusal(status: number, code: number, message: string): Answer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}
