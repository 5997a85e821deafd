/** A request to an address that a user has set: a tool, a look-up, a webhook. */
export interface HttpOrder {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole of it: name look-up, connection, redirects, answer. */
  readonly timeoutMs: number;
  /** Longest body that is taken, in bytes. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; values of one name are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * The way out to addresses that users set. Refuses private and special networks unless the operator has allowed them, on every
 * connection and by the address that is really connected to.
 */
export interface OutgoingHttp {
  /** Throws GatewayError HTTP_URL_REFUSED when this could never be sent; for checks when a setting is read. */
  check(url: string): void;
  /**
   * Any status is an answer. Rejects with GatewayError HTTP_URL_REFUSED, HTTP_ADDRESS_REFUSED, HTTP_REDIRECT_REFUSED,
   * HTTP_TIMEOUT, HTTP_TOO_LARGE, HTTP_UNREACHABLE or HTTP_ABORTED; `retryable` where trying again may help.
   */
  send(order: HttpOrder): Promise<HttpAnswer>;
}
