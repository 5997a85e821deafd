import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '#libs/contracts';
import { connectedCall, ScriptedLeg, settled } from '#libs/testing';

describe('a lost leg', () => {
  it('may come back: the AI is told what was not heard, and the call goes on with the new leg', async () => {
    const { switchboard, leg, ai, clock, tape } = await connectedCall(
      {},
      { capabilities: { resumeWithinMs: 30_000 } },
    );
    ai.say('a', 1000);
    leg.listener.onMarkHeard(leg.marks[1]!);
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(switchboard.calls[0]?.state).toBe('suspended');
    expect(switchboard.hasCalls('scripted')).toBe(true);
    expect(ai.interruptions[0]?.[0]).toMatchObject({ itemId: 'a', heardMs: 520 });
    clock.advance(5000);
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    second.listener.onCallerAudio(second.callerFrame(0));
    ai.say('b', 100);
    expect(ai.frames).toHaveLength(1);
    expect(second.pushedMs).toBe(100);
    expect(ai.greetings).toBe(1);
    expect(tape.types).toEqual(expect.arrayContaining(['call.suspended', 'call.resumed']));
    // The old connection has nothing to say any more.
    leg.listener.onHangUp('caller-hung-up');
    expect(tape.types).not.toContain('call.ended');
  });

  it('ends the call when it does not come back in time', async () => {
    const { leg, clock, tape, switchboard } = await connectedCall(
      {},
      { capabilities: { resumeWithinMs: 30_000 } },
    );
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    clock.advance(30_000);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'CALL_NOT_RESUMED' });
    expect(switchboard.callCount).toBe(0);
  });

  it('may be replaced before its loss was noticed', async () => {
    const { switchboard, ai, tape } = await connectedCall({}, { capabilities: { resumeWithinMs: 30_000 } });
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    ai.say('a', 100);
    expect(second.pushedMs).toBe(100);
    expect(tape.types).not.toContain('call.ended');
  });

  it('ends the call at once where the platform cannot resume', async () => {
    const { leg, tape } = await connectedCall();
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost', code: 'X_CUT' });
  });
});

describe('what is owed to the caller', () => {
  it('is said again after a lost leg came back', async () => {
    const { switchboard, leg, ai, tape } = await connectedCall(
      {},
      { capabilities: { resumeWithinMs: 30_000 } },
    );
    ai.say('a', 1000);
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(tape.types).toContain('agent.interrupted');
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(1);
    expect(tape.types).toContain('call.resumed');
  });

  it('includes what the AI said while nobody was there', async () => {
    const { switchboard, leg, ai } = await connectedCall({}, { capabilities: { resumeWithinMs: 30_000 } });
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    ai.say('unheard', 800);
    ai.finish('unheard');
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.interruptions.at(-1)).toEqual([{ itemId: 'unheard', sentMs: 800, heardMs: 0, complete: true }]);
    expect(ai.wentOn).toBe(1);
  });

  it('is nothing where nothing was cut off', async () => {
    const { switchboard, leg, ai } = await connectedCall({}, { capabilities: { resumeWithinMs: 30_000 } });
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(0);
  });

  it('includes an answer that had no sound yet when the leg was lost', async () => {
    const { switchboard, leg, ai } = await connectedCall({}, { capabilities: { resumeWithinMs: 30_000 } });
    ai.listener.onResponseStarted('r1');
    leg.listener.onLegLost(new GatewayError('X_CUT', 'cut'));
    expect(ai.interruptions).toEqual([[]]);
    const second = new ScriptedLeg({ capabilities: { resumeWithinMs: 30_000 } });
    second.listener = switchboard.resume(second)!;
    await settled();
    expect(ai.wentOn).toBe(1);
  });

  it('is heard to its end before the agent’s goodbye ends the call', async () => {
    const { leg, ai, tape } = await connectedCall();
    ai.say('bye', 400);
    ai.finish('bye');
    ai.listener.onAiClosed(null);
    expect(leg.story).not.toContain('hangUp');
    for (const mark of leg.marks) leg.listener.onMarkHeard(mark);
    expect(leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'agent-hung-up' });
    expect(tape.last('call.ended')?.reason).toBe('agent-hung-up');
  });

  it('is known past sound that the platform did not take', async () => {
    const { leg, ai, clock } = await connectedCall({}, { capabilities: { marks: false } });
    leg.takes = false;
    ai.say('a', 1000);
    leg.takes = true;
    ai.say('a', 1000);
    clock.advance(300);
    ai.listener.onInterrupted();
    expect(ai.interruptions).toEqual([[{ itemId: 'a', sentMs: 2000, heardMs: 1300, complete: false }]]);
  });
});
