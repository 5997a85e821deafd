import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NetworkCall {
  readonly callId: string;
  readonly orderId: string;
  status: 'ringing' | 'in-progress' | 'completed';
}

/** A platform behind HTTP, as processes that die see it: it remembers every call that it was asked to place. */
export class PhoneNetwork {
  readonly calls: NetworkCall[] = [];
  /** Orders that came in, also those that were not taken. */
  readonly orders: string[] = [];
  /** `deaf`: takes nothing and does not answer; `mute`: places the call and does not answer. */
  mode: 'works' | 'deaf' | 'mute' = 'works';
  /** Calls are answered and over by themselves. */
  hurries = false;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<PhoneNetwork> {
    const server = createServer((request, response) => void network.serve(request, response));
    const network = new PhoneNetwork(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, this.url);
    const orderId = url.searchParams.get('order');
    request.resume();
    if (request.method === 'POST' && orderId !== null) {
      this.orders.push(orderId);
      if (this.mode === 'deaf') return;
      const call: NetworkCall = { callId: `n-${this.calls.length}`, orderId, status: 'ringing' };
      this.calls.push(call);
      if (this.mode === 'works') response.end(JSON.stringify(call));
      return;
    }
    const found = this.calls.find((one) =>
      orderId === null ? one.callId === url.pathname.slice(1) : one.orderId === orderId,
    );
    response.end(JSON.stringify(found ?? null));
    if (found === undefined || !this.hurries) return;
    found.status = found.status === 'ringing' ? 'in-progress' : 'completed';
  }
}
