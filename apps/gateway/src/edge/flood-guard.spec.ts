import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import type { MessageLimits } from '#libs/contracts';
import { ManualClock, until } from '#libs/testing';
import { CALL_LIMITS, guardAgainstFlood } from './flood-guard.js';

let server: WebSocketServer | null = null;

afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
});

/** A socket under guard, and who sends to it. */
async function guarded(clock: ManualClock, limits: MessageLimits) {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let received = 0;
  const floods: string[] = [];
  const ends: unknown[] = [];
  server.on('connection', (client) => {
    guardAgainstFlood(client, limits, clock, (kind) => floods.push(kind));
    client.on('message', () => received++);
    client.on('close', (code, reason) => ends.push(code, reason.toString()));
  });
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  const send = async (count: number, message = 'x') => {
    const expected = received + count;
    for (let i = 0; i < count; i++) socket.send(message);
    await until(() => received === expected, `${count} messages`);
  };
  return { socket, floods, ends, send, received: () => received };
}

describe('guardAgainstFlood', () => {
  it('gives back as many messages as time has passed for, and never more than the burst', async () => {
    const clock = new ManualClock();
    const limits = { text: { burst: 10, perSecond: 4 }, binary: { burst: 1, perSecond: 1 } };
    const { socket, floods, ends, send, received } = await guarded(clock, limits);

    await send(10);
    clock.advance(1000);
    await send(4);
    clock.advance(3_600_000);
    await send(10);
    expect(floods).toEqual([]);
    for (let i = 0; i < 100; i++) socket.send('x');
    await until(() => floods.length > 0, 'the flood');
    expect([received(), floods, clock.pending]).toEqual([24, ['text'], 1]);
    const closed = once(socket, 'close');
    clock.advance(1000);
    expect((await closed)[0]).toBe(1008);
    await until(() => ends.length > 0, 'the end of our side');
    expect([received(), floods, ends]).toEqual([24, ['text'], [1008, 'too many messages']]);
    await until(() => clock.pending === 0, 'no timer');
  });

  it('counts a long message as several', async () => {
    const clock = new ManualClock();
    const rate = { burst: 10, perSecond: 1 };
    const { socket, floods, send } = await guarded(clock, { text: rate, binary: rate });
    await send(2, 'x'.repeat(8191));
    await send(1, 'x'.repeat(7 * 8192));
    expect(floods).toEqual([]);
    socket.send('x');
    await until(() => floods.length > 0, 'the flood');
  });
});

describe('what a call may bring', () => {
  it('is its sound for as long as it likes, ten seconds that a stall held up, and what belongs to it', async () => {
    const clock = new ManualClock();
    const { socket, floods, send } = await guarded(clock, CALL_LIMITS);
    for (const pieceMs of [20, 10]) {
      for (let stall = 0; stall < 3; stall++) {
        for (let second = 0; second < 20; second++) {
          clock.advance(1000);
          await send(1000 / pieceMs + 5);
        }
        clock.advance(10_000);
        // With the echoes of the marks of a minute of speech, as an interruption brings them.
        await send(10_000 / pieceMs + 120);
      }
    }
    expect([floods, socket.readyState]).toEqual([[], WebSocket.OPEN]);
  });

  it('is not what comes four times as fast, for long', async () => {
    const clock = new ManualClock();
    const { socket, floods } = await guarded(clock, CALL_LIMITS);
    let sent = 0;
    for (; floods.length === 0 && sent < 20_000; sent += 80) {
      clock.advance(100);
      for (let i = 0; i < 80; i++) socket.send('x');
      await new Promise((resolve) => socket.ping(resolve));
    }
    await until(() => floods.length > 0, 'the flood');
    expect(sent).toBeGreaterThan(2000);
  });
});
