import { afterEach, expect, it } from '@jest/globals';
import { placeTwilioCall } from '#apps/simulator';
import { frameFromBytes, frameFromSamples, inPieces, tone } from '#libs/audio';
import { ScriptedBackend, until } from '#libs/testing';
import { CalmTime } from '../../apps/simulator/src/testing/calm-time.js';
import { boot, closeAll } from './boot.js';

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
const CALLS = 20;
const GOODBYE_MS = 900;
/** Of the platform's marks one in so many never comes. */
const LOST_ONE_IN = 5;

afterEach(closeAll);

it('no goodbye is cut on Twilio streams whose marks come up to 3 s late or never', async () => {
  const backend = new ScriptedBackend([MULAW]);
  const time = new CalmTime(5);
  const { origin, gateway, tape } = await boot({}, { backend, clock: time.clock });
  let marks = 0;
  const calls = Array.from({ length: CALLS }, (_, i) =>
    placeTwilioCall({
      ...time,
      webhookUrl: `${origin}/twilio/voice`,
      script: (caller) => caller.pause(20_000),
      // A few lose all, the others some; the rest comes between at once and 3 s late.
      markDelayMs: () => (i % 5 === 0 || marks++ % LOST_ONE_IN === 0 ? null : (i / CALLS) * 3000),
    }),
  );
  await until(() => tape.all('call.connected').length === CALLS, 'all calls');
  const samples = tone({ sampleRate: 8000, frequencyHz: 500, durationMs: GOODBYE_MS });
  const linear = frameFromSamples('agent', MULAW, 0, samples);
  for (const { listener, options } of backend.sessions) {
    const sound = frameFromBytes('agent', MULAW, time.clock.nowMs(), linear.bytes);
    listener.onResponseStarted('r');
    for (const piece of inPieces(sound, 100)) listener.onAgentAudio(piece, 'bye');
    gateway.switchboard.desk.find(options.callId)!.hangUpAfterLastWord('agent');
    listener.onAgentAudioDone('bye');
    listener.onResponseFinished('r', 'completed', null);
  }
  const reports = await time.lastUntil(Promise.all(calls.map((call) => call.ended)));
  for (const report of reports) {
    expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [] });
    expect(report.agent.playedMs).toBeCloseTo(GOODBYE_MS, 0);
    expect(report.agent.droppedMs).toBe(0);
    const heardMs = report.agent.stretches.at(-1)!.endedMs!;
    expect(report.durationMs - heardMs).toBeLessThanOrEqual(1500);
  }
  expect(tape.all('call.ended')).toEqual(
    Array(CALLS).fill(expect.objectContaining({ reason: 'agent-hung-up', code: null })),
  );
});
