import { setTimeout as pause } from 'node:timers/promises';

const ASK_EVERY_MS = 100;

/** Somebody's program at the gateway's REST interface. */
export class RestClient {
  constructor(
    private readonly origin: string,
    private readonly token: string,
  ) {}

  /** Rejects with what the gateway said when the answer is another than `status`. */
  async ask<T>(method: 'GET' | 'POST', path: string, status: number, body?: object): Promise<T> {
    const response = await this.send(method, path, status, body);
    return (await response.json()) as T;
  }

  async text(path: string): Promise<string> {
    return (await this.send('GET', path, 200)).text();
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.send('GET', path, 200)).arrayBuffer());
  }

  /** Asks until the answer is ready, or until the time is up: then the last answer, whatever it is. */
  async follow<T>(path: string, ready: (answer: T) => boolean, withinMs: number): Promise<T> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const answer = await this.ask<T>('GET', path, 200);
      if (ready(answer) || performance.now() >= untilMs) return answer;
      await pause(ASK_EVERY_MS);
    }
  }

  private async send(method: string, path: string, status: number, body?: object): Promise<Response> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status === status) return response;
    throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
  }
}
