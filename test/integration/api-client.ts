/** What came back. `body` is JSON where it was, otherwise text. */
export interface ApiAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at any shape.
  readonly body: any;
}

/** A program that uses the REST interface. */
export class ApiClient {
  constructor(
    private readonly origin: string,
    private readonly token: string | null = null,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.send('POST', path, body === undefined ? undefined : JSON.stringify(body), headers);
  }

  put(path: string, body: unknown): Promise<ApiAnswer> {
    return this.send('PUT', path, JSON.stringify(body));
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.send('DELETE', path);
  }

  async send(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const type = response.headers.get('content-type') ?? '';
    const bytes = await response.text();
    const isJson = /^application\/(problem\+)?json/.test(type) && bytes !== '';
    return {
      status: response.status,
      type,
      headers: response.headers,
      body: isJson ? JSON.parse(bytes) : bytes,
    };
  }
}
