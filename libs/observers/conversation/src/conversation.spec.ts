import { describe, expect, it } from '@jest/globals';
import { frameFromBytes, silence } from '#libs/audio';
import type { GatewayEvents, TurnFigures } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { AgentStretches } from './agent-stretches.js';
import { InterruptionJudge } from './interruption-judge.js';
import { SilenceOwed } from './silence-owed.js';
import { Lengths } from './spread.js';
import { TurnMeter } from './turn-meter.js';

describe('TurnMeter', () => {
  function meter() {
    const told: { figures: TurnFigures; answered: boolean }[] = [];
    return { told, turns: new TurnMeter((figures, answered) => told.push({ figures, answered })) };
  }

  it('tells a turn and its parts once the answer is heard', () => {
    const { told, turns } = meter();
    turns.callerBegan();
    turns.callerStopped(1000);
    expect(turns.committed(1500)).toBe(true);
    turns.arrived('a', 1800);
    turns.left('a', 1802);
    expect(told).toEqual([]);
    turns.heard('a', 1850);
    const figures = {
      turnLatencyMs: 802,
      heardLatencyMs: 850,
      endOfTurnMs: 500,
      modelMs: 300,
      gatewayMs: 2,
    };
    expect(told).toEqual([{ figures, answered: true }]);
  });

  it('takes the first utterance after the turn for the answer, and no other', () => {
    const { told, turns } = meter();
    turns.callerBegan();
    turns.callerStopped(1000);
    turns.arrived('of before', 1100);
    turns.left('of before', 1100);
    turns.committed(1500);
    turns.heard('of before', 1600);
    turns.arrived('a', 1800);
    turns.left('a', 1801);
    turns.arrived('b', 1900);
    turns.left('b', 1900);
    turns.heard('a', 1900);
    expect(told.map(({ figures }) => figures.modelMs)).toEqual([300]);
  });

  it('tells what it knows of a turn to which the caller added, and of one whose answer was cut off', () => {
    const { told, turns } = meter();
    turns.callerBegan();
    turns.callerStopped(1000);
    turns.committed(1500);
    turns.callerBegan();
    turns.callerStopped(2000);
    turns.committed(2500);
    turns.arrived('a', 2800);
    turns.left('a', 2800);
    turns.callerBegan();
    turns.cutOff();
    expect(
      told.map(({ figures, answered }) => [figures.endOfTurnMs, figures.turnLatencyMs, answered]),
    ).toEqual([
      [500, null, false],
      [500, 800, false],
    ]);
  });

  it('does not take it for a turn when the backend asks a silent caller', () => {
    const { told, turns } = meter();
    turns.callerBegan();
    turns.callerStopped(1000);
    turns.committed(1500);
    expect(turns.committed(9000)).toBe(false);
    turns.close();
    expect(told).toHaveLength(1);
  });

  it('measures the model where the backend does not tell when callers speak', () => {
    const { told, turns } = meter();
    turns.committed(1500);
    turns.arrived('a', 1800);
    turns.left('a', 1801);
    turns.heard('a', 1810);
    expect(told[0]).toMatchObject({ figures: { turnLatencyMs: null, modelMs: 300 }, answered: true });
  });
});

describe('SilenceOwed', () => {
  it('counts the wait for the greeting from the opening of the line', () => {
    const owed = new SilenceOwed();
    owed.lineOpened(100);
    owed.connected(300);
    owed.answering(350);
    owed.heard(900);
    expect(owed.totalMs(5000)).toBe(800);
  });

  it('owes nothing for what the agent says of itself after a long silence', () => {
    const owed = new SilenceOwed();
    owed.lineOpened(100);
    owed.connected(300);
    owed.answering(30_000);
    owed.heard(30_500);
    expect(owed.totalMs(40_000)).toBe(0);
  });

  it('owes nothing where the model has nothing to say', () => {
    const owed = new SilenceOwed();
    owed.owe(1000);
    owed.nothingToSay();
    expect(owed.totalMs(60_000)).toBe(0);
  });

  it('counts no more than half a minute for one answer', () => {
    const owed = new SilenceOwed();
    owed.owe(1000);
    expect(owed.totalMs(200_000)).toBe(30_000);
  });

  it('counts no greeting where the agent waits for the caller', () => {
    const owed = new SilenceOwed();
    owed.lineOpened(100);
    owed.callerBegan(3000);
    owed.callerStopped(4000);
    owed.owe(4000);
    owed.answering(4500);
    owed.heard(4700);
    expect(owed.totalMs(5000)).toBe(700);
  });

  it('does not count while the caller speaks, and goes on when the caller stops', () => {
    const owed = new SilenceOwed();
    owed.owe(1000);
    owed.callerBegan(1300);
    owed.callerStopped(2000);
    owed.heard(2500);
    expect(owed.totalMs(9000)).toBe(800);
  });

  it('does not count while nobody is there, and owes again what was cut off by that', () => {
    const owed = new SilenceOwed();
    owed.owe(1000);
    owed.heard(1200);
    owed.away(2000, true);
    owed.back(7000);
    owed.heard(7400);
    expect(owed.totalMs(9000)).toBe(600);
  });

  it('counts holes, and what is owed at the end', () => {
    const owed = new SilenceOwed();
    owed.hole(250);
    owed.owe(1000);
    expect(owed.totalMs(1500)).toBe(750);
  });
});

