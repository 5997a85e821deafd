import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sameSecret } from '#libs/contracts';
import { callView, listView, mediaAnswer } from './twilio-api-views.js';
import { placeTwilioCall, type TwilioCall } from './twilio-call.js';
import { type CalleeScript, Route, type TwilioCallOptions } from './twilio-options.js';
import {
  type ApiForm,
  ApiRefusal,
  callOrder,
  checkUpdate,
  notFound,
  recordingChange,
  refusal,
  startedRecording,
} from './twilio-orders.js';
import type { TwilioRecording } from './twilio-recordings.js';
import { TwimlFault } from './twiml.js';

export interface TwilioApiOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Absent or 0: any free port. */
  readonly port?: number;
  /** Absent: calls cannot be ordered. */
  readonly dialling?: DiallingOptions;
}

export interface DiallingOptions {
  /** Where this machine finds the gateway. */
  readonly gatewayOrigin: string;
  /** The gateway's PUBLIC_URL. */
  readonly publicUrl?: string;
  /** Who is at a number; unless given, everybody answers at once and is a person. */
  readonly callee?: (to: string) => CalleeScript;
  readonly onCall?: (call: TwilioCall) => void;
}

/** A request that was made, as it was made. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly status: number;
}

/**
 * What to answer instead, once: too many requests; an edge that has broken down and answers with HTML; any error of Twilio's; or
 * nothing, after the request was carried out all the same.
 */
export type ApiFault =
  | 'busy'
  | 'broken'
  | 'answer-lost'
  | { readonly status: number; readonly code: number; readonly message: string };

export interface ApiAnswer {
  readonly status: number;
  readonly body: object | Uint8Array;
}

const BODY_LIMIT = 64 * 1024;

