import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux, macOS and Windows give to whoever asks for any port, and above those of well-known services. */
const FROM = 20_000;
const TO = 32_000;

/**
 * A port for a server that is to be there only later, or again after it was gone: the system gives it to nobody meanwhile, as it might
 * with one that it has itself given away before.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = randomInt(FROM, TO);
    server.listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    const closed = once(server, 'close');
    server.close();
    await closed;
    return port;
  }
}
