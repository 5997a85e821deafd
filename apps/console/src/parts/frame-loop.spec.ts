import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { onEachFrame } from './frame-loop.js';

describe('the animation frame of the page', () => {
  const before = globalThis.requestAnimationFrame;
  let asked: FrameRequestCallback[];
  let nowMs = 0;

  beforeEach(() => {
    asked = [];
    globalThis.requestAnimationFrame = (callback) => asked.push(callback);
  });

  afterEach(() => {
    frame();
    globalThis.requestAnimationFrame = before;
  });

  function frame(): void {
    nowMs += 16;
    for (const callback of asked.splice(0)) callback(nowMs);
  }

  it('is asked for once, however often pages with meters take turns', () => {
    let drawn = 0;
    const draw = () => {
      drawn += 1;
    };
    let leave = onEachFrame(draw);
    frame();
    for (let page = 0; page < 20; page++) {
      leave();
      leave = onEachFrame(draw);
      expect(asked).toHaveLength(1);
      frame();
    }
    expect(asked).toHaveLength(1);
    expect(drawn).toBe(21);
    leave();
  });

  it('is not asked for any more when nothing moves, and again when something does', () => {
    const leave = onEachFrame(() => undefined);
    frame();
    leave();
    frame();
    expect(asked).toHaveLength(0);
    const elapsed: number[] = [];
    const leaveAgain = onEachFrame((elapsedMs) => elapsed.push(elapsedMs));
    frame();
    frame();
    expect(elapsed).toEqual([16, 16]);
    leaveAgain();
  });
});
