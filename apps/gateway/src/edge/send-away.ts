import type { WebSocket } from 'ws';
import type { Clock } from '#libs/contracts';

/** How long the peer has to close its side. */
const GOODBYE_MS = 1000;

/** What a peer can make a socket tell its listeners, as often as it likes. */
export const FROM_PEER: ReadonlySet<string | symbol> = new Set(['message', 'ping', 'pong']);

/**
 * Ends a socket with a code and the reason. What the peer still sends reaches nobody, also who begins to listen only now; who waits for
 * the end is told this code, since a peer that is not read any more brings none.
 */
export function sendAway(client: WebSocket, code: number, reason: string, clock: Clock): void {
  const { emit } = client;
  client.emit = (event: string | symbol, first?: unknown, second?: unknown) => {
    if (FROM_PEER.has(event)) return false;
    if (event === 'close') return emit.call(client, event, code, Buffer.from(reason));
    return emit.call(client, event, first, second);
  };
  client.close(code, reason);
  client.once(
    'close',
    clock.after(GOODBYE_MS, () => client.terminate()),
  );
}
