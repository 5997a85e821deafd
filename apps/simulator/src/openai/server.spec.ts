import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { PlainClient } from './testing/plain-client.js';
import { closeSims, connected, join, startSim } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

/** The HTTP status that an upgrade is refused with. */
function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers });
  return new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('open', () => reject(new Error('It was let in.')));
    socket.once('error', reject);
  });
}

const KEY = { Authorization: 'Bearer sk-test' };

describe('the handshake', () => {
  it('refuses who brings no key, and who brings the wrong one, with 401', async () => {
    const { url } = await startSim({ apiKey: 'sk-right' });
    expect(await statusOf(`${url}?model=m`)).toBe(401);
    expect(await statusOf(`${url}?model=m`, { Authorization: 'Basic sk-right' })).toBe(401);
    expect(await statusOf(`${url}?model=m`, KEY)).toBe(401);
    const client = PlainClient.open(`${url}?model=m`, { Authorization: 'Bearer sk-right' });
    expect(await client.next('session.created')).toMatchObject({ session: { model: 'm' } });
  });

  it("takes Azure's path and header, and refuses an api-version there", async () => {
    const sim = await startSim({ apiKey: 'azure-key' });
    const url = sim.url.replace('/v1/', '/openai/v1/');
    const socket = new WebSocket(`${url}?model=deployment`, { headers: { 'api-key': 'azure-key' } });
    const [first] = await new Promise<Buffer[]>((resolve) =>
      socket.once('message', (data: Buffer) => resolve([data])),
    );
    expect(JSON.parse(String(first)).type).toBe('session.created');
    expect(await statusOf(`${url}?model=d&api-version=2025-04-01-preview`, { 'api-key': 'azure-key' })).toBe(
      401,
    );
  });

  it('takes the key from the subprotocols of a browser', async () => {
    const sim = await startSim({ apiKey: 'ek_1' });
    const client = PlainClient.open(`${sim.url}?model=m`, {}, ['realtime', 'openai-insecure-api-key.ek_1']);
    await client.next('session.created');
    expect(client.socket.protocol).toBe('realtime');
  });

  it('knows no other path', async () => {
    const sim = await startSim();
    expect(await statusOf(`${sim.url.replace('/realtime', '/other')}?model=m`, KEY)).toBe(404);
    const response = await fetch(sim.url.replace('ws:', 'http:'));
    expect(response.status).toBe(404);
  });

  it.each([
    ['the beta header', '?model=m', { 'OpenAI-Beta': 'realtime=v1' }, 'beta_api_shape_disabled'],
    ['an address without a model', '', {}, 'missing_model'],
    ['a model that there is not', '?model=other', {}, 'model_not_found'],
  ])('answers %s by an error and close 4000', async (_name, query, headers, code) => {
    const sim = await startSim({ models: ['m'] });
    const client = PlainClient.open(`${sim.url}${query}`, headers);
    expect(await client.next('error')).toMatchObject({ error: { type: 'invalid_request_error', code } });
    expect(await client.closed).toEqual({ code: 4000, reason: `invalid_request_error.${code}` });
    expect(client.types).toEqual(['error']);
    expect(sim.sessions).toEqual([]);
  });
});

describe('the first event', () => {
  it('is session.created, with the defaults and an end in 60 minutes', async () => {
    const { client, session } = await connected();
    const created = (await client.next('session.created')).session;
    expect(created).toMatchObject({
      type: 'realtime',
      object: 'realtime.session',
      id: session.id,
      model: 'gpt-realtime-2.1',
      output_modalities: ['audio'],
      tools: [],
      tool_choice: 'auto',
      max_output_tokens: 'inf',
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24000 },
          transcription: null,
          noise_reduction: null,
          turn_detection: {
            type: 'server_vad',
            threshold: 0.5,
            silence_duration_ms: 200,
            create_response: true,
          },
        },
        output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'alloy', speed: 1 },
      },
    });
    const left = Number((created as { expires_at: number }).expires_at) - Date.now() / 1000;
    expect(left).toBeGreaterThan(3590);
    expect(left).toBeLessThanOrEqual(3600);
  });

  it('shows a transcription session where the address asks for one', async () => {
    const sim = await startSim();
    const client = PlainClient.open(`${sim.url}?intent=transcription`);
    const { session } = await client.next('session.created');
    expect(session).toMatchObject({ type: 'transcription', object: 'realtime.transcription_session' });
    expect(session).not.toHaveProperty('instructions');
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    expect(await client.next('error')).toMatchObject({ error: { code: 'invalid_intent' } });
    expect(await client.closed).toEqual({ code: 4000, reason: 'invalid_request_error.invalid_intent' });
    expect(client.invalid).toEqual([]);
  });
});

describe('a simulator', () => {
  it('keeps the sessions of many clients apart', async () => {
    const sim = await startSim();
    const [first, second] = [await join(sim), await join(sim)];
    first.send({ type: 'response.create' });
    await first.next('response.done');
    await second.settled();
    expect(second.types).toEqual(['session.created', 'input_audio_buffer.cleared']);
    expect(sim.sessions.map((session) => session.responses.length)).toEqual([1, 0]);
  });

  it('hands out a session that is still to come', async () => {
    const sim = await startSim();
    const coming = sim.session(2);
    await join(sim);
    await join(sim);
    expect(await coming).toBe(sim.sessions[1]);
  });

  it('closes with open sockets, and with upgrades that it leaves hanging', async () => {
    const sim = await startSim({ faults: [{ kind: 'hang-upgrade' }] });
    const socket = await hanging(sim.url);
    const client = await join(sim);
    await sim.close();
    expect((await client.closed).code).toBe(1006);
    expect(
      socket.destroyed || (await new Promise((resolve) => socket.once('close', () => resolve(true)))),
    ).toBe(true);
  });
});

async function hanging(url: string): Promise<Socket> {
  const { port, hostname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(
    `GET /v1/realtime?model=m HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  return socket;
}
