import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PlaybackLedger } from './playback-ledger.js';

describe('PlaybackLedger with marks', () => {
  it('tells the clock’s position between two marks', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 200, 1000);
    ledger.addMark();
    ledger.sent('a', 200, 1000);
    ledger.addMark();
    expect(ledger.unheard(1120)[0]).toMatchObject({ itemId: 'a', sentMs: 400, heardMs: 120 });
  });

  it('knows where a mark really is when the leg holds sound back', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 130, 1000);
    const mark = ledger.addMark(10);
    expect(ledger.isCertain(0)).toBe(true);
    ledger.markHeard(mark, 1150);
    expect(ledger.instantOf(0)).toBe(1030);
    expect(ledger.isReached(125, 1150)).toBe(false);
    expect(ledger.isReached(125, 1156)).toBe(true);
  });

  it('tells how long the sound of an item had run out, and not the pause between two items', () => {
    const ledger = new PlaybackLedger(false);
    expect(ledger.sent('a', 200, 1000)).toBe(0);
    expect(ledger.sent('a', 200, 1150)).toBe(0);
    expect(ledger.sent('a', 200, 1500)).toBe(100);
    expect(ledger.sent('b', 200, 3000)).toBe(0);
    ledger.complete('b');
    expect(ledger.sent('b', 200, 4000)).toBe(0);
  });

  it('never passes a mark that has not come back', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 200, 1000);
    const first = ledger.addMark();
    ledger.sent('a', 400, 1000);
    ledger.addMark();
    expect(ledger.unheard(1450)[0]?.heardMs).toBe(200);
    // The platform started 300 ms late; from its word on the clock goes again.
    expect(ledger.markHeard(first, 1500)).toBe(300);
    expect(ledger.unheard(1600)[0]?.heardMs).toBe(300);
  });

  it('believes the clock again when marks are lost', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 5000, 0);
    ledger.addMark();
    ledger.sent('a', 5000, 0);
    ledger.addMark();
    expect(ledger.unheard(9000)[0]?.heardMs).toBe(5000);
    expect(ledger.unheard(34_900)[0]?.heardMs).toBe(5000);
    expect(ledger.unheard(35_100)[0]?.heardMs).toBe(10_000);
  });

  it('ignores marks that the platform returns unheard after a silence order', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 1000, 0);
    const stale = ledger.addMark();
    ledger.clear();
    ledger.sent('b', 1000, 100);
    ledger.addMark();
    expect(ledger.markHeard(stale, 110)).toBeNull();
    expect(ledger.unheard(300)[0]).toMatchObject({ itemId: 'b', heardMs: 200 });
  });

  it('takes a mark as the word for those before it whose echo was lost', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 200, 0);
    ledger.addMark();
    ledger.sent('a', 200, 0);
    const second = ledger.addMark();
    ledger.complete('a');
    ledger.markHeard(second, 400);
    expect(ledger.takeHeard(400)).toEqual([{ itemId: 'a', heardMs: 400, errorMs: null }]);
    expect(ledger.isPlaying(400)).toBe(false);
  });

  it('starts the line anew when something is sent after a pause', () => {
    const ledger = new PlaybackLedger(true);
    ledger.sent('a', 100, 0);
    ledger.markHeard(ledger.addMark(), 100);
    ledger.sent('b', 500, 5000);
    ledger.addMark();
    expect(ledger.heardAtMs(5000)).toBe(5500);
    expect(ledger.unheard(5200).find(({ itemId }) => itemId === 'b')?.heardMs).toBe(200);
  });
});

describe('PlaybackLedger with sound that was not taken', () => {
  it('tells places in the item as it was made, past the holes', () => {
    const ledger = new PlaybackLedger(false);
    ledger.refused('a', 1000);
    ledger.sent('a', 500, 0);
    ledger.refused('a', 200);
    ledger.refused('a', 100);
    ledger.sent('a', 500, 0);
    expect(ledger.unheard(300)[0]).toMatchObject({ sentMs: 2300, heardMs: 1300 });
    expect(ledger.unheard(500)[0]).toMatchObject({ heardMs: 1500 });
    expect(ledger.unheard(600)[0]).toMatchObject({ heardMs: 1900 });
    ledger.complete('a');
    expect(ledger.takeHeard(1000)).toEqual([{ itemId: 'a', heardMs: 2300, errorMs: null }]);
  });

  it('counts an item of which nothing was taken as not heard', () => {
    const ledger = new PlaybackLedger(true);
    ledger.refused('a', 400);
    expect(ledger.unheard(5000)).toEqual([{ itemId: 'a', sentMs: 400, heardMs: 0, complete: false }]);
    expect(ledger.hasSent).toBe(false);
  });
});

