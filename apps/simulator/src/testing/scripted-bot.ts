import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Whatever a simulated platform sends; tests look into it freely. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about.
export type Message = any;
export type Reply = (message: object | string | Uint8Array) => void;

/** A bot without any rules of its own: a test says what it answers. */
export class ScriptedBot {
  /** Everything that was received, over all sockets, in order. */
  readonly messages: Message[] = [];
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[] = [];
  readonly upgrades: IncomingMessage[] = [];
  readonly sockets: WebSocket[] = [];
  onMessage: (message: Message, reply: Reply, socket: WebSocket) => void = () => undefined;
  onRequest: (request: IncomingMessage, response: ServerResponse, body: string) => void = (
    _request,
    response,
  ) => {
    response.writeHead(404).end();
  };
  /** The HTTP status with which upgrades are refused; null lets them in. */
  refuseWith: number | null = null;
  /** Text that is no JSON is counted instead of failing the test. */
  acceptJunk = false;
  closesAtTheEnd = true;
  junk = 0;
  private readonly upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => this.request(request, response));
    server.on('upgrade', (request, socket, head) => {
      this.upgrades.push(request);
      if (this.refuseWith !== null) {
        socket.end(`HTTP/1.1 ${this.refuseWith} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.upgrader.handleUpgrade(request, socket, head, (client) => this.serve(client));
    });
  }

  static async listen(): Promise<ScriptedBot> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedBot(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string, scheme: 'ws' | 'http' = 'ws'): string {
    return `${scheme}://127.0.0.1:${this.port}${path}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(client: WebSocket): void {
    this.sockets.push(client);
    const reply: Reply = (message) => {
      if (client.readyState !== client.OPEN) return;
      client.send(
        typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message),
      );
    };
    client.on('message', (data) => {
      const message = this.read(data.toString());
      if (message === null) return;
      this.messages.push(message);
      // On AudioCodes it is the bot that closes.
      if (message.type === 'session.end' && this.closesAtTheEnd) client.close();
      this.onMessage(message, reply, client);
    });
  }

  private read(text: string): Message {
    try {
      return JSON.parse(text);
    } catch (thrown) {
      if (!this.acceptJunk) throw thrown;
      this.junk++;
      return null;
    }
  }

  private request(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      this.requests.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      this.onRequest(request, response, body);
    });
  }
}
