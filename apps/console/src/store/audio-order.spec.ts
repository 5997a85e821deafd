import { describe, expect, it } from '@jest/globals';
import { FakeMonitor } from '../../test/fake-monitor.js';
import { AudioOrder } from './audio-order.js';

function ordering() {
  const monitor = new FakeMonitor();
  monitor.connect();
  const told: string[] = [];
  const order = new AudioOrder(monitor.client, 'c1', {
    started: ({ stream }) => told.push(`started ${stream}`),
    frame: () => told.push('frame'),
    cut: ({ atMs }) => told.push(`cut ${atMs}`),
    ended: ({ stream }) => told.push(`ended ${stream}`),
    stop: () => told.push('stop'),
    refused: ({ code }) => told.push(`refused ${code}`),
  });
  return { monitor, order, told };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('listening to a call', () => {
  it('changes who is heard without breaking off who is heard already', () => {
    const { monitor, order, told } = ordering();
    order.set(['AI']);
    monitor.socket.tell('audio.started', { callId: 'c1', stream: 7, speakers: ['AI'] });
    order.set(['Caller', 'AI']);
    monitor.socket.tell('audio.started', { callId: 'c1', stream: 7, speakers: ['Caller', 'AI'] });
    monitor.socket.emit('message', new ArrayBuffer(24));
    monitor.socket.tell('audio.cut', { callId: 'c1', stream: 7, speaker: 'AI', atMs: 5 });
    expect(told).toEqual(['started 7', 'frame', 'cut 5']);
    expect(monitor.socket.asked('audio.subscribe').map(({ data }) => data.speakers)).toEqual([
      ['AI'],
      ['Caller', 'AI'],
    ]);
    expect(monitor.socket.asked('audio.unsubscribe')).toHaveLength(0);
    order.set([]);
    expect(monitor.socket.asked('audio.unsubscribe')).toHaveLength(1);
    expect(told.at(-1)).toBe('stop');
  });

  it('goes on after a reconnect, as a new stream', () => {
    const { monitor, order, told } = ordering();
    order.set(['Caller']);
    monitor.socket.tell('audio.started', { callId: 'c1', stream: 7, speakers: ['Caller'] });
    monitor.socket.emit('close');
    expect(told).toEqual(['started 7', 'stop']);
    monitor.clock.advance(500);
    monitor.socket.hello();
    expect(monitor.socket.asked('audio.subscribe')).toHaveLength(1);
    monitor.socket.tell('audio.started', { callId: 'c1', stream: 7, speakers: ['Caller'] });
    expect(told.at(-1)).toBe('started 7');
  });

  it('says why the gateway refuses', async () => {
    const { monitor, order, told } = ordering();
    order.set(['Caller']);
    const [asked] = monitor.socket.asked('audio.subscribe');
    monitor.socket.tell('error', { code: 'MONITOR_CALL_ENDED', message: 'Over.' }, asked?.id);
    await nextTurn();
    expect(told).toEqual(['refused MONITOR_CALL_ENDED']);
  });
});
