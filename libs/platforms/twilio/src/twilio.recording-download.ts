import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#libs/contracts';
import { recordingFailed } from './errors.js';
import type { TwilioRest } from './twilio.rest.js';

const DOWNLOAD_WITHIN_MS = 15 * 60_000;
/** Not there yet; credentials that somebody is about to mend; too slow; too many at once. */
const NOT_NOW = new Set([401, 404, 408, 429]);

export interface RecordingDownload {
  readonly recordingSid: string;
  readonly channels: number;
  readonly path: string;
  readonly mostBytes: number;
}

/** Returns the bytes; null: not there yet. Rejects with a GatewayError or as the disk does; nothing is left then. */
export async function download(
  rest: TwilioRest,
  { recordingSid, channels, path, mostBytes }: RecordingDownload,
  stop: AbortSignal,
): Promise<number | null> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(DOWNLOAD_WITHIN_MS)]);
  const response = await rest.download(recordingSid, channels, signal);
  if (NOT_NOW.has(response.status) || response.status >= 500) {
    await response.body?.cancel();
    return null;
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw recordingFailed(`Twilio answered HTTP ${response.status}`);
  }
  const counter = new Counter(mostBytes);
  const body = Readable.fromWeb(response.body as never);
  try {
    await pipeline(body, counter, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal });
  } catch (thrown) {
    await rm(path, { force: true });
    throw thrown;
  }
  return counter.bytes;
}

/** Resolves after this time, or at once when it is to stop. */
export function pause(clock: Clock, delayMs: number, stop: AbortSignal): Promise<void> {
  if (delayMs === 0 || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const goOn = () => {
      cancel();
      stop.removeEventListener('abort', goOn);
      resolve();
    };
    const cancel = clock.after(delayMs, goOn);
    stop.addEventListener('abort', goOn);
  });
}

/** Lets so many bytes through and no more. */
class Counter extends Transform {
  bytes = 0;

  constructor(most: number) {
    super({
      transform: (chunk: Buffer, _encoding, done) => {
        this.bytes += chunk.length;
        if (this.bytes > most) done(recordingFailed(`it is larger than ${most} bytes`));
        else done(null, chunk);
      },
    });
  }
}