describe('InterruptionJudge', () => {
  function judge(canKnow = true) {
    const clock = new ManualClock();
    const verdicts: GatewayEvents['interruption.judged'][] = [];
    const made = new InterruptionJudge({
      clock,
      falseAfterMs: 1000,
      canKnow: () => canKnow,
      tell: (verdict) => verdicts.push(verdict),
    });
    return { clock, made, outcome: () => verdicts.map(({ wasFalse }) => wasFalse) };
  }

  it('believes an interruption that is followed by words, however long they take to say', () => {
    const { clock, made, outcome } = judge();
    made.interrupted(1, 100, true);
    clock.advance(20_000);
    made.callerStopped();
    clock.advance(900);
    expect(outcome()).toEqual([]);
    made.words('u1');
    clock.advance(5000);
    expect(outcome()).toEqual([false]);
  });

  it('is not misled by the words of the turn before, which come late', () => {
    const { clock, made, outcome } = judge();
    made.committed();
    clock.advance(300);
    made.interrupted(1, 100, true);
    made.words('of the turn before');
    made.callerStopped();
    made.words('of the turn before');
    clock.advance(1000);
    expect(outcome()).toEqual([true]);
  });

  it('takes the second transcript for that of the interruption where the first is still to come', () => {
    const { clock, made, outcome } = judge();
    made.committed();
    made.interrupted(1, 100, true);
    made.callerStopped();
    made.committed();
    made.words('u1');
    expect(outcome()).toEqual([]);
    made.words('u2');
    clock.advance(1000);
    expect(outcome()).toEqual([false]);
  });

  it('does not wait for ever for a transcript that failed', () => {
    const { clock, made, outcome } = judge();
    made.committed();
    clock.advance(10_000);
    made.interrupted(1, 100, true);
    made.words('u2');
    expect(outcome()).toEqual([false]);
  });

  it('calls it false when none follow', () => {
    const { clock, made, outcome } = judge();
    made.interrupted(1, 100, true);
    made.callerStopped();
    clock.advance(999);
    expect(outcome()).toEqual([]);
    clock.advance(1);
    expect(outcome()).toEqual([true]);
  });

  it('does not take late words of an earlier turn for words of this one', () => {
    const { clock, made, outcome } = judge();
    made.words('before');
    made.interrupted(1, 100, false);
    made.words('before');
    clock.advance(1000);
    expect(outcome()).toEqual([true]);
  });

  it('does not guess where nobody writes words down, nor when the call ends', () => {
    const unwritten = judge(false);
    unwritten.made.interrupted(1, null, false);
    unwritten.clock.advance(1000);
    expect(unwritten.outcome()).toEqual([null]);
    const ended = judge();
    ended.made.interrupted(1, null, true);
    ended.made.giveUp();
    expect(ended.outcome()).toEqual([null]);
    expect(ended.clock.pending).toBe(0);
  });
});

describe('AgentStretches', () => {
  const format = { encoding: 'mulaw', sampleRate: 8000 } as const;
  const frame = (atMs: number, durationMs: number) =>
    frameFromBytes('agent', format, atMs, silence(format, durationMs));

  it('knows how much of a time the agent was heard', () => {
    const stretches = new AgentStretches();
    expect(stretches.untilMs).toBeNull();
    stretches.push(frame(1000, 200));
    stretches.push(frame(1205, 200));
    stretches.push(frame(2000, 500));
    expect(stretches.untilMs).toBe(2500);
    expect(stretches.overlapMs(0, 900)).toBe(0);
    expect(stretches.overlapMs(1100, 2100)).toBe(305 + 100);
  });

  it('forgets what was cut off', () => {
    const stretches = new AgentStretches();
    stretches.push(frame(1000, 2000));
    stretches.push(frame(4000, 1000));
    stretches.cut(1500);
    expect(stretches.overlapMs(0, 9000)).toBe(500);
    stretches.push(frame(1600, 100));
    expect(stretches.overlapMs(1550, 9000)).toBe(100);
  });

  it('keeps the newest of many', () => {
    const stretches = new AgentStretches();
    for (let i = 0; i < 1000; i++) stretches.push(frame(i * 100, 20));
    expect(stretches.overlapMs(99_000, 100_000)).toBe(200);
    expect(stretches.overlapMs(0, 50_000)).toBe(0);
  });
});

describe('Lengths', () => {
  it('has no spread of nothing', () => {
    const lengths = new Lengths();
    lengths.add(null);
    expect(lengths.spread).toBeNull();
  });

  it('tells count, mean, percentiles and the longest', () => {
    const lengths = new Lengths();
    for (let i = 100; i >= 1; i--) lengths.add(i);
    expect(lengths.spread).toEqual({ count: 100, meanMs: 50.5, p50Ms: 50, p95Ms: 95, maxMs: 100 });
  });

  it('takes the percentiles of long series from the newest', () => {
    const lengths = new Lengths();
    for (let i = 0; i < 3000; i++) lengths.add(i < 1500 ? 9000 : 1);
    expect(lengths.spread).toMatchObject({ count: 3000, p95Ms: 1, maxMs: 9000, meanMs: 4500.5 });
  });
});
