import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { until } from '#libs/testing';
import { boot, closeAll } from './boot.js';

afterEach(closeAll);

async function loopbackCall(wsOrigin: string): Promise<{ socket: WebSocket; messages: { type: string }[] }> {
  const socket = new WebSocket(`${wsOrigin}/loopback`);
  const messages: { type: string }[] = [];
  socket.on('message', (data, isBinary) => {
    if (!isBinary) messages.push(JSON.parse(data.toString()));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.send('{"type":"start","from":"+15550100001"}');
  await until(() => messages.some(({ type }) => type === 'answered'), 'the call to be answered');
  return { socket, messages };
}

describe('the start-up page', () => {
  it('says who answers, what to paste where, and what is still open', async () => {
    const { gateway, origin } = await boot();
    expect(gateway.setupText).toContain('Answering now: echo');
    for (const path of ['/twilio/voice', '/audiocodes', '/metrics'])
      expect(gateway.setupText).toContain(path);
    expect(gateway.setupText).toContain('PUBLIC_URL');
    const page = await fetch(`${origin}/api/setup/text`);
    expect(page.status).toBe(200);
    expect(await page.text()).toBe(gateway.setupText);
  });

  it('is shut to connections that a proxy passed on, and opens with ADMIN_TOKEN', async () => {
    const { origin, tape } = await boot();
    expect(
      (await fetch(`${origin}/api/setup`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status,
    ).toBe(403);
    const guarded = await boot({ ADMIN_TOKEN: 'sesame' });
    const status = async (token: string) =>
      (await fetch(`${guarded.origin}/api/setup`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect((await fetch(`${guarded.origin}/api/setup`)).status).toBe(401);
    expect(await status('sesam')).toBe(401);
    expect(await status('sesame')).toBe(200);
    expect(tape.all('upgrade.rejected')).toEqual([{ reason: 'loopback-only', path: '/api' }]);
  });

  it('never shows a secret', async () => {
    const { gateway } = await boot({
      ADMIN_TOKEN: 'adm1n-secret',
      AUDIOCODES_TOKEN: 'aud10-secret',
      TWILIO_AUTH_TOKEN: 'tw1l10-secret',
      PUBLIC_URL: 'https://voice.example.com',
    });
    expect(gateway.setupText).not.toMatch(/-secret/);
    expect(gateway.setupText).toContain('wss://voice.example.com/twilio/stream');
  });
});

describe('health', () => {
  it('is ready until the last place is taken, and again afterwards', async () => {
    const { origin, wsOrigin } = await boot({ MAX_CALLS: '1' });
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
    const { socket } = await loopbackCall(wsOrigin);
    const full = await fetch(`${origin}/health/ready`);
    expect([full.status, await full.json()]).toEqual([503, { status: 'full', calls: 1 }]);
    socket.send('{"type":"stop"}');
    await until(() => socket.readyState === WebSocket.CLOSED, 'the socket to close');
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
  });

  it('lets in exactly MAX_CALLS under a burst', async () => {
    const { wsOrigin, gateway } = await boot({ MAX_CALLS: '7' });
    const results = await Promise.all(
      Array.from(
        { length: 40 },
        () =>
          new Promise<number>((resolve) => {
            const socket = new WebSocket(`${wsOrigin}/loopback`);
            socket.on('open', () => resolve(101));
            socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
            socket.on('error', () => undefined);
          }),
      ),
    );
    expect(results.filter((status) => status === 101)).toHaveLength(7);
    expect(results.filter((status) => status === 503)).toHaveLength(33);
    expect(gateway.switchboard.callCount).toBe(7);
  });
});

const lingering = (lingerMs: number) =>
  `gateway: { lingerMs: ${lingerMs} }\nplatforms: { loopback: {} }\nbackends: { echo: {} }\n`;

describe('draining', () => {
  it('is not held up by a connection that never says anything', async () => {
    const { gateway, origin } = await boot();
    const silent = connect(Number(new URL(origin).port), '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.write('GET / HTTP/1.1\r\n');
    await gateway.drain();
    await until(() => silent.destroyed, 'the silent connection to be closed');
  });

  it('takes nothing new, cuts no call before the deadline, and stops when the last has ended', async () => {
    const { gateway, origin, wsOrigin } = await boot({}, { yaml: lingering(300) });
    const { socket, messages } = await loopbackCall(wsOrigin);
    const drained = gateway.drain(60_000);
    const ready = await fetch(`${origin}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining', calls: 1 }]);
    await expect(loopbackCall(wsOrigin)).rejects.toThrow('503');
    expect(messages.some(({ type }) => type === 'hangup')).toBe(false);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.send('{"type":"stop"}');
    await drained;
    await expect(fetch(`${origin}/health/live`)).rejects.toThrow();
  });

  it('ends politely what is left at the deadline, and lets the platform ask what comes after', async () => {
    // Time enough for a platform that is slow to ask.
    const { gateway, origin, wsOrigin } = await boot({}, { yaml: lingering(3000) });
    const { messages } = await loopbackCall(wsOrigin);
    const drained = gateway.drain(50);
    await until(() => messages.some(({ type }) => type === 'hangup'), 'the end of the call');
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    await drained;
    expect(messages.at(-1)).toEqual({ type: 'hangup', reason: 'gateway-draining' });
  });
});

describe('metrics', () => {
  it('tell of calls, frames and refusals, and promtool has no complaint', async () => {
    const { origin, wsOrigin } = await boot();
    const { socket } = await loopbackCall(wsOrigin);
    for (let i = 0; i < 5; i++) socket.send(Buffer.alloc(640));
    await fetch(`${origin}/api/setup`, { headers: { via: '1.1 proxy' } });
    const metrics = async () => (await fetch(`${origin}/metrics`)).text();
    let during = await metrics();
    // The sound is on its way for a while; the test's own time limit bounds how long.
    while (!during.includes('gateway_frames_total{track="caller",direction="in"} 5'))
      during = await metrics();
    expect(during).toContain('gateway_calls_active{platform="loopback"} 1');
    expect(during).toContain('gateway_rejected_upgrades_total{reason="loopback-only"} 1');
    expect(during).toContain('gateway_time_to_first_audio_seconds_count{platform="loopback"} 1');
    socket.send('{"type":"stop"}');
    await until(() => socket.readyState === WebSocket.CLOSED, 'the socket to close');
    const after = await metrics();
    expect(after).toContain('gateway_calls_total{outcome="caller-hung-up",platform="loopback"} 1');
    expect(after).not.toContain('gateway_calls_active{platform="loopback"} 1');
    const check = spawnSync('promtool', ['check', 'metrics'], { input: after, encoding: 'utf8' });
    if (check.error)
      console.warn('Skipped: promtool is not on this machine, so the metrics were not linted.');
    else expect(check.stderr + check.stdout).not.toMatch(/gateway_/);
  });

  it('are shut to connections that a proxy passed on, and open with their token', async () => {
    const { origin } = await boot();
    expect((await fetch(`${origin}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(
      403,
    );
    const guarded = await boot({ METRICS_TOKEN: 'scrape' });
    expect((await fetch(`${guarded.origin}/metrics`)).status).toBe(403);
    const headers = { authorization: 'Bearer scrape', 'x-forwarded-for': '203.0.113.9' };
    expect((await fetch(`${guarded.origin}/metrics`, { headers })).status).toBe(200);
  });
});
