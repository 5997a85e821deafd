import { describe, expect, it } from '@jest/globals';
import { CapturedLog, EventTape, ManualClock } from '#libs/testing';
import { AudioPath } from '../media/audio-path.js';
import { CallEventRouter, GatewayEventRouter } from './event-router.js';

function make() {
  const clock = new ManualClock();
  const log = new CapturedLog();
  const gateway = new GatewayEventRouter(clock, log);
  const path = () => new AudioPath({ holdMs: 0, onTapFailure: () => undefined });
  const router = new CallEventRouter('call-1', clock, gateway, { caller: path(), agent: path() });
  return { clock, log, gateway, router };
}

describe('CallEventRouter', () => {
  it('calls several listeners of one event in the order in which they subscribed', () => {
    const { router } = make();
    const order: string[] = [];
    router.on('caller.dtmf', ({ digit }) => order.push(`first ${digit}`));
    router.on('caller.dtmf', ({ digit }) => order.push(`second ${digit}`));
    router.publish('caller.dtmf', { digit: '5' });
    expect(order).toEqual(['first 5', 'second 5']);
  });

  it('stamps events with the call, a number that counts up, and the time', () => {
    const { router, clock } = make();
    const tape = new EventTape(router);
    router.publish('caller.dtmf', { digit: '1' });
    clock.advance(250);
    router.publish('caller.speech.started', { startedMs: 0 });
    expect(tape.entries.map(({ stamp }) => stamp)).toEqual([
      { callId: 'call-1', seq: 1, atMs: 1000 },
      { callId: 'call-1', seq: 2, atMs: 1250 },
    ]);
  });

  it('gives the gateway a copy of every event', () => {
    const { router, gateway } = make();
    const tape = new EventTape(gateway);
    router.publish('caller.dtmf', { digit: '1' });
    expect(tape.entries).toEqual([
      { type: 'caller.dtmf', data: { digit: '1' }, stamp: { callId: 'call-1', seq: 1, atMs: 1000 } },
    ]);
  });

  it('stops nobody when one listener throws, and counts and logs it', () => {
    const { router, gateway, log } = make();
    const heard: string[] = [];
    const tape = new EventTape(gateway);
    router.on('caller.dtmf', () => {
      throw new Error('broken');
    });
    router.on('caller.dtmf', ({ digit }) => heard.push(digit));
    router.publish('caller.dtmf', { digit: '9' });
    expect(heard).toEqual(['9']);
    expect(tape.all('listener.failed')).toEqual([{ event: 'caller.dtmf' }]);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(['EVENT_LISTENER_FAILED']);
  });

  it('does not turn in a circle when the listener of failures fails', () => {
    const { gateway, log } = make();
    gateway.on('listener.failed', () => {
      throw new Error('broken too');
    });
    gateway.publish('listener.failed', { event: 'caller.dtmf' });
    expect(log.lines).toHaveLength(1);
  });

  it('lets a listener leave or join while the event is on its way, from the next event on', () => {
    const { router } = make();
    const heard: string[] = [];
    const leave = router.on('caller.dtmf', () => {
      heard.push('leaver');
      leave();
      router.on('caller.dtmf', () => heard.push('joiner'));
    });
    router.on('caller.dtmf', () => heard.push('stayer'));
    router.publish('caller.dtmf', { digit: '1' });
    router.publish('caller.dtmf', { digit: '2' });
    expect(heard).toEqual(['leaver', 'stayer', 'stayer', 'joiner']);
  });

  it('shows events that listeners publish to everybody in the order of their numbers', () => {
    const { router, gateway } = make();
    const ofCall = new EventTape(router);
    const ofGateway = new EventTape(gateway);
    router.on('caller.dtmf', () => router.publish('caller.speech.started', { startedMs: 0 }));
    router.publish('caller.dtmf', { digit: '1' });
    for (const tape of [ofCall, ofGateway]) {
      expect(tape.types).toEqual(['caller.dtmf', 'caller.speech.started']);
      expect(tape.entries.map(({ stamp }) => stamp.seq)).toEqual([1, 2]);
    }
  });

  it('says nothing any more once it is closed', () => {
    const { router } = make();
    const tape = new EventTape(router);
    router.close();
    router.publish('caller.dtmf', { digit: '1' });
    expect(tape.entries).toEqual([]);
  });
});
