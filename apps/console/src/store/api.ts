/** What the gateway, or the way to it, answered to a request of `/api`. */
export class ApiError extends Error {
  constructor(
    /** Of HTTP; 0 where there was no answer. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly advice: string | null = null,
  ) {
    super(message);
  }
}

export type Query = Readonly<Record<string, string | number>>;

const NO_ANSWER_ADVICE = 'Try again in a moment. Calls go on by themselves.';

/** The gateway's REST interface; every method rejects with an `ApiError`, or as `signal` says. */
export class Api {
  constructor(
    private readonly request: typeof fetch,
    /** The gateway does not know this browser any more. */
    private readonly onLoggedOut: () => void,
  ) {}

  async get<T>(path: string, query: Query = {}, signal: AbortSignal | null = null): Promise<T> {
    const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
    const search = words.length === 0 ? '' : `?${new URLSearchParams(words)}`;
    return readJson(await this.ask(`${path}${search}`, { signal }), signal);
  }

  async post(path: string, body: object = {}): Promise<void> {
    await this.send(path, body);
  }

  /** An order of which the answer tells something. */
  async postFor<T>(path: string, body: object = {}): Promise<T> {
    return readJson(await this.send(path, body), null);
  }

  private send(path: string, body: object): Promise<Response> {
    return this.ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.request(path, { cache: 'no-store', ...init });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(0, 'NO_ANSWER', 'The gateway cannot be reached.', NO_ANSWER_ADVICE);
    }
    if (response.status === 401) this.onLoggedOut();
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

async function readJson<T>(response: Response, signal: AbortSignal | null): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(response.status, 'NOT_READABLE', 'The answer of the gateway could not be read.');
  }
}

/** Below a call's own address: `/transcript`, `/recording`. */
export function callPath(callId: string, rest = ''): string {
  return `api/calls/${encodeURIComponent(callId)}${rest}`;
}

/** Problem details after RFC 9457; a proxy in between may answer with anything. */
async function errorOf(response: Response): Promise<ApiError> {
  const problem = await response.json().catch(() => null);
  const { code, title, detail, advice, problems } = (problem ?? {}) as Record<string, unknown>;
  const told = text(detail) ?? text(title) ?? `The gateway answered ${response.status}.`;
  const details = Array.isArray(problems) ? problems.filter((each) => typeof each === 'string') : [];
  return new ApiError(response.status, text(code) ?? 'UNKNOWN', [told, ...details].join(' '), text(advice));
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
