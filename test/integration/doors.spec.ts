import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { type OpenAiSim, placeAudioCodesCall, placeTwilioCall, startOpenAiSim } from '#apps/simulator';
import { until } from '#libs/testing';
import { type Booted, type BootOptions, boot, closeAll } from './boot.js';
import { knock } from './knock.js';

const PUBLIC_URL = 'https://voice.example.com';
const TOKEN = '0123456789abcdef0123456789abcdef';
const SECRETS = { PUBLIC_URL, TWILIO_AUTH_TOKEN: TOKEN, AUDIOCODES_TOKEN: 'aud10' };

let sim: OpenAiSim | null = null;

afterEach(async () => {
  await closeAll();
  await sim?.close();
  sim = null;
});

/** A gateway whose AI is a simulator, so that every AI connection can be counted. */
async function counted(
  env: Record<string, string> = {},
  options: BootOptions = {},
): Promise<Booted & { sim: OpenAiSim }> {
  sim = await startOpenAiSim();
  const ai = { AI_BACKEND: 'openai-realtime', OPENAI_API_KEY: 'k', OPENAI_REALTIME_URL: sim.url };
  return { ...(await boot({ ...ai, ...env }, options)), sim };
}

async function webhook(
  origin: string,
  headers: Record<string, string> = {},
  callSid = `CA${'1'.repeat(32)}`,
) {
  const body = new URLSearchParams({
    CallSid: callSid,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15550100001',
    To: '+15550100002',
    CallStatus: 'ringing',
    Direction: 'inbound',
  });
  return fetch(`${origin}/twilio/voice`, { method: 'POST', body, headers });
}

describe('without secrets', () => {
  it('every door opens to this machine, and to nothing that a proxy or tunnel passed on', async () => {
    const { origin, wsOrigin, sim: ai, tape } = await counted();
    const passedOn = { 'x-forwarded-for': '203.0.113.7' };
    expect((await webhook(origin, passedOn)).status).toBe(403);
    expect(await knock(`${wsOrigin}/twilio/stream`, passedOn)).toBe(403);
    expect(await knock(`${wsOrigin}/audiocodes`, passedOn)).toBe(403);
    expect((await fetch(`${origin}/audiocodes`, { headers: passedOn })).status).toBe(403);
    expect(await knock(`${wsOrigin}/loopback`, passedOn)).toBe(403);
    expect(ai.sessions).toHaveLength(0);
    expect(new Set(tape.all('upgrade.rejected').map(({ reason }) => reason))).toEqual(
      new Set(['loopback-only']),
    );
    expect((await webhook(origin)).status).toBe(200);
  });
});

describe('with secrets', () => {
  it('whoever cannot show them is refused before the upgrade and before any AI connection', async () => {
    const { origin, wsOrigin, sim: ai } = await counted(SECRETS);
    expect((await webhook(origin)).status).toBe(403);
    expect((await webhook(origin, { 'x-twilio-signature': 'bm90IHRoaXM=' })).status).toBe(403);
    expect(await knock(`${wsOrigin}/twilio/stream`)).toBe(403);
    expect(await knock(`${wsOrigin}/twilio/stream`, { 'x-twilio-signature': 'bm90IHRoaXM=' })).toBe(403);
    expect(await knock(`${wsOrigin}/twilio/stream/guessed`)).toBe(403);
    expect(await knock(`${wsOrigin}/audiocodes`)).toBe(401);
    expect(await knock(`${wsOrigin}/audiocodes`, { authorization: 'Bearer wrong' })).toBe(401);
    expect((await fetch(`${origin}/audiocodes`)).status).toBe(401);
    expect(ai.sessions).toHaveLength(0);
  });

  it('a signed Twilio call and an AudioCodes call with its token are let in', async () => {
    const { origin, wsOrigin, sim: ai } = await counted(SECRETS);
    const script = { script: (caller: { listen(): Promise<void> }) => caller.listen() };
    const twilio = placeTwilioCall({
      webhookUrl: `${origin}/twilio/voice`,
      publicUrl: PUBLIC_URL,
      authToken: TOKEN,
      allowInsecure: false,
      ...script,
    });
    const audioCodes = placeAudioCodesCall({ url: `${wsOrigin}/audiocodes`, token: 'aud10', ...script });
    expect(await twilio.ended).toMatchObject({ ok: true, breaches: [] });
    expect(await audioCodes.ended).toMatchObject({ ok: true, breaches: [] });
    expect(ai.sessions).toHaveLength(2);
  }, 30_000);

  it.each(['none', 'wrong-token', 'https-form'] as const)(
    'a Twilio stream signed as "%s" is refused',
    async (signature) => {
      const { wsOrigin, sim: ai } = await counted(SECRETS);
      const call = placeTwilioCall({
        streamUrl: `${wsOrigin}/twilio/stream`,
        publicUrl: PUBLIC_URL,
        authToken: TOKEN,
        signature,
      });
      expect((await call.ended).outcome).toBe('refused');
      expect(ai.sessions).toHaveLength(0);
    },
  );
});

