import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

const BODY_LIMIT = 64 * 1024;

/** A tool call as it reached the server. */
export interface AskedTool {
  readonly tool: string;
  readonly arguments: object;
  readonly agent: string;
}

/** A company's own server, which knows about orders. Only what Patchbay has signed is answered. */
export interface ToolServer {
  readonly url: string;
  readonly secret: string;
  readonly asked: readonly AskedTool[];
  /** Requests that were not signed as they must be. */
  readonly refused: number;
  close(): Promise<void>;
}

export async function startToolServer(answer: object): Promise<ToolServer> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = new Webhook(secret);
  const asked: AskedTool[] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data;
      if (body.length > BODY_LIMIT) request.destroy();
    });
    request.on('end', () => {
      try {
        webhook.verify(body, request.headers as Record<string, string>);
      } catch {
        refused++;
        response.writeHead(401).end();
        return;
      }
      const { data } = JSON.parse(body);
      asked.push({ tool: data.tool, arguments: data.arguments, agent: data.call.agent });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/order-status`,
    secret,
    asked,
    get refused() {
      return refused;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
