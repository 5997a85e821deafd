import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallObserver, GatewayError } from '#libs/contracts';
import { callHouse, connectedCall, ScriptedLeg, settled } from '#libs/testing';

describe('Switchboard', () => {
  it('lets in exactly as many calls as it has places, whatever the order of coming and going', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (comings) => {
        const { switchboard, offer } = callHouse({ maxCalls: 3 });
        const legs: ScriptedLeg[] = [];
        comings.forEach((comes, index) => {
          if (comes && legs.length < 3) legs.push(offer({ platformCallId: `c${index}` }).leg);
          else if (comes) expect(switchboard.reserve()).toBeNull();
          else legs.shift()?.listener.onHangUp('caller-hung-up');
          expect(switchboard.callCount).toBe(legs.length);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('gives a place back once, however often it is released', () => {
    const { switchboard } = callHouse({ maxCalls: 1 });
    const place = switchboard.reserve()!;
    place.release();
    place.release();
    expect(switchboard.callCount).toBe(0);
    expect(switchboard.reserve()).not.toBeNull();
    expect(switchboard.reserve()).toBeNull();
  });

  it('connects the AI of an announced call before its leg is there, and adopts the leg', async () => {
    const { switchboard, backend, tape } = callHouse({ maxCalls: 1 });
    const leg = new ScriptedLeg();
    expect(switchboard.announce({ info: leg.info, expiresInMs: 15_000 })).toBe(true);
    expect(switchboard.announce({ info: leg.info, expiresInMs: 15_000 })).toBe(true);
    expect(
      switchboard.announce({ info: new ScriptedLeg({ platformCallId: 'other' }).info, expiresInMs: 1 }),
    ).toBe(false);
    await settled();
    expect(backend.sessions).toHaveLength(1);
    leg.listener = switchboard.offer(leg, null);
    await settled();
    expect(leg.story).toEqual(['answer']);
    expect(backend.session.greetings).toBe(1);
    expect(tape.all('call.offered')).toHaveLength(1);
  });

  it('gives up an announced call whose leg never comes', async () => {
    const { switchboard, backend, clock, tape } = callHouse();
    switchboard.announce({ info: new ScriptedLeg().info, expiresInMs: 15_000 });
    await settled();
    clock.advance(15_000);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'never-connected' });
    expect(backend.session.closed).toBe(true);
    expect(switchboard.callCount).toBe(0);
  });

  it('tells who announced a call that it ended without a leg, and no one whose call had one', async () => {
    const { switchboard } = callHouse();
    const told: string[] = [];
    const announced = (platformCallId: string) => {
      const leg = new ScriptedLeg({ platformCallId });
      const onOver = (reason: string) => told.push(`${platformCallId} ${reason}`);
      switchboard.announce({ info: leg.info, expiresInMs: 15_000, onOver });
      return leg;
    };
    announced('early');
    switchboard.desk.calls[0]!.hangUp('ann', 'machine-answered');
    expect(told).toEqual(['early machine-answered']);
    const leg = announced('streaming');
    leg.listener = switchboard.offer(leg, null);
    switchboard.desk.calls[0]!.hangUp('ann');
    await settled();
    expect(leg.orders).toEqual([{ kind: 'hangUp', reason: 'operator-hung-up' }]);
    expect(told).toEqual(['early machine-answered']);
  });

  it('refuses a second leg for a running call, and a leg without a place', async () => {
    const { switchboard } = await connectedCall();
    const place = switchboard.reserve();
    expect(() => switchboard.offer(new ScriptedLeg(), place)).toThrow(
      expect.objectContaining({ code: 'CALL_DUPLICATE' }),
    );
    expect(() => switchboard.offer(new ScriptedLeg({ platformCallId: 'other' }), null)).toThrow(
      expect.objectContaining({ code: 'CALL_NO_PLACE' }),
    );
  });

  it('refuses in good order a call whose agent is not there, announced or not, and keeps its place free', async () => {
    const unknown = () => {
      throw new GatewayError('AGENT_UNKNOWN', 'There is no such agent.');
    };
    const { switchboard, tape } = callHouse({ maxCalls: 1, agents: { choose: unknown } });
    const leg = new ScriptedLeg();
    expect(() => switchboard.announce({ info: leg.info, expiresInMs: 15_000 })).toThrow(
      expect.objectContaining({ code: 'AGENT_UNKNOWN' }),
    );
    expect(() => switchboard.offer(leg, switchboard.reserve())).toThrow(
      expect.objectContaining({ code: 'AGENT_UNKNOWN' }),
    );
    expect(switchboard.callCount).toBe(0);
    expect(tape.types).not.toContain('call.offered');
  });

  it('tells with each call which agent has it, in which version', async () => {
    const { switchboard, tape } = await connectedCall();
    expect(tape.last('call.offered')).toMatchObject({ agent: 'scripted', agentVersion: 1 });
    expect(switchboard.calls[0]?.agent).toEqual({
      name: 'scripted',
      version: 1,
      recording: null,
      privacy: { redact: [], keepForMs: null },
    });
  });

  it('drains: takes nothing new, lets running calls end by themselves, and ends the rest at the deadline', async () => {
    const { switchboard, offer, clock, tape } = callHouse();
    const { leg: first } = offer({ platformCallId: 'one' });
    const { leg: second } = offer({ platformCallId: 'two' });
    await settled();
    const drained = switchboard.drain(60_000);
    expect(switchboard.reserve()).toBeNull();
    first.listener.onHangUp('caller-hung-up');
    await settled();
    clock.advance(59_000);
    expect(second.orders.some(({ kind }) => kind === 'hangUp')).toBe(false);
    clock.advance(1000);
    await drained;
    expect(second.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'gateway-draining' });
    expect(tape.all('call.ended').map(({ reason }) => reason)).toEqual([
      'caller-hung-up',
      'gateway-draining',
    ]);
  });

  it('tells vendors of callers only by a hash that needs the operator’s key', async () => {
    const { backend } = await connectedCall({ callerHashKey: 'secret' }, { from: '+15550100001' });
    expect(backend.session.options.callerHash).toMatch(/^[0-9a-f]{32}$/);
    const none = await connectedCall({}, { from: '+15550100001' });
    expect(none.backend.session.options.callerHash).toBeNull();
  });

  it('waits, when it drains, for calls that have their place and are on their way', async () => {
    const { switchboard } = callHouse();
    const place = switchboard.reserve()!;
    let drained = false;
    void switchboard.drain(60_000).then(() => {
      drained = true;
    });
    await settled();
    expect(drained).toBe(false);
    place.release();
    await settled();
    expect(drained).toBe(true);
  });

  it('reports dropped sound once a second, not frame by frame', async () => {
    const { leg, ai, clock, tape } = await connectedCall();
    ai.takes = false;
    for (let i = 0; i < 50; i++) leg.listener.onCallerAudio(leg.callerFrame(i * 20));
    expect(tape.all('audio.dropped')).toEqual([]);
    clock.advance(2000);
    expect(tape.all('audio.dropped')).toEqual([{ track: 'caller', reason: 'far-side-full', frames: 50 }]);
  });
});

describe('the end of a call', () => {
  it('runs in order, once: sound, AI, leg, event, observers, registry', async () => {
    const story: string[] = [];
    const observer: CallObserver = {
      name: 'witness',
      onCall: (call) => {
        call.router.on('call.ended', () => story.push(`event in ${call.state}`));
        return async () => {
          story.push('observer');
        };
      },
    };
    const { leg, ai, switchboard, clock } = await connectedCall({ observers: [observer] });
    leg.listener.onHangUp('caller-hung-up');
    leg.listener.onHangUp('caller-hung-up');
    ai.say('late', 100);
    await settled();
    expect(ai.closed).toBe(true);
    expect(leg.orders.filter(({ kind }) => kind === 'hangUp')).toHaveLength(1);
    expect(leg.pushedMs).toBe(0);
    expect(story).toEqual(['event in ending', 'observer']);
    expect(switchboard.calls).toEqual([]);
    switchboard.close();
    expect(clock.pending).toBe(0);
  });

  it('does not wait for ever for an observer, nor does one that throws matter', async () => {
    const stuck: CallObserver = { name: 'stuck', onCall: () => () => new Promise<void>(() => undefined) };
    const broken: CallObserver = {
      name: 'broken',
      onCall: () => {
        throw new Error('no');
      },
    };
    const { leg, switchboard, clock, log } = await connectedCall({ observers: [broken, stuck] });
    leg.listener.onHangUp('caller-hung-up');
    clock.advance(5000);
    await settled();
    expect(switchboard.calls).toEqual([]);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(
      expect.arrayContaining(['OBSERVER_FAILED', 'OBSERVER_LATE']),
    );
  });
});
