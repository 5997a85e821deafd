import { httpTooLarge } from '../errors.js';

const LF = 10;
const CR = 13;

/** Fails when more than `maxBytes` come, or, in a stream of events, between two empty lines. */
export function boundedStream(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  events: boolean,
  host: string,
): ReadableStream<Uint8Array> {
  let bytes = 0;
  let emptyLine = false;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        for (const byte of chunk) {
          bytes++;
          if (byte === CR) continue;
          if (byte === LF && emptyLine && events) bytes = 0;
          emptyLine = byte === LF;
        }
        if (bytes > maxBytes) controller.error(httpTooLarge(host, maxBytes));
        else controller.enqueue(chunk);
      },
    }),
  );
}
