/**
 * The log that plug-ins are given; pino satisfies it. Fields first, then a fixed sentence.
 * Words, numbers and digits of people go under the key `pii`, which is redacted unless the operator asks otherwise.
 * Never log per frame.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Log;
}
