import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (seen: SeenRequest, response: ServerResponse, count: number) => void;

/** A real server on loopback that writes down what it is asked. */
export class HttpRig {
  readonly seen: SeenRequest[] = [];
  private readonly server: Server;

  private constructor(answer: Answer) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        const seen = { method, path, headers, body: Buffer.concat(chunks).toString() };
        this.seen.push(seen);
        answer(seen, response, this.seen.length);
      });
    });
  }

  static async start(answer: Answer): Promise<HttpRig> {
    const rig = new HttpRig(answer);
    await new Promise<void>((resolve) => rig.server.listen(0, '127.0.0.1', resolve));
    return rig;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Code and message of what an act throws. */
export async function failureOf(
  act: () => unknown,
): Promise<{ code: string; message: string; retryable: boolean }> {
  try {
    await act();
  } catch (thrown) {
    return thrown as { code: string; message: string; retryable: boolean };
  }
  return { code: 'NOTHING_THROWN', message: '', retryable: false };
}