describe('PlaybackLedger by the clock', () => {
  it('knows when sound that is sent now will be heard', () => {
    const ledger = new PlaybackLedger(false);
    expect(ledger.heardAtMs(1000)).toBe(1000);
    ledger.sent('a', 300, 1000);
    expect(ledger.heardAtMs(1100)).toBe(1300);
  });

  it('counts items that wait behind the one that plays as not heard at all', () => {
    const ledger = new PlaybackLedger(false);
    ledger.sent('a', 300, 0);
    ledger.sent('b', 300, 0);
    expect(ledger.unheard(100)).toEqual([
      { itemId: 'a', sentMs: 300, heardMs: 100, complete: true },
      { itemId: 'b', sentMs: 300, heardMs: 0, complete: false },
    ]);
  });

  it('believes a platform that says everything was played', () => {
    const ledger = new PlaybackLedger(false);
    ledger.sent('a', 10_000, 0);
    ledger.complete('a');
    ledger.allHeard(200);
    expect(ledger.takeHeard(200)).toEqual([{ itemId: 'a', heardMs: 10_000, errorMs: null }]);
  });

  it('refuses late sound of a cancelled item, and only of that', () => {
    const ledger = new PlaybackLedger(false);
    ledger.cancel(['a']);
    expect(ledger.admits('a')).toBe(false);
    expect(ledger.admits('b')).toBe(true);
  });

  it('remembers only the newest cancelled items', () => {
    const ledger = new PlaybackLedger(false);
    for (let i = 0; i < 100; i++) ledger.cancel([`item-${i}`]);
    expect(ledger.admits('item-0')).toBe(true);
    expect(ledger.admits('item-99')).toBe(false);
  });
});

type Step =
  | { kind: 'send'; item: number; ms: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'echo' }
  | { kind: 'complete'; item: number }
  | { kind: 'clear' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), item: fc.nat(3), ms: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 800 }) }),
  fc.record({ kind: fc.constant('echo' as const) }),
  fc.record({ kind: fc.constant('complete' as const), item: fc.nat(3) }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

describe('PlaybackLedger, whatever happens', () => {
  it('claims as heard between nothing and what was sent, in the order of sending', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (hasMarks, steps) => {
        const ledger = new PlaybackLedger(hasMarks);
        const marks: string[] = [];
        let nowMs = 1000;
        let sentMs = 0;
        for (const action of steps) {
          if (action.kind === 'send') {
            ledger.sent(`item-${action.item}`, action.ms, nowMs);
            sentMs += action.ms;
            if (hasMarks) marks.push(ledger.addMark());
          } else if (action.kind === 'wait') nowMs += action.ms;
          else if (action.kind === 'complete') ledger.complete(`item-${action.item}`);
          else if (action.kind === 'clear') {
            ledger.clear();
            sentMs = 0;
          } else if (marks.length > 0) ledger.markHeard(marks.shift()!, nowMs);
          for (const taken of ledger.takeHeard(nowMs)) sentMs -= taken.heardMs;
          const items = ledger.unheard(nowMs);
          expect(items.reduce((sum, item) => sum + item.sentMs, 0)).toBeCloseTo(sentMs, 6);
          let partly = false;
          for (const item of items) {
            expect(item.heardMs).toBeGreaterThanOrEqual(0);
            expect(item.heardMs).toBeLessThanOrEqual(item.sentMs);
            // Behind an item that was not heard to its end nothing can have been heard.
            if (partly) expect(item.heardMs).toBe(0);
            partly ||= item.heardMs < item.sentMs;
          }
          expect(ledger.heardAtMs(nowMs)).toBeGreaterThanOrEqual(nowMs - 1e-6);
        }
      }),
    );
  });

  it('stays within one network delay and one frame of a player that answers marks', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ ms: fc.integer({ min: 20, max: 400 }), gapMs: fc.integer({ min: 0, max: 300 }) }),
          { minLength: 1, maxLength: 30 },
        ),
        fc.integer({ min: 0, max: 60 }),
        (pieces, delayMs) => {
          const ledger = new PlaybackLedger(true);
          const echoes: { atMs: number; name: string }[] = [];
          const segments: { fromMs: number; ms: number }[] = [];
          let playerFreeMs = 0;
          let nowMs = 0;
          for (const { ms, gapMs } of pieces) {
            nowMs += gapMs;
            for (const echo of echoes.splice(0).sort((a, b) => a.atMs - b.atMs)) {
              if (echo.atMs <= nowMs) ledger.markHeard(echo.name, echo.atMs);
              else echoes.push(echo);
            }
            ledger.sent('a', ms, nowMs);
            const fromMs = Math.max(playerFreeMs, nowMs + delayMs);
            segments.push({ fromMs, ms });
            playerFreeMs = fromMs + ms;
            echoes.push({ atMs: playerFreeMs + delayMs, name: ledger.addMark() });
            const played = segments.reduce(
              (sum, part) => sum + Math.min(part.ms, Math.max(0, nowMs - part.fromMs)),
              0,
            );
            const claimed = ledger.unheard(nowMs)[0]!.heardMs;
            expect(Math.abs(claimed - played)).toBeLessThanOrEqual(2 * delayMs + 20);
          }
        },
      ),
    );
  });
});
