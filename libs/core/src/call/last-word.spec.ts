import { describe, expect, it } from '@jest/globals';
import type { AudioFrame, Clock, EndReason } from '#libs/contracts';
import { callHouse, ScriptedLeg, type ScriptedLegOptions, settled } from '#libs/testing';

/** A platform with a caller: what is pushed travels, is played in one line, and marks come back late or never. */
class ListenedLeg extends ScriptedLeg {
  /** When the caller hears the end of everything sent. */
  heardMs = 0;
  endedMs: number | null = null;
  private played = 0;

  constructor(
    private readonly clock: Clock,
    private readonly wayMs: number,
    /** What the platform keeps in stock before it plays. */
    private readonly stockMs: number,
    /** How late the next mark comes back; null: it never does. */
    private readonly markDelayMs: () => number | null,
    options: ScriptedLegOptions = {},
  ) {
    super(options);
  }

  override push(frame: AudioFrame): boolean {
    if (this.endedMs === null) {
      const atMs = this.clock.nowMs() + this.wayMs + this.stockMs;
      this.heardMs = Math.max(this.heardMs, atMs) + frame.durationMs;
      this.played += frame.durationMs;
    }
    return super.push(frame);
  }

  override mark(name: string): void {
    const delayMs = this.markDelayMs();
    if (delayMs === null) return;
    const backMs = Math.max(this.heardMs, this.clock.nowMs() + this.wayMs) + this.wayMs + delayMs;
    this.clock.after(backMs - this.clock.nowMs(), () => this.listener.onMarkHeard(name));
  }

  override clear(): void {
    super.clear();
    this.played -= Math.max(0, this.heardMs - this.clock.nowMs() - this.wayMs);
    this.heardMs = 0;
  }

  override hangUp(reason: EndReason): void {
    super.hangUp(reason);
    this.endedMs = this.clock.nowMs();
  }

  /** What the caller did not get to hear because the line went dead. */
  get cutMs(): number {
    return Math.max(0, this.heardMs - (this.endedMs! + this.wayMs));
  }

  get heardForMs(): number {
    return this.played - this.cutMs;
  }
}

/** A fixed sequence: a failure can be looked at again. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function house(leg: (clock: Clock) => ScriptedLeg) {
  const all = callHouse();
  const scripted = leg(all.clock);
  scripted.listener = all.switchboard.offer(scripted, all.switchboard.reserve());
  await settled();
  const session = all.switchboard.calls.at(-1)!;
  return { ...all, leg: scripted, session, control: session.control, ai: all.backend.session };
}

/** Says goodbye as AIs do, and calls for the end at one moment of it or another. Returns how much sound that was. */
function sayGoodbye(call: Awaited<ReturnType<typeof house>>, random: () => number): number {
  const { clock, ai, control } = call;
  const pieces = 1 + Math.floor(random() * 60);
  const pieceMs = [20, 100, 250][Math.floor(random() * 3)]!;
  // From a burst to slower than it is spoken.
  const paceMs = [0, 5, 0.9 * pieceMs, 1.1 * pieceMs][Math.floor(random() * 4)]!;
  const firstMs = random() * 1500;
  const hangUp = () => control.hangUpAfterLastWord('agent');
  const moment = random();
  let atMs = 0;
  const then = (delayMs: number, action: () => void) => {
    atMs += delayMs;
    clock.after(atMs, action);
  };
  ai.listener.onResponseStarted('r');
  if (moment < 0.15) {
    // A function call alone; the goodbye comes after its answer.
    then(200, hangUp);
    then(10, () => ai.listener.onResponseFinished('r', 'completed', null));
    then(100 + random() * 1500, () => ai.listener.onResponseStarted('r2'));
  } else if (moment < 0.3) then(100, hangUp);
  const at = Math.floor(random() * pieces);
  for (let i = 0; i < pieces; i++) {
    const stallMs = random() < 0.02 ? random() * 1000 : 0;
    then(i === 0 ? firstMs : paceMs + stallMs, () => {
      ai.say('goodbye', pieceMs, pieceMs);
      if (moment >= 0.3 && moment < 0.6 && i === at) hangUp();
    });
  }
  then(0, () => ai.finish('goodbye'));
  if (moment >= 0.6 && moment < 0.8) then(20, hangUp);
  then(30, () => ai.listener.onResponseFinished('r', 'completed', null));
  if (moment >= 0.8) then(random() * 20, hangUp);
  // The answer to the function, of which the caller is to hear nothing.
  then(20, () => {
    ai.listener.onResponseStarted('after');
    ai.say('after', 1000);
    ai.finish('after');
    ai.listener.onResponseFinished('after', 'completed', null);
  });
  if (random() < 0.3) {
    // The caller says goodbye too, or presses a key, while he is being said goodbye to.
    clock.after(firstMs + 300 + random() * 1000, () => {
      if (!control.view.state.startsWith('end') && moment < 0.3) {
        ai.listener.onCallerSpeech('started', clock.nowMs());
        ai.listener.onInterrupted();
        call.leg.listener.onDtmf('#');
      }
    });
  }
  return pieces * pieceMs;
}

