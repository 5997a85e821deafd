import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type OpenAiSim,
  placeAudioCodesCall,
  placeTwilioCall,
  startOpenAiSim,
  startTwilioApi,
  type TwilioApi,
} from '#apps/simulator';
import { until } from '#libs/testing';
import { boot, closeAll } from './boot.js';
import { ACCOUNT, accountSettings, callTo } from './twilio-account.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const PERSON = '+15550100099';
const AGENT = `instructions: Be brief.\ngreeting: Hello.\nwhenAiIsAway: { transferTo: "${PERSON}" }\n`;
/** The announcement that ships with Patchbay lasts longer. */
const ANNOUNCED_MS = 3000;
const opened: (OpenAiSim | TwilioApi)[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** A gateway whose AI knows no such key, and whose agent hands its callers to a person then. */
async function withoutAi() {
  const twilio = await startTwilioApi(ACCOUNT);
  const ai = await startOpenAiSim({ apiKey: 'another-key' });
  opened.push(twilio, ai);
  const agents = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
  writeFileSync(join(agents, 'default.yaml'), AGENT);
  const booted = await boot({
    ...accountSettings(twilio),
    AUDIOCODES_TOKEN: TOKEN,
    AI_BACKEND: 'openai-realtime',
    OPENAI_API_KEY: 'sim-key',
    OPENAI_REALTIME_URL: ai.url,
    AGENTS_DIR: agents,
  });
  return { ...booted, twilio };
}

describe('a caller whose AI cannot be had and who is to be handed to a person', () => {
  it('hears why and is handed on, on Twilio', async () => {
    const { origin, tape, twilio } = await withoutAi();
    const call = placeTwilioCall({
      ...callTo(origin),
      onDial: () => ({ status: 'completed', ringsForMs: 50, talksForMs: 50 }),
    });
    twilio.add(call);
    const report = await call.ended;
    await until(() => tape.types.includes('call.ended'), 'the end');
    expect(report).toMatchObject({ breaches: [], platformSaid: [] });
    expect(report.agent.playedMs).toBeGreaterThan(ANNOUNCED_MS);
    expect(report.events.some(({ what }) => what.startsWith('<Dial>') && what.includes(PERSON))).toBe(true);
    expect(tape.all('call.fell.back').map(({ to }) => to)).toEqual(['message', 'number']);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
  }, 60_000);

  it('hears why and is handed on, on AudioCodes', async () => {
    const { wsOrigin, tape } = await withoutAi();
    const call = placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, token: TOKEN });
    const report = await call.ended;
    await until(() => tape.types.includes('call.ended'), 'the end');
    expect(report).toMatchObject({ outcome: 'transferred', breaches: [] });
    expect(report.agent.playedMs).toBeGreaterThan(ANNOUNCED_MS);
    expect(tape.all('call.fell.back').map(({ to }) => to)).toEqual(['message', 'number']);
    expect(tape.last('call.ended')).toMatchObject({ reason: 'transferred' });
  }, 60_000);
});
