/** Why the server refuses a client's event; the body of an `error` event. */
export interface Refusal {
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

/** Thrown where an event is carried out and caught once, where it is read. */
export class Refused extends Error {
  constructor(
    readonly code: string | null,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }
}