/** Starts the part of Twilio's REST API that places and changes calls: point TWILIO_API_URL at it. */
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
  /** Calls that were ordered here, in order. */
  readonly dialled: TwilioCall[] = [];
  /** So many downloads of recordings are answered with 404 first: the file lags behind its callback. */
  recordingLag = 0;
  /** Downloads of recordings stop in the middle, and nothing more comes. */
  recordingsStall = false;
  /** Answers wait for it; what was asked is carried out at once. */
  answersWaitFor: Promise<unknown> | null = null;
  private readonly calls = new Map<string, TwilioCall>();

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
    this.calls.set(call.callSid, call);
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
      const form = new URLSearchParams(body);
      const fault = this.faults.shift();
      const { status, body: answer } = this.answerOrFault(request, form, fault);
      this.requests.push({
        method: request.method!,
        path: request.url!,
        form: Object.fromEntries(form),
        status,
      });
      const respond = () => this.respond(response, fault, { status, body: answer });
      if (this.answersWaitFor === null) respond();
      else void this.answersWaitFor.then(respond);
    });
  }

  private respond(response: ServerResponse, fault: ApiFault | undefined, { status, body }: ApiAnswer): void {
    if (fault === 'answer-lost') response.socket?.destroy();
    else if (body instanceof Uint8Array) this.sendSound(response, body);
    else if (fault === 'broken')
      response
        .writeHead(500, { 'content-type': 'text/html' })
        .end('<html><body>Internal Server Error</body></html>');
    else if (status === 204) response.writeHead(204).end();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private sendSound(response: ServerResponse, sound: Uint8Array): void {
    response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': sound.length });
    if (this.recordingsStall) response.write(sound.subarray(0, sound.length / 2));
    else response.end(sound);
  }

  private answerOrFault(request: IncomingMessage, form: ApiForm, fault: ApiFault | undefined): ApiAnswer {
    if (fault === 'busy') return refusal(429, 20429, 'Too many requests');
    if (fault === 'broken') return { status: 500, body: {} };
    if (typeof fault === 'object') return refusal(fault.status, fault.code, fault.message);
    try {
      return this.answer(request, form);
    } catch (thrown) {
      if (thrown instanceof ApiRefusal) return refusal(thrown.status, thrown.code, thrown.message);
      if (thrown instanceof TwimlFault) return refusal(400, Number(thrown.code), thrown.message);
      throw thrown;
    }
  }

  private answer(request: IncomingMessage, form: ApiForm): ApiAnswer {
    if (!this.isAuthorized(request)) throw new ApiRefusal(401, 20003, 'Authenticate');
    const { method = '' } = request;
    const { pathname, searchParams } = new URL(request.url!, this.url);
    const prefix = `/2010-04-01/Accounts/${this.options.accountSid}/`;
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
    const one = (pattern: RegExp) => pattern.exec(path)?.[1];
    const callSid = one(/^Calls\/([^/]+)\.json$/);
    const recordedSid = one(/^Calls\/([^/]+)\/Recordings\.json$/);
    const mediaSid = one(/^Recordings\/([^/]+)\.wav$/);
    const recordingSid = one(/^Recordings\/([^/]+)\.json$/);
    const changed = /^Calls\/([^/]+)\/Recordings\/([^/]+)\.json$/.exec(path);
    if (path === 'Calls.json' && method === 'POST') return this.create(form);
    if (path === 'Calls.json' && method === 'GET')
      return listView([...this.calls.values()], searchParams, path);
    if (callSid !== undefined && method === 'GET') return callView(this.call(callSid, pathname), 200);
    if (callSid !== undefined && method === 'POST') return this.update(this.call(callSid, pathname), form);
    if (recordedSid !== undefined && method === 'POST')
      return this.record(this.call(recordedSid, pathname), form);
    if (mediaSid !== undefined && method === 'GET') return this.media(mediaSid, searchParams, pathname);
    if (changed !== null && method === 'POST')
      return this.changeRecording(this.call(changed[1]!, pathname), changed[2]!, form, pathname);
    if (recordingSid !== undefined && method === 'GET')
      return { status: 200, body: this.recording(recordingSid, pathname).view() };
    if (recordingSid !== undefined && method === 'DELETE')
      return this.deleteRecording(this.recording(recordingSid, pathname));
    if (callSid !== undefined || path === 'Calls.json')
      throw new ApiRefusal(405, 20004, 'Method not allowed');
    throw notFound(pathname);
  }

  private create(form: ApiForm): ApiAnswer {
    const { dialling, accountSid, authToken } = this.options;
    if (dialling === undefined) throw new ApiRefusal(400, 10005, 'Voice calling is not enabled');
    const order = callOrder(form);
    const { gatewayOrigin, publicUrl, callee: calleeOf } = dialling;
    const callee = calleeOf?.(order.to) ?? {};
    const route = new Route(gatewayOrigin, publicUrl);
    const options: TwilioCallOptions = {
      ...callee.call,
      // The route is told by it also where the document was sent with the order.
      webhookUrl: order.url === null ? gatewayOrigin : route.localOf(order.url),
      ...(publicUrl !== undefined && { publicUrl }),
      authToken,
      accountSid,
      from: order.from,
      to: order.to,
      apiOrigin: this.url,
      ...(order.statusCallback !== null && { statusCallbackUrl: order.statusCallback }),
      statusCallbackEvents: order.statusEvents,
      dialled: { ...order, callee },
    };
    const call = placeTwilioCall(options);
    if (order.recording !== null) call.startRecording(order.recording);
    this.add(call);
    this.dialled.push(call);
    dialling.onCall?.(call);
    return callView(call, 201, 'queued');
  }

  private update(call: TwilioCall, form: ApiForm): ApiAnswer {
    checkUpdate(form);
    const status = form.get('Status');
    const twiml = form.get('Twiml');
    const url = form.get('Url');
    if (call.endedAt !== null)
      throw status === null
        ? new ApiRefusal(400, 21220, 'Call is not in-progress. Cannot redirect.')
        : new ApiRefusal(404, 20404, 'The call has ended');
    if (status === 'completed') call.complete();
    else if (status === 'canceled') {
      if (!call.cancel()) throw new ApiRefusal(400, 21220, 'Call is in-progress. Cannot cancel.');
    } else if (status !== null) throw new ApiRefusal(400, 21218, `Invalid status ${status}`);
    else if (call.status !== 'in-progress')
      throw new ApiRefusal(400, 21220, 'Call is not in-progress. Cannot redirect.');
    else if (url !== null) call.takeUrl(url, form.get('Method') === 'GET' ? 'GET' : 'POST');
    else if (twiml !== null) call.takeTwiml(twiml);
    else throw new ApiRefusal(400, 21218, 'Nothing to change');
    return callView(call, 200, status === 'completed' ? 'completed' : undefined);
  }

  private record(call: TwilioCall, form: ApiForm): ApiAnswer {
    const order = startedRecording(form);
    if (call.status !== 'in-progress')
      throw new ApiRefusal(400, 21220, 'Requested resource is not eligible for recording');
    return { status: 201, body: call.startRecording(order).view() };
  }

  private media(recordingSid: string, query: URLSearchParams, path: string): ApiAnswer {
    if (this.recordingLag > 0) {
      this.recordingLag--;
      throw notFound(path);
    }
    const recording = this.recording(recordingSid, path);
    if (recording.wav === null) throw notFound(path);
    return mediaAnswer(recording, query);
  }

  private changeRecording(call: TwilioCall, sid: string, form: ApiForm, path: string): ApiAnswer {
    const change = recordingChange(form);
    const recording = call.recordingUnderWay(sid);
    if (recording === undefined) throw notFound(path);
    call.changeRecording(recording, change);
    return { status: 200, body: recording.view(change.status) };
  }

  /** What Twilio does with a recording that is still being made is not documented: refused, so that nobody relies on it. */
  private deleteRecording(recording: TwilioRecording): ApiAnswer {
    if (recording.wav === null) throw new ApiRefusal(409, 20409, 'The recording is still being made');
    recording.deleted = true;
    return { status: 204, body: {} };
  }

  /** Throws ApiRefusal. */
  private recording(sid: string, path: string): TwilioRecording {
    const recordings = [...this.calls.values()].flatMap((call) => call.recordings);
    const found = recordings.find((one) => one.sid === sid && !one.deleted);
    if (found === undefined) throw notFound(path);
    return found;
  }

  /** Throws ApiRefusal. */
  private call(callSid: string, path: string): TwilioCall {
    const call = this.calls.get(callSid);
    if (call === undefined) throw notFound(path);
    return call;
  }

  private isAuthorized(request: IncomingMessage): boolean {
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    return sameSecret(
      Buffer.from(given, 'base64').toString(),
      `${this.options.accountSid}:${this.options.authToken}`,
    );
  }
}
