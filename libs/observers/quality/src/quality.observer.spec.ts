import { describe, expect, it } from '@jest/globals';
import { callHouse, ManualClock, settled } from '#libs/testing';
import { QualityConfig } from './quality.config.js';
import { QualityObserver } from './quality.observer.js';

async function quietCall() {
  const clock = new ManualClock();
  const house = callHouse({ clock, observers: [new QualityObserver(new QualityConfig(), clock)] });
  const call = house.offer();
  await settled();
  return { ...house, ...call };
}

describe('a call without sound of its caller', () => {
  it('is told to have stalled', async () => {
    const { clock, tape } = await quietCall();
    clock.advance(new QualityConfig().stalledAfterMs + 1000);
    expect(tape.last('audio.stalled')).toMatchObject({ track: 'caller' });
  });

  it('is as it should be in turns of text', async () => {
    const { clock, session, tape } = await quietCall();
    session.router.publish('call.fell.back', { to: 'turns', code: 'X' });
    clock.advance(new QualityConfig().stalledAfterMs * 4);
    expect(tape.types).not.toContain('audio.stalled');
  });
});