describe('a one-shot stream URL', () => {
  async function streamPath(origin: string): Promise<string> {
    const twiml = await (await webhook(origin)).text();
    return new URL(/<Stream url="([^"]+)"/.exec(twiml)![1]!).pathname;
  }

  it('opens once, and for its own call only', async () => {
    const { origin, wsOrigin, tape } = await counted();
    const path = await streamPath(origin);
    expect(path).toMatch(/^\/twilio\/stream\/[\w-]{20,}$/);
    const socket = new WebSocket(wsOrigin + path);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    expect(await knock(wsOrigin + path)).toBeGreaterThanOrEqual(400);
    const sid = {
      streamSid: `MZ${'3'.repeat(32)}`,
      accountSid: `AC${'0'.repeat(32)}`,
      callSid: `CA${'9'.repeat(32)}`,
    };
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    socket.send(
      JSON.stringify({
        event: 'start',
        sequenceNumber: '1',
        start: { ...sid, tracks: ['inbound'], mediaFormat, customParameters: {} },
        streamSid: sid.streamSid,
      }),
    );
    expect(await closed).toBe(1008);
    await until(() => tape.types.includes('call.ended'), 'the announced call to be given up');
    expect(tape.last('call.ended')?.reason).toBe('never-connected');
  });
});

describe('a socket that says nothing', () => {
  it('is closed after its time, on every platform', async () => {
    const yaml = [
      'platforms:',
      '  twilio: { startTimeoutMs: 300 }',
      '  audiocodes: { firstMessageTimeoutMs: 300 }',
      '  loopback: { startTimeoutMs: 300 }',
      'backends: { openai-realtime: {}, echo: {} }',
    ].join('\n');
    const { wsOrigin, sim: ai, gateway } = await counted({}, { yaml });
    const closings = ['/twilio/stream', '/audiocodes', '/loopback'].map(
      (path) => new Promise<number>((resolve) => new WebSocket(wsOrigin + path).once('close', resolve)),
    );
    await Promise.all(closings);
    expect(ai.sessions).toHaveLength(0);
    expect(gateway.switchboard.callCount).toBe(0);
  });
});

describe('secrets and people', () => {
  it('appear in no line of the log', async () => {
    const lines: string[] = [];
    const logTo = { write: (line: string) => void lines.push(line) };
    const { origin, wsOrigin, gateway } = await counted(
      { ...SECRETS, LOG_LEVEL: 'trace', ADMIN_TOKEN: 'adm1n' },
      { logTo },
    );
    const call = placeTwilioCall({
      webhookUrl: `${origin}/twilio/voice`,
      publicUrl: PUBLIC_URL,
      authToken: TOKEN,
      from: '+15550177777',
      script: async (caller) => {
        await caller.press('86429753');
        await caller.listen();
      },
    });
    await call.ended;
    await knock(`${wsOrigin}/audiocodes`, { authorization: 'Bearer aud10x' });
    await gateway.close();
    const log = lines.join('');
    // The log was there to be read, and knows of the call.
    for (const line of ['call.offered', 'call.connected', 'call.ended']) expect(log).toContain(line);
    for (const secret of [TOKEN, 'aud10', 'adm1n', '+15550177777', '86429753', 'front desk'])
      expect(log).not.toContain(secret);
  }, 30_000);
});
