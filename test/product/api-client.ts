import type { CallRecord, DialStatus, JournalEntry, Page, TranscriptItem } from '#libs/contracts';

const WITHIN_MS = 60_000;
const AGAIN_MS = 100;

/** The REST interface as a program with the administrator's token uses it. */
export class ApiClient {
  constructor(
    private readonly origin: string,
    private readonly token: string,
  ) {}

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...init.headers };
    return fetch(`${this.origin}/api${path}`, { ...init, headers });
  }

  /** Throws what a refusal says. */
  async get<T>(path: string): Promise<T> {
    return answerOf(await this.fetch(path));
  }

  async post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    return answerOf(
      await this.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    );
  }

  order(body: object): Promise<DialStatus> {
    return this.post('/calls', body);
  }

  orderOf(orderId: string): Promise<DialStatus> {
    return this.get(`/orders/${orderId}`);
  }

  calls(query = ''): Promise<Page<CallRecord>> {
    return this.get(`/calls${query}`);
  }

  async transcript(callId: string): Promise<readonly TranscriptItem[]> {
    return (await this.get<{ items: TranscriptItem[] }>(`/calls/${callId}/transcript`)).items;
  }

  async events(callId: string): Promise<readonly JournalEntry[]> {
    return (await this.get<{ items: JournalEntry[] }>(`/calls/${callId}/events?limit=1000`)).items;
  }

  /** Asks until the answer is as it should become. */
  async when<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean, what: string): Promise<T> {
    const deadline = performance.now() + WITHIN_MS;
    for (;;) {
      const answer = await ask();
      if (isSo(answer)) return answer;
      if (performance.now() > deadline)
        throw new Error(`Waited in vain for ${what}; it was ${JSON.stringify(answer)}.`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
