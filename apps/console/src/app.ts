import type { Clock } from '#libs/contracts';
import { Api } from './store/api.js';
import { CallHistory } from './store/call-history.js';
import { CallList } from './store/call-list.js';
import { Cell } from './store/cell.js';
import { MonitorClient } from './store/monitor-client.js';
import { hashOf, type Route, routeOf } from './store/route.js';
import { Session } from './store/session.js';

/** The store's connections to this browser. */

export const clock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, action) {
    const timer = setInterval(action, intervalMs);
    return () => clearInterval(timer);
  },
};

/** The address of one of the gateway's sockets, beside the page itself. */
export function socketUrl(path: string): string {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return url.href;
}

function openMonitor(): WebSocket {
  const socket = new WebSocket(socketUrl('monitor'));
  socket.binaryType = 'arraybuffer';
  return socket;
}

export const session = new Session(
  (...request) => fetch(...request),
  () => Date.now(),
);

export const api = new Api(
  (...request) => fetch(...request),
  () => void session.ask().catch(() => undefined),
);

export const monitor = new MonitorClient({
  open: openMonitor,
  clock,
  isWelcome: () => session.ask(),
  random: Math.random,
});

export const callList = new CallList(monitor, clock);

export const history = new CallHistory(api, clock);

export const route = new Cell<Route>(routeOf(location.hash));

/** The list that was seen last, and that a call's page leads back to. */
let lastList: 'calls' | 'history' = routeOf(location.hash).page === 'history' ? 'history' : 'calls';

export function backToList(): string {
  return hashOf({ page: lastList });
}

function onHash(): void {
  const next = routeOf(location.hash);
  if (next.page === 'calls' || next.page === 'history') lastList = next.page;
  route.set(next);
}

/** This operator speaks to a caller in place of the agent; leaving the call's page gives the call back. */
export const isOnTheLine = new Cell(false);

/** The gateway's time of day, which changes once a second. */
export const second = new Cell<number>(Date.now());

export function start(): void {
  addEventListener('hashchange', onHash);
  addEventListener('online', () => monitor.retryNow());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') monitor.retryNow();
  });
  clock.every(1000, () => second.set(Date.now() + session.aheadMs));
  session.state.watch(() => {
    if (session.state.get().phase === 'in') monitor.start();
    else monitor.stop();
  });
  void session.ask();
}
