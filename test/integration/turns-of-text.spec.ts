import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type GatherAnswer,
  type OpenAiSim,
  type OpenAiSimOptions,
  placeTwilioCall,
  startOpenAiSim,
  startTwilioApi,
  type TwilioApi,
} from '#apps/simulator';
import { until } from '#libs/testing';
import { type Booted, boot, closeAll } from './boot.js';
import { ACCOUNT, accountSettings, callTo } from './twilio-account.js';

const KEY = 'sim-key';
const AGENT =
  'instructions: You answer for Acme.\ngreeting: Good morning, Acme.\nwhenAiIsAway: { turns: true }\n';
const apis: TwilioApi[] = [];
const sims: OpenAiSim[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all([...apis.splice(0), ...sims.splice(0)].map((one) => one.close()));
});

/** A caller of a gateway whose realtime AI refuses every session, and whose vendor answers by text all the same. */
async function callWithoutVoice(gatherAnswers: readonly GatherAnswer[], simOptions: OpenAiSimOptions = {}) {
  const api = await startTwilioApi(ACCOUNT);
  apis.push(api);
  const sim = await startOpenAiSim({ apiKey: KEY, ...simOptions });
  sims.push(sim);
  sim.faults.add({ kind: 'refuse-upgrade', value: 400, times: Number.POSITIVE_INFINITY });
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
  writeFileSync(join(folder, 'default.yaml'), AGENT);
  const booted: Booted = await boot({
    ...accountSettings(api),
    AI_BACKEND: 'openai-realtime',
    OPENAI_API_KEY: KEY,
    OPENAI_REALTIME_URL: sim.url,
    OPENAI_TEXT_URL: sim.textUrl,
    OPENAI_AUDIO_FORMAT: 'pcmu',
    AGENTS_DIR: folder,
  });
  const call = placeTwilioCall({
    ...callTo(booted.origin),
    statusCallbackUrl: `${booted.origin}/twilio/status`,
    gatherAnswers,
  });
  api.add(call);
  return { booted, call, sim };
}

describe('a caller whose realtime AI refuses the call', () => {
  it('hears why, and talks on with the text model, turn by turn, until he hangs up', async () => {
    const answers = ['From nine to five.', 'On Sunday we are closed.'];
    const { booted, call, sim } = await callWithoutVoice(
      [{ speech: 'When are you open?' }, { speech: 'And on Sunday?' }],
      { textAnswer: ({ index }) => answers[index] ?? 'Goodbye.' },
    );
    const said = call.line.record.platformSaid;
    await until(() => said.length === 3, 'the second answer', 30_000);
    call.hangUp();
    const report = await call.ended;

    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [] });
    expect(report.platformSaid).toEqual(['Good morning, Acme.', ...answers]);
    // The announcement was sound of the stream, and came before the turns.
    expect(report.agent.stretches.reduce((sum, { playedMs }) => sum + playedMs, 0)).toBeGreaterThan(3000);
    expect(booted.tape.all('call.fell.back')).toMatchObject([
      { to: 'message', code: 'OPENAI_HANDSHAKE_REFUSED' },
      { to: 'turns', code: 'OPENAI_HANDSHAKE_REFUSED' },
    ]);
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable' });
    // The call is one: what was said by text is in its transcript, and what it cost in its account.
    const { callId } = booted.tape.entries.find(({ type }) => type === 'call.ended')!.stamp;
    expect(booted.tape.all('transcript.final').map(({ speaker, text }) => `${speaker}: ${text}`)).toEqual([
      'agent: Good morning, Acme.',
      'caller: When are you open?',
      'agent: From nine to five.',
      'caller: And on Sunday?',
      'agent: On Sunday we are closed.',
    ]);
    const used = booted.tape.entries.filter(({ type }) => type === 'backend.used');
    expect(used).toHaveLength(2);
    for (const { stamp, data } of used) {
      expect(stamp.callId).toBe(callId);
      expect(data).toMatchObject({ backend: 'openai-realtime', usage: { costUsd: expect.any(Number) } });
    }

    expect(sim.breaches).toEqual([]);
    expect(sim.chats.map(({ status }) => status)).toEqual([200, 200]);
    const messages = sim.chats.at(-1)?.body?.messages;
    expect(messages).toEqual([
      { role: 'system', content: expect.stringContaining('You answer for Acme.') },
      { role: 'assistant', content: 'Good morning, Acme.' },
      { role: 'user', content: 'When are you open?' },
      { role: 'assistant', content: 'From nine to five.' },
      { role: 'user', content: 'And on Sunday?' },
    ]);
  }, 60_000);

  it('is told so and let go where the text model is away too', async () => {
    const { booted, call, sim } = await callWithoutVoice([{ digits: '1' }], {
      faults: [{ kind: 'refuse-chat-account', times: Number.POSITIVE_INFINITY }],
    });
    const report = await call.ended;
    expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [] });
    expect(report.platformSaid).toEqual(['Good morning, Acme.', expect.stringMatching(/sorry.*Goodbye/)]);
    expect(booted.tape.all('call.fell.back').map(({ to }) => to)).toEqual(['message', 'turns']);
    expect(sim.chats).toHaveLength(1);
  }, 60_000);
});
