import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { notAnswered } from './errors.js';
import type { RecorderConfig } from './recorder.config.js';

type S3 = typeof import('@aws-sdk/client-s3');

const CONNECT_WITHIN_MS = 10_000;
/** A store that is silent for so long is away. */
const SILENT_MS = 60_000;

const nothing = () => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * An S3-compatible store. The client is loaded when it is first used. `get` and `remove` reject with RECORDINGS_S3_AWAY and
 * RECORDINGS_S3_DENIED, `put` as the client or the disk does.
 */
export class Bucket {
  private loaded: Promise<{ readonly s3: S3; readonly client: S3Client }> | null = null;

  constructor(
    readonly name: string,
    private readonly config: RecorderConfig,
    private readonly silentMs = SILENT_MS,
  ) {}

  /** Without the day, so that any process finds it by the call's id alone. */
  keyOf(callId: string): string {
    return `${this.config.s3Prefix}${callId}.wav`;
  }

  async put(key: string, path: string): Promise<void> {
    const { s3, client } = await this.load();
    const { size } = await stat(path);
    const Body = createReadStream(path);
    const stop = new AbortController();
    // The client does not look after the stream: without this a disk that fails would end the process, and the request never.
    const unreadable = new Promise<never>((_, reject) => Body.on('error', reject));
    const sent = client.send(
      new s3.PutObjectCommand({
        Bucket: this.name,
        Key: key,
        Body,
        ContentLength: size,
        ContentType: 'audio/wav',
      }),
      { abortSignal: stop.signal },
    );
    try {
      await Promise.race([sent, unreadable]);
    } finally {
      stop.abort();
      Body.destroy();
      await sent.catch(() => undefined);
    }
  }

  /** Null: there is no such object. Both ends of the range are included. */
  async get(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly bytes: number; readonly body: Readable } | null> {
    const { s3, client } = await this.load();
    const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
    return asked(async () => {
      const { Body, ContentLength = 0 } = await client.send(
        new s3.GetObjectCommand({ Bucket: this.name, Key: key, Range }),
      );
      return { bytes: ContentLength, body: Body as Readable };
    });
  }

  /** Also where there is no such object. */
  async remove(key: string): Promise<void> {
    const { s3, client } = await this.load();
    await asked(() => client.send(new s3.DeleteObjectCommand({ Bucket: this.name, Key: key })));
  }

  private load() {
    this.loaded ??= import('@aws-sdk/client-s3').then((s3) => ({ s3, client: this.client(s3) }));
    return this.loaded;
  }

  private client(s3: S3): S3Client {
    const { s3Region, s3Endpoint, s3PathStyle, s3AccessKeyId, s3SecretAccessKey } = this.config;
    return new s3.S3Client({
      region: s3Region,
      ...(s3Endpoint === null ? {} : { endpoint: s3Endpoint, forcePathStyle: s3PathStyle }),
      ...(s3AccessKeyId === null || s3SecretAccessKey === null
        ? {}
        : { credentials: { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey } }),
      requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, socketTimeout: this.silentMs },
      // Its errors are told in the gateway's own log.
      logger: SILENT,
      // A stream cannot be sent twice; who sends it tries again with a new one.
      maxAttempts: 1,
      // Checksums beyond what the protocol asks for are not known to every store.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }
}

/** Null: there is no such object. */
async function asked<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (thrown) {
    if ((thrown as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404)
      return null;
    throw notAnswered(thrown);
  }
}
