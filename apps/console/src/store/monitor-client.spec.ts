import { describe, expect, it } from '@jest/globals';
import { FakeMonitor } from '../../test/fake-monitor.js';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the connection to the monitor', () => {
  it('is open once the gateway has said hello, and knows the role', () => {
    const monitor = new FakeMonitor();
    monitor.client.start();
    expect(monitor.client.connection.get()).toEqual({ state: 'connecting' });
    monitor.socket.hello('viewer');
    expect(monitor.client.connection.get()).toEqual({
      state: 'open',
      operator: { name: 'Ada', role: 'viewer' },
    });
  });

  it('comes back by itself, waiting longer each time, and subscribes again to what is still wanted', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    monitor.client.subscribe('call.subscribe', { callId: 'c1' }, 'call.unsubscribe');
    const leave = monitor.client.subscribe('call.subscribe', { callId: 'c2' }, 'call.unsubscribe');
    leave();
    monitor.socket.emit('close');
    expect(monitor.client.connection.get()).toMatchObject({ state: 'lost', tries: 1 });
    monitor.clock.advance(499);
    expect(monitor.sockets).toHaveLength(1);
    monitor.clock.advance(1);
    expect(monitor.sockets).toHaveLength(2);
    monitor.socket.emit('close');
    monitor.clock.advance(999);
    expect(monitor.sockets).toHaveLength(2);
    monitor.clock.advance(1);
    monitor.socket.hello();
    expect(monitor.socket.asked('call.subscribe').map(({ data }) => data)).toEqual([{ callId: 'c1' }]);
  });

  it('never waits longer than a quarter of a minute and a quarter', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    for (let i = 0; i < 12; i++) {
      monitor.socket.emit('close');
      monitor.clock.advance(18_750);
    }
    expect(monitor.sockets).toHaveLength(13);
  });

  it('tries at once when asked to', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    monitor.socket.emit('close');
    monitor.client.retryNow();
    monitor.client.retryNow();
    expect(monitor.sockets).toHaveLength(2);
    monitor.clock.advance(10_000);
    expect(monitor.sockets).toHaveLength(2);
  });

  it('stops trying where the gateway lets it in no more', async () => {
    const monitor = new FakeMonitor();
    monitor.welcome = false;
    monitor.client.start();
    monitor.socket.emit('close');
    await nextTurn();
    expect(monitor.client.connection.get()).toEqual({ state: 'refused' });
    monitor.clock.advance(60_000);
    expect(monitor.sockets).toHaveLength(1);
  });

  it('gives up a connection that answers nothing any more, after asking', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    monitor.clock.advance(16_000);
    expect(monitor.socket.asked('calls.subscribe')).toHaveLength(1);
    monitor.socket.tell('calls', { calls: [] });
    monitor.clock.advance(15_000);
    expect(monitor.client.connection.get().state).toBe('open');
    monitor.clock.advance(8000);
    expect(monitor.sockets[0]?.closed).toBe(true);
    monitor.clock.advance(500);
    expect(monitor.sockets).toHaveLength(2);
  });

  it('leaves a subscription only when its last user has gone', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    const first = monitor.client.subscribe('call.subscribe', { callId: 'c1' }, 'call.unsubscribe');
    const second = monitor.client.subscribe('call.subscribe', { callId: 'c1' }, 'call.unsubscribe');
    first();
    first();
    expect(monitor.socket.asked('call.unsubscribe')).toHaveLength(0);
    second();
    expect(monitor.socket.asked('call.unsubscribe')).toHaveLength(1);
  });

  it('tells a refused subscription to the one who asked', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    const codes: string[] = [];
    monitor.client.subscribe('call.subscribe', { callId: 'c9' }, 'call.unsubscribe', ({ code }) =>
      codes.push(code),
    );
    const [asked] = monitor.socket.asked('call.subscribe');
    monitor.socket.tell('error', { code: 'MONITOR_UNKNOWN_CALL', message: 'No such call.' }, asked?.id);
    monitor.socket.tell('error', { code: 'OTHER', message: 'Of something else.' }, 'x');
    expect(codes).toEqual(['MONITOR_UNKNOWN_CALL']);
  });

  it('pairs requests with their answers, in whatever order they come', async () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    const said = monitor.client.request('call.say', { callId: 'c1', text: 'Hello' });
    const muted = monitor.client.request('call.mute', { callId: 'c1', muted: true });
    const [say] = monitor.socket.asked('call.say');
    const [mute] = monitor.socket.asked('call.mute');
    monitor.socket.tell('error', { code: 'NOT_ALLOWED', message: 'No.', advice: 'Ask.' }, mute?.id);
    monitor.socket.tell('done', {}, say?.id);
    await expect(said).resolves.toEqual({});
    await expect(muted).rejects.toMatchObject({ code: 'NOT_ALLOWED', message: 'No.', advice: 'Ask.' });
  });

  it('fails requests that nobody answers, and those under way when the connection breaks', async () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    const unanswered = monitor.client.request('call.say', { callId: 'c1', text: 'Hello' });
    monitor.clock.advance(10_000);
    await expect(unanswered).rejects.toMatchObject({ code: 'NO_ANSWER' });
    const broken = monitor.client.request('call.say', { callId: 'c1', text: 'Hello' });
    monitor.socket.emit('close');
    await expect(broken).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(monitor.client.request('call.say', {})).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('is not shaken by rubbish, nor by what a dropped connection still says', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    for (const rubbish of ['', 'x', '1', 'null', '[]', '{"event":5}', '{"data":{}}'])
      monitor.socket.emit('message', rubbish);
    expect(monitor.client.connection.get().state).toBe('open');
    const [old] = monitor.sockets;
    monitor.socket.emit('close');
    old?.hello();
    old?.emit('close');
    expect(monitor.client.connection.get()).toMatchObject({ state: 'lost', tries: 1 });
  });

  it('leaves nothing behind when it is stopped', () => {
    const monitor = new FakeMonitor();
    monitor.connect();
    monitor.socket.emit('close');
    monitor.client.stop();
    expect(monitor.clock.pending).toBe(0);
    expect(monitor.client.connection.get()).toEqual({ state: 'closed' });
  });
});
