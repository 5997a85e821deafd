import type { ToolBox } from '#libs/contracts';
import { CapturedLog, systemClock } from '#libs/testing';
import { GuardedHttp, ToolShelf } from '../src/index.js';
import { type Answer, HttpRig } from './http-rig.js';
import { PaperCall } from './paper-call.js';

/** A shelf, one call and the servers that its tools are on, all closed together. */
export class ShelfRig {
  readonly log = new CapturedLog();
  readonly call = new PaperCall();
  readonly http: GuardedHttp;
  private readonly open: { close(): unknown }[] = [];

  constructor(allowedHosts: readonly string[] = ['127.0.0.1']) {
    this.http = new GuardedHttp({ allowedHosts });
  }

  shelf(tools: Record<string, unknown> = {}): ToolShelf {
    const findCall = (callId: string) => (callId === this.call.callId ? this.call : null);
    const shelf = new ToolShelf({ http: this.http, findCall, clock: systemClock, log: this.log, tools });
    this.open.unshift(shelf);
    return shelf;
  }

  box(...references: unknown[]): ToolBox {
    return this.shelf().boxFor(references, { agent: 'desk', origin: 'api' });
  }

  async serve(answer: Answer): Promise<HttpRig> {
    const server = await HttpRig.start(answer);
    this.open.push(server);
    return server;
  }

  async close(): Promise<void> {
    for (const thing of this.open.splice(0)) await thing.close();
    await this.http.close();
  }
}

let calls = 0;

/** The model calls a function in the one call that there is. */
export function use(box: ToolBox, name: string, args: unknown = {}, callId = 'call-1'): Promise<string> {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  const call = { toolCallId: `tool-call-${++calls}`, name, arguments: text };
  return box.call(call, callId, new AbortController().signal);
}