describe('the last word', () => {
  it('is cut in none of 1,000 goodbyes, whatever becomes of the marks, and not waited for beyond 1.5 s', async () => {
    const tally = { cut: 0, notAll: 0, late: 0, wrong: 0 };
    const waits: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const random = dice(i + 1);
      const kind = random();
      const lostShare = kind < 0.3 ? 1 : random() * 0.5;
      const constantMs = random() * 3000;
      const markDelayMs = () => {
        if (random() < lostShare) return null;
        return kind < 0.6 ? constantMs : random() * 3000;
      };
      const capabilities = { marks: random() < 0.85 };
      const wayMs = random() * 150;
      const stockMs = random() * 1200;
      const call = await house(
        (clock) => new ListenedLeg(clock, wayMs, stockMs, markDelayMs, { capabilities }),
      );
      const leg = call.leg as ListenedLeg;
      let said = 0;
      if (random() < 0.5) {
        // Something from before is still being heard.
        call.ai.listener.onResponseStarted('r0');
        call.ai.say('before', 1000);
        call.ai.finish('before');
        call.ai.listener.onResponseFinished('r0', 'completed', null);
        said += 1000;
        call.clock.advance(random() * 1500);
      }
      said += sayGoodbye(call, random);
      call.clock.advance(60_000);
      if (leg.endedMs === null || call.tape.last('call.ended')?.reason !== 'agent-hung-up') tally.wrong++;
      else {
        if (leg.cutMs > 0) tally.cut++;
        if (Math.abs(leg.heardForMs - said) > 0.001) tally.notAll++;
        const waitMs = leg.endedMs - leg.heardMs;
        waits.push(waitMs);
        if (waitMs > 1500) tally.late++;
      }
      call.switchboard.close();
    }
    expect(tally).toEqual({ cut: 0, notAll: 0, late: 0, wrong: 0 });
    expect(waits).toHaveLength(1000);
    // Not that all of them wait as long as they may: marks that come are believed.
    expect(waits.filter((waitMs) => waitMs < 1000).length).toBeGreaterThan(50);
  });

  const marks = (delayMs: number | null) => (clock: Clock) => new ListenedLeg(clock, 20, 0, () => delayMs);

  it('is believed heard as soon as its mark comes', async () => {
    const call = await house(marks(0));
    call.ai.say('bye', 1000);
    call.ai.finish('bye');
    call.control.hangUpAfterLastWord('agent');
    call.clock.advance(1039);
    expect(call.tape.types).not.toContain('call.ended');
    call.clock.advance(2);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up', code: null });
  });

  it('is believed heard 1.4 s after the clock says so when its mark is lost, and told as heard', async () => {
    const call = await house(marks(null));
    call.ai.say('bye', 1000);
    call.ai.finish('bye');
    call.control.hangUpAfterLastWord('agent');
    call.clock.advance(2399);
    expect(call.tape.types).not.toContain('call.ended');
    call.clock.advance(1);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
    expect(call.tape.last('agent.item.heard')).toMatchObject({ itemId: 'bye', heardMs: 1000 });
  });

  it('is what an operator lets be heard, too, in his name', async () => {
    const call = await house(marks(0));
    call.ai.say('bye', 500);
    call.control.hangUpAfterLastWord('ann');
    expect(call.control.say('One more thing.', 'ann')).toBe(false);
    call.ai.finish('bye');
    call.clock.advance(600);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'operator-hung-up' });
    expect(call.tape.all('operator.acted')).toEqual([{ action: 'hang-up', by: 'ann' }]);
  });

  it('of an operator with nothing being said is none', async () => {
    const call = await house(marks(0));
    call.control.hangUpAfterLastWord('ann');
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'operator-hung-up' });
  });

  it('of an agent that says none is waited for a moment and no longer', async () => {
    const call = await house(marks(0));
    call.ai.listener.onResponseStarted('r');
    call.control.hangUpAfterLastWord('agent');
    call.ai.listener.onResponseFinished('r', 'completed', null);
    call.clock.advance(3900);
    expect(call.tape.types).not.toContain('call.ended');
    call.clock.advance(200);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('of an AI that answers its function without a word is none', async () => {
    const call = await house(marks(0));
    call.ai.listener.onResponseStarted('r');
    call.control.hangUpAfterLastWord('agent');
    call.ai.listener.onResponseFinished('r', 'completed', null);
    call.ai.listener.onResponseStarted('r2');
    call.ai.listener.onResponseFinished('r2', 'completed', null);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('ends the call when the AI breaks off in the middle of it', async () => {
    const call = await house(marks(0));
    call.ai.listener.onResponseStarted('r');
    call.ai.say('bye', 500);
    call.control.hangUpAfterLastWord('agent');
    call.clock.advance(4400);
    expect(call.tape.types).not.toContain('call.ended');
    call.clock.advance(200);
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('is not spoken over by an operator who has taken the call: it ends when he gives the line back', async () => {
    const call = await house(marks(0));
    call.ai.say('bye', 2000);
    call.ai.finish('bye');
    call.control.hangUpAfterLastWord('agent');
    const line = call.control.takeOver('ann')!;
    call.clock.advance(60_000);
    expect(call.tape.types).not.toContain('call.ended');
    line.release();
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('that an operator mutes is not waited for in silence', async () => {
    const call = await house(marks(0));
    call.ai.say('bye', 30_000);
    call.ai.finish('bye');
    call.control.hangUpAfterLastWord('agent');
    call.clock.advance(1000);
    call.control.mute(true, 'ann');
    await settled();
    expect(call.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up' });
  });

  it('is left unheard by a caller who hangs up, and leaves no timer behind', async () => {
    const call = await house(marks(null));
    call.ai.say('bye', 2000);
    call.control.hangUpAfterLastWord('agent');
    call.leg.listener.onHangUp('caller-hung-up');
    call.clock.advance(10_000);
    await settled();
    expect(call.tape.all('call.ended')).toMatchObject([{ reason: 'caller-hung-up' }]);
    call.switchboard.close();
    expect(call.clock.pending).toBe(0);
  });
});
