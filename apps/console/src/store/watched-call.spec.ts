import { describe, expect, it } from '@jest/globals';
import { FakeMonitor, summary } from '../../test/fake-monitor.js';
import { type CallDetail, heardAndCut } from './call-detail.js';
import { WatchedCall } from './watched-call.js';

function watching() {
  const monitor = new FakeMonitor();
  monitor.connect();
  const watched = new WatchedCall(monitor.client, monitor.clock, 'c1');
  const told = (type: string, atMs: number, data: object) =>
    monitor.socket.tell('call.event', { callId: 'c1', type, atMs, data });
  const call = (): CallDetail => {
    monitor.clock.advance(50);
    const state = watched.state.get();
    if (state.phase !== 'ready') throw new Error(`The call is ${state.phase}.`);
    return state.call;
  };
  return { monitor, watched, told, call };
}

const EMPTY = { summary: summary(), transcript: [], speech: [], samples: [], events: [] };

describe('a call that is followed', () => {
  it('grows its lines as they are spoken, and strikes what was cut off', () => {
    const { monitor, told, call } = watching();
    monitor.socket.tell('call', EMPTY);
    told('transcript.partial', 100, { speaker: 'agent', itemId: 'i1', text: 'We are' });
    expect(call().lines).toMatchObject([{ text: 'We are', final: false, atMs: 100 }]);
    told('transcript.partial', 200, { speaker: 'agent', itemId: 'i1', text: 'We are open every day' });
    told('transcript.final', 250, { speaker: 'caller', itemId: 'i2', text: 'Stop' });
    told('transcript.heard', 300, {
      itemId: 'i1',
      text: 'We are open every day',
      heardText: 'We are open',
      cut: true,
    });
    told('transcript.final', 320, { speaker: 'agent', itemId: 'i1', text: 'We are open' });
    const [agent, caller] = call().lines;
    expect(agent && heardAndCut(agent)).toEqual({ heard: 'We are open', unheard: ' every day' });
    expect(agent?.final).toBe(true);
    expect(caller && heardAndCut(caller)).toEqual({ heard: 'Stop', unheard: '' });
  });

  it('places what the caller said before the answer to it, though the words come later', () => {
    const { monitor, told, call } = watching();
    monitor.socket.tell('call', EMPTY);
    told('transcript.partial', 1600, { speaker: 'agent', itemId: 'a', text: 'Yes.' });
    const words = { speaker: 'caller', itemId: 'c', text: 'Hello?' };
    const line = { ...words, final: true, atMs: 100, heardText: null, cut: false };
    monitor.socket.tell('call.event', {
      callId: 'c1',
      type: 'transcript.final',
      atMs: 1700,
      data: words,
      line,
    });
    expect(call().lines.map(({ itemId, atMs }) => [itemId, atMs])).toEqual([
      ['c', 100],
      ['a', 1600],
    ]);
  });

  it('shows a flood of one kind as one, and what was before it', () => {
    const { monitor, told, call } = watching();
    monitor.socket.tell('call', EMPTY);
    told('call.connected', 1, { setupMs: 1 });
    for (let i = 1; i <= 5000; i++) told('caller.dtmf', i * 10, { digit: String(i % 10) });
    const { events } = call();
    expect(events).toHaveLength(21);
    expect(events[0]?.type).toBe('call.connected');
    expect(events.at(-1)).toMatchObject({ atMs: 200, count: 4981, lastAtMs: 50_000, data: { digit: '0' } });
  });

  it('knows who spoke when, on the call’s own clock', () => {
    const { monitor, told, call } = watching();
    monitor.socket.tell('call', EMPTY);
    told('agent.audio.started', 500, { itemId: 'i1', leftMs: 90_500 });
    told('agent.audio.heard', 620, { itemId: 'i1', heardAtMs: 90_600 });
    told('caller.speech.started', 1500, { startedMs: 91_300 });
    told('agent.interrupted', 1510, { itemId: 'i1', cause: 'speech', stopMs: 3 });
    told('caller.speech.stopped', 2400, { stoppedMs: 92_000 });
    expect(call().speech).toEqual([
      { speaker: 'agent', fromMs: 600, toMs: 1510 },
      { speaker: 'caller', fromMs: 1300, toMs: 2000 },
    ]);
  });

  it('keeps a sample a second of each track, and each turn', () => {
    const { monitor, told, call } = watching();
    const sample = { levelDbov: -20, snrDb: 30, clippingPercent: 0, jitterMs: 2, score: 90 };
    monitor.socket.tell('call', { ...EMPTY, samples: [{ track: 'agent', atMs: 1000, ...sample }] });
    const { jitterMs, ...second } = sample;
    const figures = { track: 'caller', second: { ...second, arrival: { jitterMs } } };
    for (let i = 1; i <= 700; i++) told('quality.sampled', i * 1000, figures);
    told('turn.measured', 800_000, { turnLatencyMs: 640 });
    const { samples, turns, events } = call();
    expect(samples.agent).toHaveLength(1);
    expect(samples.caller).toHaveLength(600);
    expect(samples.caller.at(-1)).toEqual({ track: 'caller', atMs: 700_000, ...sample });
    expect(turns).toEqual([{ atMs: 800_000, turnLatencyMs: 640 }]);
    expect(events.map(({ type }) => type)).toEqual(['turn.measured']);
  });

  it('ignores other calls, and takes the summary as it changes', () => {
    const { monitor, call } = watching();
    monitor.socket.tell('call', EMPTY);
    monitor.socket.tell('call', { ...EMPTY, summary: summary({ callId: 'c2' }) });
    monitor.socket.tell('call.event', { callId: 'c2', type: 'call.answered', atMs: 1, data: {} });
    monitor.socket.tell('call.changed', summary({ callId: 'c2', score: 1 }));
    monitor.socket.tell('call.changed', summary({ score: 88 }));
    expect(call().summary).toEqual(summary({ score: 88 }));
    expect(call().events).toEqual([]);
  });

  it('is missing where the gateway does not know it, but stays on the screen once it was there', () => {
    const unknown = watching();
    const refuse = ({ monitor }: ReturnType<typeof watching>) => {
      const asked = monitor.socket.asked('call.subscribe').at(-1);
      monitor.socket.tell('error', { code: 'MONITOR_UNKNOWN_CALL', message: 'No such call.' }, asked?.id);
      monitor.clock.advance(50);
    };
    refuse(unknown);
    expect(unknown.watched.state.get().phase).toBe('missing');
    const known = watching();
    known.monitor.socket.tell('call', EMPTY);
    known.monitor.socket.emit('close');
    known.monitor.clock.advance(500);
    known.monitor.socket.hello();
    refuse(known);
    expect(known.watched.state.get().phase).toBe('ready');
  });

  it('is left when the page is', () => {
    const { monitor, watched } = watching();
    watched.close();
    expect(monitor.socket.asked('call.unsubscribe')).toHaveLength(1);
    monitor.socket.tell('call', EMPTY);
    monitor.clock.advance(50);
    expect(watched.state.get().phase).toBe('loading');
  });
});
