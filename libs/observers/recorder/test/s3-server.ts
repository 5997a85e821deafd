import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const hash = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** A small S3 of one bucket in path style. It computes each signature (version 4) itself, and takes nothing that is not signed. */
export class S3Server {
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly type: string | undefined }>();
  readonly requests: string[] = [];
  readonly breaches: string[] = [];
  /** So many of the next requests are answered with 503. */
  busy = 0;
  /** `busy`: all requests are answered with 503; `refuses`: with 403. */
  state: 'well' | 'busy' | 'refuses' = 'well';
  private readonly server: Server;

  constructor(private readonly options: S3Options) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const { method = '', url = '' } = request;
    const { pathname } = new URL(url, 'http://s3');
    this.requests.push(`${method} ${pathname}`);
    if (this.state === 'busy') return fault(response, 503, 'SlowDown');
    if (this.state === 'refuses') return fault(response, 403, 'AccessDenied');
    if (this.busy > 0) {
      this.busy--;
      return fault(response, 503, 'SlowDown');
    }
    if (!this.isSigned(request, body)) return fault(response, 403, 'SignatureDoesNotMatch');
    const prefix = `/${this.options.bucket}/`;
    if (!pathname.startsWith(prefix)) return fault(response, 404, 'NoSuchBucket');
    this.answer(request, decodeURIComponent(pathname.slice(prefix.length)), body, response);
  }

  private answer(request: IncomingMessage, key: string, body: Buffer, response: ServerResponse): void {
    const object = this.objects.get(key);
    switch (request.method) {
      case 'PUT':
        if (request.headers['content-length'] !== String(body.length))
          this.breaches.push('no content-length');
        this.objects.set(key, { bytes: body, type: request.headers['content-type'] });
        response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
        return;
      case 'DELETE':
        this.objects.delete(key);
        response.writeHead(204).end();
        return;
      case 'HEAD':
      case 'GET':
        if (object === undefined) fault(response, 404, 'NoSuchKey');
        else give(request, object.bytes, response);
        return;
      default:
        fault(response, 405, 'MethodNotAllowed');
    }
  }

  private isSigned(request: IncomingMessage, body: Buffer): boolean {
    const { accessKeyId, secretAccessKey, region } = this.options;
    const [, id, day = '', where, names = '', signature = ''] =
      AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
    const stamp = String(request.headers['x-amz-date'] ?? '');
    const payload = String(request.headers['x-amz-content-sha256'] ?? '');
    if (id !== accessKeyId || where !== region || !stamp.startsWith(day)) return false;
    if (payload !== 'UNSIGNED-PAYLOAD' && payload !== hash(body)) return false;
    const signed = names.split(';');
    for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256'])
      if (!signed.includes(needed)) return false;
    const { pathname, searchParams } = new URL(request.url!, 'http://s3');
    const query = [...searchParams]
      .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`)
      .sort();
    const headers = signed.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    );
    const canonical = [request.method, pathname, query.join('&'), headers.join(''), names, payload].join(
      '\n',
    );
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n');
    const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
      (made, part) => hmac(made, part),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
    return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
  }
}

function give(request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  const part = bytes.subarray(Number(from), Number(to) + 1);
  if (part.length === 0) {
    fault(response, 416, 'InvalidRange');
    return;
  }
  response.writeHead(206, {
    'content-length': part.length,
    'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
  });
  response.end(part);
}

function fault(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}
