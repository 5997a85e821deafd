import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AudioCodesCallOptions,
  type CallReport,
  placeAudioCodesCall,
  shippedSpeech,
} from '#apps/simulator';
import echo from '#libs/backends/echo';
import type { PluginHost } from '#libs/contracts';
import { GatewayEventRouter, Switchboard } from '#libs/core';
import { CapturedLog, idleBacklogs, ScriptedAgent } from '#libs/testing';
import { CalmTime } from '../../../../apps/simulator/src/testing/calm-time.js';
import { Desk } from '../test/desk.js';
import { AudioCodesConfig } from './audiocodes.config.js';

/** Calls over real sockets, all at once, each heard and judged by the strict simulator. */
const CALLS: Record<string, Omit<AudioCodesCallOptions, 'url'>> = {
  'an ordinary call': {},
  'a call without barge-in, of irregular chunks, with junk in between': {
    bargeIn: false,
    chunks: 'irregular',
    junk: true,
    duplicateInitiate: true,
  },
  'a call of WAV streams': { offer: ['wav/mulaw', 'wav/lpcm16_24'], bareStart: true },
  'a call of two parties beside the bot': { participants: ['caller', 'callee'] },
  'a call whose socket is cut': { faults: { cutAtMs: 1500 } },
};

describe('the strict simulator', () => {
  const log = new CapturedLog();
  const reports = new Map<string, CallReport>();
  let switchboard: Switchboard;
  let desk: Desk;
  /** Here the floor is handed over: VoiceAI Connect sends no caller sound while the agent speaks. */
  let deskWithFloor: Desk;

  beforeAll(async () => {
    const time = new CalmTime(5);
    const { clock } = time;
    const events = new GatewayEventRouter(clock, log);
    const host: PluginHost = {
      log,
      audit: log,
      clock,
      events,
      platforms: [],
      backend: 'echo',
      maxCalls: 10,
      dataDir: '.',
      records: { put: () => undefined },
      backlogs: idleBacklogs,
      redact: (text) => text,
    };
    const backend = echo.create(Object.assign(new echo.config(), { greeting: false }), host);
    switchboard = new Switchboard({
      agents: new ScriptedAgent(backend, {
        settings: { instructions: '', greeting: null, voice: null, language: null },
      }).directory,
      observers: [],
      events,
      clock,
      log,
      maxCalls: 10,
      callerHashKey: null,
      limits: {
        earlyAudioMs: 2000,
        fillerAfterMs: 1500,
        toolTimeoutMs: 5000,
        keysInterrupt: true,
        closersMs: 5000,
      },
    });
    desk = new Desk(clock, log, undefined, switchboard);
    const withFloor = Object.assign(new AudioCodesConfig(), { requestBargeIn: false });
    deskWithFloor = new Desk(clock, log, withFloor, switchboard);
    const url = await desk.url();
    const urlWithFloor = await deskWithFloor.url();
    const calls = Object.entries(CALLS).map(async ([name, options]) => {
      const call = placeAudioCodesCall({
        ...time,
        url: options.bargeIn === false ? urlWithFloor : url,
        script: async (caller) => {
          await caller.listen();
          await caller.say(shippedSpeech('caller-bye'));
          await caller.listen();
        },
        ...options,
      });
      reports.set(name, await call.ended);
    });
    const interrupted = placeAudioCodesCall({
      ...time,
      url,
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.interrupt(500, shippedSpeech('caller-stop'));
        await caller.listen();
      },
    });
    reports.set('an interruption', await time.lastUntil(interrupted.ended));
    await time.lastUntil(Promise.all(calls));
  }, 60_000);

  afterAll(async () => {
    await desk.close();
    await deskWithFloor.close();
    switchboard.close();
  });

  it.each([...Object.keys(CALLS), 'an interruption'])('finds nothing wrong with %s', (name) => {
    const report = reports.get(name)!;
    expect({ breaches: report.breaches, failures: report.failures, notes: report.notes }).toEqual({
      breaches: [],
      failures: [],
      notes: [],
    });
    expect(report.outcome).toBe('caller-hung-up');
    expect(report.turns.at(-1)!.answerHeardAfterMs).not.toBeNull();
  });

  it('hears the agent fall silent when the caller interrupts', () => {
    const { bargeIns } = reports.get('an interruption')!;
    expect(bargeIns).toHaveLength(1);
    expect(bargeIns[0]!.afterCallerStartedMs).not.toBeNull();
  });

  it('gets the cut call back on a new socket', () => {
    const { events } = reports.get('a call whose socket is cut')!;
    expect(events.map(({ what }) => what)).toContain('resumed');
  });

  it('leaves nothing behind', () => {
    expect(switchboard.callCount).toBe(0);
    expect(desk.conversations.size + deskWithFloor.conversations.size).toBe(0);
  });
});
