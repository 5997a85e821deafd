import type { ApiAnswer } from './twilio-api.js';
import type { TwilioCall } from './twilio-call.js';
import { ApiRefusal } from './twilio-orders.js';
import type { TwilioRecording } from './twilio-recordings.js';

const LIST_PARAMETERS = new Set([
  'To',
  'From',
  'Status',
  'StartTime>',
  'StartTime<',
  'PageSize',
  'Page',
  'PageToken',
]);
const DEFAULT_PAGE = 50;

/** `status` where the answer is older than the call. */
export function callView(call: TwilioCall, httpStatus: number, status = call.status as string): ApiAnswer {
  return { status: httpStatus, body: resource(call, status) };
}

/** Newest first, the first page alone. Throws ApiRefusal for filters that the resource does not have. */
export function listView(calls: readonly TwilioCall[], query: URLSearchParams, path: string): ApiAnswer {
  for (const name of query.keys()) {
    if (!LIST_PARAMETERS.has(name)) throw new ApiRefusal(400, 20001, `Unknown parameter ${name}`);
  }
  const wanted = (name: string, value: string) => [null, value].includes(query.get(name));
  const startedWithin = (call: TwilioCall) => {
    const after = query.get('StartTime>');
    const before = query.get('StartTime<');
    if (after === null && before === null) return true;
    // A call that was not dialled yet has no start time.
    if (call.status === 'queued') return false;
    const atMs = call.createdAt.getTime();
    return (after === null || atMs >= timeOf(after)) && (before === null || atMs <= timeOf(before));
  };
  const found = calls
    .filter((call) => wanted('To', call.parties.to) && wanted('From', call.parties.from))
    .filter((call) => wanted('Status', call.status) && startedWithin(call))
    .reverse();
  const size = Number(query.get('PageSize') ?? DEFAULT_PAGE);
  return {
    status: 200,
    body: {
      calls: found.slice(0, size).map((call) => resource(call, call.status)),
      page: 0,
      page_size: size,
      start: 0,
      end: Math.min(found.length, size),
      uri: path,
      first_page_uri: path,
      next_page_uri: null,
      previous_page_uri: null,
    },
  };
}

/** Throws ApiRefusal 16113 where two channels are wanted of a recording that has one. */
export function mediaAnswer(recording: TwilioRecording, query: URLSearchParams): ApiAnswer {
  if (query.get('RequestedChannels') === '2' && recording.order.channels === 1)
    throw new ApiRefusal(400, 16113, 'Dual-channel media of a mono recording');
  return { status: 200, body: recording.wav! };
}

function timeOf(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new ApiRefusal(400, 20001, `"${text}" is no time`);
  return atMs;
}

function resource(call: TwilioCall, status: string): object {
  const { accountSid, callSid, answeredAt, endedAt, createdAt, parties } = call;
  const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${callSid}`;
  const lastedS =
    endedAt === null
      ? null
      : answeredAt === null
        ? 0
        : Math.ceil((endedAt.getTime() - answeredAt.getTime()) / 1000);
  return {
    sid: callSid,
    account_sid: accountSid,
    to: parties.to,
    to_formatted: parties.to,
    from: parties.from,
    from_formatted: parties.from,
    status,
    direction: call.direction,
    start_time: status === 'queued' ? null : date(createdAt),
    end_time: endedAt === null ? null : date(endedAt),
    duration: lastedS === null ? null : String(lastedS),
    price: null,
    price_unit: 'USD',
    answered_by: null,
    caller_name: null,
    forwarded_from: null,
    parent_call_sid: null,
    phone_number_sid: null,
    group_sid: null,
    trunk_sid: null,
    queue_time: '0',
    api_version: '2010-04-01',
    uri: `${uri}.json`,
    date_created: date(createdAt),
    date_updated: date(endedAt ?? answeredAt ?? createdAt),
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  };
}

/** RFC 2822. */
function date(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000');
}
