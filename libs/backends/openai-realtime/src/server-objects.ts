/** Objects inside server events: what is read of them. Optional fields of the wire, which may be absent or null, are null. */

/** An object of the wire whose fields are still to be looked at. */
export type Wire = Readonly<Record<string, unknown>>;

export interface ServerError {
  readonly type: string;
  readonly code: string | null;
  /** May quote people's words: never log it but under `pii`. */
  readonly message: string;
  readonly param: string | null;
  /** Ours, if an event of ours caused it. */
  readonly eventId: string | null;
}

export interface ServerItem {
  readonly id: string;
  readonly type: string;
  readonly status: string | null;
  readonly callId: string | null;
  readonly name: string | null;
  readonly arguments: string | null;
}

export interface ServerResponse {
  readonly id: string;
  readonly status: string | null;
  readonly reason: string | null;
  readonly error: ServerError | null;
  readonly usage: Wire | null;
  /** Our own word, given in the metadata of `response.create`. */
  readonly purpose: string | null;
}

export interface ServerSession {
  readonly id: string | null;
  readonly model: string | null;
  /** Unix seconds. */
  readonly expiresAt: number | null;
  /** `audio/pcm`, `audio/pcmu` or `audio/pcma`. */
  readonly outputFormat: string | null;
  readonly toolCount: number | null;
}

const BETA_FORMATS: Readonly<Record<string, string>> = {
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/pcmu',
  g711_alaw: 'audio/pcma',
};

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function wire(value: unknown): Wire | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Wire) : null;
}

/** A count or amount; null when it is not a finite number of at least 0. */
export function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

export function itemOf(value: unknown): ServerItem | null {
  const item = wire(value);
  const id = text(item?.id);
  const type = text(item?.type);
  if (item === null || id === null || type === null) return null;
  return {
    id,
    type,
    status: text(item.status),
    callId: text(item.call_id),
    name: text(item.name),
    arguments: text(item.arguments),
  };
}

export function responseOf(value: unknown): ServerResponse | null {
  const response = wire(value);
  const id = text(response?.id);
  if (response === null || id === null) return null;
  // Some compatible servers send a bare string where OpenAI sends an object.
  const details = wire(response.status_details);
  return {
    id,
    status: text(response.status),
    reason: text(details?.reason) ?? text(response.status_details),
    error: errorOf(details?.error),
    usage: wire(response.usage),
    purpose: text(wire(response.metadata)?.purpose),
  };
}

export function errorOf(value: unknown): ServerError | null {
  const error = wire(value);
  if (error === null) return null;
  return {
    type: text(error.type) ?? 'unknown',
    code: text(error.code),
    message: text(error.message) ?? '',
    param: text(error.param),
    eventId: text(error.event_id),
  };
}

export function sessionOf(value: unknown): ServerSession {
  const session = wire(value) ?? {};
  const format = wire(wire(wire(session.audio)?.output)?.format);
  const beta = text(session.output_audio_format) ?? '';
  return {
    id: text(session.id),
    model: text(session.model),
    expiresAt: amount(session.expires_at),
    outputFormat: text(format?.type) ?? BETA_FORMATS[beta] ?? null,
    toolCount: Array.isArray(session.tools) ? session.tools.length : null,
  };
}

/** Of `rate_limits`: seconds until the scarcest limit that is used up is free again; 0 when none is. */
export function resetSecondsOf(limits: unknown): number {
  if (!Array.isArray(limits)) return 0;
  let seconds = 0;
  for (const limit of limits.map(wire)) {
    if (amount(limit?.remaining) === 0) seconds = Math.max(seconds, amount(limit?.reset_seconds) ?? 0);
  }
  return seconds;
}
