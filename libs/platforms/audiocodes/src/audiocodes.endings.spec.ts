import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AudioCodesCallOptions, placeAudioCodesCall } from '#apps/simulator';
import { frameFromSamples, tone } from '#libs/audio';
import type { Switchboard } from '#libs/core';
import {
  callHouse,
  type EventTape,
  type ScriptedAiSession,
  type ScriptedBackend,
  systemClock,
  until,
} from '#libs/testing';
import { Desk } from '../test/desk.js';

const AI_FORMAT = { encoding: 'pcm16', sampleRate: 24000 } as const;

/** Calls in real time on real sockets, judged by the strict simulator; the AI says what the test wants. */
describe('the end of an AudioCodes call', () => {
  let tape: EventTape;
  let backend: ScriptedBackend;
  let switchboard: Switchboard;
  let desk: Desk;

  beforeEach(() => {
    const house = callHouse({
      clock: systemClock,
      formats: [AI_FORMAT],
      maxCalls: 2,
      limits: { fillerAfterMs: 60_000 },
    });
    ({ tape, backend, switchboard } = house);
    desk = new Desk(systemClock, house.log, undefined, switchboard);
  });

  afterEach(async () => {
    await desk.close();
    switchboard.close();
  });

  async function connected(options: Partial<AudioCodesCallOptions> = {}) {
    const call = placeAudioCodesCall({
      url: await desk.url(),
      script: (caller) => caller.pause(20_000),
      ...options,
    });
    await until(() => tape.types.includes('call.connected'), 'the call');
    const control = switchboard.desk.calls[0]!;
    return { call, control, ai: backend.session };
  }

  /** A response with as much of a tone, which a caller can tell from silence. */
  function respond(ai: ScriptedAiSession, itemId: string, durationMs: number): void {
    const sound = tone({ sampleRate: 24_000, frequencyHz: 500, durationMs });
    ai.listener.onResponseStarted(`r-${itemId}`);
    ai.listener.onAgentAudio(frameFromSamples('agent', AI_FORMAT, systemClock.nowMs(), sound), itemId);
    ai.finish(itemId);
    ai.listener.onResponseFinished(`r-${itemId}`, 'completed', null);
  }

  const heard = (events: readonly { readonly what: string }[], what: string) =>
    events.some((event) => event.what === what);

  it.each([{ events: ['playFinished'] }, { events: [] }])(
    'comes when the goodbye was heard, with and without the platform saying so: %j',
    async (options) => {
      const { call, control, ai } = await connected(options);
      respond(ai, 'bye', 800);
      control.hangUpAfterLastWord('agent');
      const report = await call.ended;
      expect(report).toMatchObject({ ok: true, outcome: 'agent-hung-up', detail: 'agent-hung-up' });
      const [stretch] = report.agent.stretches;
      expect(stretch!.receivedMs).toBeCloseTo(800, 0);
      expect(report.agent.playedMs).toBeCloseTo(800, 0);
      expect(report.agent.droppedMs).toBe(0);
    },
  );

  it('is the transfer of a caller who has heard what was to be said before', async () => {
    const { call, control, ai } = await connected({ transferResult: 'answered', transferRingsMs: 200 });
    const transfer = control.transfer({ to: '+15550123', say: 'One moment.' }, 'agent');
    expect(ai.spoken).toEqual(['One moment.']);
    respond(ai, 'words', 600);
    await transfer;
    const report = await call.ended;
    expect(report).toMatchObject({ ok: true, outcome: 'transferred', detail: 'tel:+15550123' });
    expect(report.agent.playedMs).toBeCloseTo(600, 0);
    expect(tape.last('call.transferring')).toEqual({ to: '+15550123', by: 'agent' });
    expect(tape.types.filter((type) => type.startsWith('call.')).slice(-3)).toEqual([
      'call.transferring',
      'call.transferred',
      'call.ended',
    ]);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'transferred', code: null });
    expect(heard(report.events, 'bot: hangup')).toBe(false);
  });

  it('is a transfer of which the platform says nothing but the end', async () => {
    const { call, control } = await connected();
    await control.transfer({ to: 'sip:q@pbx.example', say: null }, 'ann');
    expect((await call.ended).outcome).toBe('transferred');
    const { types } = tape;
    expect(types.indexOf('call.transferred')).toBeGreaterThan(0);
    expect(types.indexOf('call.transferred')).toBeLessThan(types.indexOf('call.ended'));
    expect(tape.all('operator.acted')).toEqual([{ action: 'transfer', by: 'ann' }]);
  });

  it('does not come when the transfer fails: the agent is told and goes on', async () => {
    const { call, control, ai } = await connected({ transferResult: 'failed', transferRingsMs: 100 });
    const transfer = control.transfer({ to: '+15550123', say: null }, 'agent');
    await expect(transfer).rejects.toMatchObject({ code: 'AUDIOCODES_TRANSFER_FAILED' });
    expect(tape.last('call.transfer.failed')).toEqual({ code: 'AUDIOCODES_TRANSFER_FAILED' });
    expect(ai.instructions).toHaveLength(1);
    respond(ai, 'sorry', 400);
    control.hangUpAfterLastWord('agent');
    const report = await call.ended;
    expect(report).toMatchObject({ ok: true, outcome: 'agent-hung-up' });
    expect(report.agent.playedMs).toBeCloseTo(400, 0);
  });

  it('comes while a transfer rings when the caller hangs up', async () => {
    const { call, control } = await connected({ transferResult: 'none' });
    const transfer = control.transfer({ to: '+15550123', say: null }, 'agent');
    await until(() => heard(call.line.record.events, 'bot: transfer'), 'the transfer');
    call.hangUp();
    await expect(transfer).rejects.toMatchObject({ code: expect.stringContaining('TRANSFER') });
    expect((await call.ended).outcome).toBe('caller-hung-up');
    expect(tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up' });
    expect(tape.types).not.toContain('call.transfer.failed');
  });

  it('lets keys be pressed before, in the platform’s own way', async () => {
    const { call, control } = await connected();
    expect(control.sendDtmf('12#', 'agent')).toBe(true);
    await until(() => heard(call.line.record.events, 'bot sends keys 12#'), 'the keys');
    expect(tape.last('agent.dtmf.sent')).toEqual({ digits: '12#' });
    call.hangUp();
    expect((await call.ended).ok).toBe(true);
  });
});
