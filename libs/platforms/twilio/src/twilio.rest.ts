import twilio from 'twilio';
import type { CallListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/call.js';
import type { DialOrder } from '#libs/contracts';
import type { TwilioConfig } from './twilio.config.js';
import { isGone, restError } from './twilio.rest-errors.js';

/** What REST knows of a call. */
export interface RestCall {
  readonly callSid: string;
  readonly status: string;
}

export type CallChange =
  | { readonly twiml: string }
  | { readonly url: string }
  | { readonly status: 'completed' | 'canceled' };

export type RecordingOrder = 'paused' | 'in-progress' | 'stopped';

/** What REST knows of a recording. */
export interface RestRecording {
  readonly status: string;
  readonly channels: number;
}

/** Stands for the recording that is being made, where its id is not known. */
export const CURRENT_RECORDING = 'Twilio.CURRENT';

const TIMEOUT_MS = 15_000;
/** The clocks of two machines differ. */
const CLOCK_MARGIN_MS = 60_000;
const MOST_MATCHES = 50;

/** The library puts its requests to api.twilio.com together itself; they go to the configured address instead. */
class ApiClient extends twilio.RequestClient {
  constructor(private readonly apiUrl: string) {
    super({ timeout: TIMEOUT_MS });
  }

  override request: twilio.RequestClient['request'] = (options) => {
    const { pathname, search } = new URL(options.uri);
    return twilio.RequestClient.prototype.request.call(this, {
      ...options,
      uri: this.apiUrl + pathname + search,
    }) as never;
  };
}

/** Twilio's REST API, as far as it is used. Every method rejects with a GatewayError of `restError`. */
export class TwilioRest {
  private readonly client: ReturnType<typeof twilio>;
  private readonly apiUrl: string;

  constructor(private readonly config: TwilioConfig) {
    this.apiUrl = config.apiUrl.replace(/\/+$/, '');
    this.client = twilio(config.accountSid, config.authToken, {
      httpClient: new ApiClient(this.apiUrl) as never,
    });
  }

  /** Resolves with the CallSid. */
  async create(order: CallListInstanceCreateOptions): Promise<string> {
    return this.ask(async () => (await this.client.calls.create(order)).sid);
  }

  fetch(callSid: string): Promise<RestCall> {
    return this.ask(async () => {
      const { sid, status } = await this.client.calls(callSid).fetch();
      return { callSid: sid, status };
    });
  }

  /** Calls of ours to this number that were placed since, newest first. */
  async find({ to, from }: Pick<DialOrder, 'to' | 'from'>, sinceMs: number): Promise<readonly RestCall[]> {
    const startTimeAfter = new Date(sinceMs - CLOCK_MARGIN_MS);
    const filters = [
      { to, startTimeAfter, limit: MOST_MATCHES },
      // A call that waits to be dialled has no start time yet.
      { to, status: 'queued', limit: MOST_MATCHES } as const,
    ];
    const lists = await this.ask(() => Promise.all(filters.map((filter) => this.client.calls.list(filter))));
    return lists
      .flat()
      .filter((call) => call.from === from && call.direction === 'outbound-api')
      .filter((call) => call.dateCreated === null || +call.dateCreated >= sinceMs - CLOCK_MARGIN_MS)
      .map(({ sid, status }) => ({ callSid: sid, status }));
  }

  async change(callSid: string, change: CallChange): Promise<void> {
    await this.ask(() => this.client.calls(callSid).update(change));
  }

  /** Both channels. `callbackUrl` is told when the file is there. Resolves with the recording's id. */
  async record(callSid: string, callbackUrl: string): Promise<string> {
    const recording = await this.ask(() =>
      this.client.calls(callSid).recordings.create({
        recordingChannels: 'dual',
        trim: 'do-not-trim',
        recordingStatusCallback: callbackUrl,
        recordingStatusCallbackEvent: ['completed', 'absent'],
      }),
    );
    return recording.sid;
  }

  /** What is said in a pause is silence in the recording. Resolves with the status that it has now. */
  async changeRecording(callSid: string, recordingSid: string, status: RecordingOrder): Promise<string> {
    const pauseBehavior = status === 'paused' ? { pauseBehavior: 'silence' } : {};
    const recording = await this.ask(() =>
      this.client
        .calls(callSid)
        .recordings(recordingSid)
        .update({ status, ...pauseBehavior }),
    );
    return recording.status;
  }

  /** Null: Twilio has it no more. */
  async findRecording(recordingSid: string): Promise<RestRecording | null> {
    try {
      const { status, channels } = await this.ask(() => this.client.recordings(recordingSid).fetch());
      return { status, channels };
    } catch (thrown) {
      if (isGone(thrown)) return null;
      throw thrown;
    }
  }

  async deleteRecording(recordingSid: string): Promise<void> {
    await this.ask(() => this.client.recordings(recordingSid).remove());
  }

  /**
   * Sound of a recording, as WAV. The address is put together here and not taken from a callback: the request carries the
   * account's credentials.
   */
  download(recordingSid: string, channels: number, signal: AbortSignal): Promise<Response> {
    const { accountSid, authToken } = this.config;
    const path = `/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}.wav`;
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const query = channels === 2 ? '?RequestedChannels=2' : '';
    return this.ask(() => fetch(this.apiUrl + path + query, { headers: { authorization }, signal }));
  }

  private async ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (thrown) {
      throw restError(thrown);
    }
  }
}
