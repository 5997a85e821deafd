import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { validateSync } from 'class-validator';
import { WebSocket } from 'ws';
import { CALL_INTAKE, CLOCK, GATEWAY_EVENTS, GATEWAY_SITE, LOG, settingsOf } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { EdgeWsAdapter } from '../../../../apps/gateway/src/edge/edge-ws.adapter.js';
import { ScriptedIntake } from '../test/scripted-intake.js';
import { Vaic } from '../test/vaic.js';
import audiocodes, { ACCESS_TOKEN_VERIFIER, AudioCodesAdapter, AudioCodesConfig } from './index.js';

const TOKEN = 'S3cret-for-specs';
const PROBE_ANSWER = { type: 'ac-bot-api', success: true };

describe('the AudioCodes gateway', () => {
  let app: INestApplication;
  let url: string;
  let intake: ScriptedIntake;
  let clock: ManualClock;
  let log: CapturedLog;
  let published: [string, object][];
  let extra: { provide: symbol; useValue: unknown }[];
  let opened: Vaic[];

  beforeEach(() => {
    intake = new ScriptedIntake();
    clock = new ManualClock();
    log = new CapturedLog();
    published = [];
    extra = [];
    opened = [];
  });

  async function start(settings: Partial<AudioCodesConfig>): Promise<void> {
    const events = { publish: (type: string, data: object) => published.push([type, data]) };
    const providers = [
      { provide: CALL_INTAKE, useValue: intake },
      { provide: LOG, useValue: log },
      { provide: CLOCK, useValue: clock },
      { provide: GATEWAY_EVENTS, useValue: events },
      { provide: GATEWAY_SITE, useValue: { publicUrl: null } },
      ...extra,
    ];
    @Global()
    @Module({ providers, exports: providers.map(({ provide }) => provide) })
    class CoreModule {}

    const config = Object.assign(new AudioCodesConfig(), settings);
    const plugin = audiocodes.module(config);
    const testing = await Test.createTestingModule({ imports: [CoreModule, plugin as never] }).compile();
    app = testing.createNestApplication({ logger: false });
    const edge = new EdgeWsAdapter(app, {
      clock,
      log,
      events,
      isDraining: () => intake.draining,
      authorizeTimeoutMs: 3000,
      heartbeatMs: 20_000,
      maxSockets: 100,
      maxSocketsPerAddress: 100,
    });
    app.useWebSocketAdapter(edge);
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()).replace(/^http:/, 'ws:');
  }

  const connect = async (headers: Record<string, string> = {}, path = '/audiocodes') => {
    const vaic = await Vaic.connect(`${url}${path}`, headers);
    opened.push(vaic);
    return vaic;
  };

  /** The status with which an upgrade is refused. */
  const refused = async (headers: Record<string, string>) => {
    const socket = new WebSocket(`${url}/audiocodes`, { headers });
    socket.on('error', () => undefined);
    const [, response] = await once(socket, 'unexpected-response');
    response.resume();
    socket.terminate();
    return response.statusCode;
  };

  const probe = (method: string, headers: Record<string, string>) =>
    fetch(`${url.replace('ws:', 'http:')}/audiocodes`, { method, headers });

  afterEach(async () => {
    for (const vaic of opened) {
      vaic.socket.terminate();
      await vaic.closed();
    }
    await app.close();
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    expect(JSON.stringify([log.lines, published])).not.toContain(TOKEN);
  });

  it('lets in whoever knows the token, whatever the case of the scheme', async () => {
    await start({ token: TOKEN });
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const vaic = await connect({ authorization: `${scheme} ${TOKEN}` });
      vaic.send({ type: 'connection.validate' });
      expect(await vaic.next()).toEqual({ type: 'connection.validated', success: true });
    }
    expect(intake.places).toBe(1000);
  });

  it('refuses others with 401 before the upgrade, and says why in events', async () => {
    await start({ token: TOKEN });
    expect(await refused({})).toBe(401);
    expect(await refused({ authorization: `Basic ${TOKEN}` })).toBe(401);
    expect(await refused({ authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(published).toEqual([
      ['upgrade.rejected', { reason: 'no-credentials', path: '/audiocodes' }],
      ['upgrade.rejected', { reason: 'no-credentials', path: '/audiocodes' }],
      ['upgrade.rejected', { reason: 'bad-credentials', path: '/audiocodes' }],
    ]);
  });

  it('takes several tokens, so that they can be changed without a gap', async () => {
    await start({ token: `old-one, ${TOKEN}` });
    await connect({ authorization: 'Bearer old-one' });
    await connect({ authorization: `Bearer ${TOKEN}` });
    expect(await refused({ authorization: 'Bearer old-one,' })).toBe(401);
  });

  it('without a token is open to this machine alone', async () => {
    await start({});
    await connect();
    expect(await refused({ 'x-forwarded-for': '192.0.2.1' })).toBe(403);
    expect((await probe('GET', {})).status).toBe(200);
    expect((await probe('GET', { forwarded: 'for=192.0.2.1' })).status).toBe(403);
    expect(published.map(([, data]) => data)).toEqual(
      Array(2).fill({ reason: 'loopback-only', path: '/audiocodes' }),
    );
  });

  it('asks a verifier for tokens that it does not know itself', async () => {
    extra = [
      { provide: ACCESS_TOKEN_VERIFIER, useValue: { verify: async (token: string) => token === 'jwt' } },
    ];
    await start({ token: TOKEN });
    await connect({ authorization: 'Bearer jwt' });
    await connect({ authorization: `Bearer ${TOKEN}` });
    expect(await refused({ authorization: 'Bearer other' })).toBe(401);
    expect(await refused({})).toBe(401);
  });

  it.each(['GET', 'POST'])('answers the %s probe behind the same check', async (method) => {
    await start({ token: TOKEN });
    const good = await probe(method, { authorization: `Bearer ${TOKEN}` });
    expect(good.status).toBe(200);
    expect(await good.json()).toEqual(PROBE_ANSWER);
    expect((await probe(method, {})).status).toBe(401);
    expect((await probe(method, { authorization: 'Bearer x' })).status).toBe(401);
    expect(published.map(([type, data]) => [type, (data as { reason: string }).reason])).toEqual([
      ['upgrade.rejected', 'no-credentials'],
      ['upgrade.rejected', 'bad-credentials'],
    ]);
    expect(intake.calls).toHaveLength(0);
  });

  it('brings a call in, with the query of the bot URL among its parameters', async () => {
    await start({ token: TOKEN });
    const vaic = await connect({ authorization: `Bearer ${TOKEN}` }, '/audiocodes?agent=night%20shift');
    vaic.initiate();
    const call = await intake.call();
    expect(call.leg.info.parameters).toEqual({ botName: 'front-desk', agent: 'night shift' });
    call.answer();
    expect(await vaic.next()).toEqual({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' });
    vaic.send({
      type: 'session.end',
      conversationId: 'call-1',
      reasonCode: 'client-disconnected',
      reason: '',
    });
    expect(await vaic.closed()).toBe(1000);
  });

  it('while draining lets sockets in only for calls that wait to be resumed', async () => {
    await start({});
    intake.draining = true;
    expect(await refused({})).toBe(503);
    intake.runs = true;
    intake.places = 0;
    const vaic = await connect();
    vaic.initiate();
    expect(await vaic.next()).toMatchObject({ type: 'session.error', reason: 'busy' });
  });

  it('cuts a message of more than a mebibyte off, and the call may be resumed', async () => {
    await start({});
    const vaic = await connect();
    vaic.initiate();
    const call = await intake.call();
    call.answer();
    vaic.chunk('A'.repeat(1024 * 1024));
    await call.saw('lost AUDIOCODES_LEG_LOST');
    expect(await vaic.closed()).toBe(1009);
  });
});

describe('the AudioCodes plug-in', () => {
  it('has settings that are valid as they are and named in the reference', () => {
    const config = new AudioCodesConfig();
    expect(validateSync(config, { whitelist: true, forbidNonWhitelisted: true })).toEqual([]);
    expect(settingsOf(AudioCodesConfig).map(({ key }) => key)).toEqual(Object.keys(config));
    expect(
      settingsOf(AudioCodesConfig)
        .filter(({ secret }) => secret)
        .map(({ env }) => env),
    ).toEqual(['AUDIOCODES_TOKEN']);
  });

  it.each([
    { callerFormats: [] },
    { playFormats: ['raw/opus'] },
    { playAheadMs: -1 },
    { acceptTimeoutMs: 1.5 },
    { participantField: 'party' },
    { token: 7 },
  ])('refuses %j', (wrong) => {
    expect(validateSync(Object.assign(new AudioCodesConfig(), wrong))).toHaveLength(1);
  });

  it('says what to paste where, and what is missing', () => {
    const setup = (token: string, origin: string, isPublic: boolean) =>
      new AudioCodesAdapter(Object.assign(new AudioCodesConfig(), { token })).setup(origin, isPublic)[0]!;
    const ready = setup(TOKEN, 'https://voice.example.com', true);
    expect(ready.state).toBe('ready');
    expect(ready.lines.join('\n')).toContain('wss://voice.example.com/audiocodes');
    expect(ready.lines.join('\n')).not.toMatch(new RegExp(`Missing|${TOKEN}`));
    const [events, enterprise] = ready.snippets!.map(({ text }) => JSON.parse(text));
    expect(events).toMatchObject({ sendDTMF: true });
    expect(enterprise.providers[0].botURL).toBe('wss://voice.example.com/audiocodes');
    expect(enterprise.bots[0]).toMatchObject({ provider: enterprise.providers[0].name, ...events });
    expect(setup(TOKEN, 'http://localhost:3000', false)).toMatchObject({ state: 'incomplete' });
    const open = setup('', 'http://localhost:3000', false);
    expect(open.state).toBe('loopback-only');
    expect(open.lines.filter((line) => line.startsWith('Missing'))).toHaveLength(2);
    expect(open.lines.join('\n')).toContain('ws://localhost:3000/audiocodes');
  });

  it('cannot resume where the operator keeps no lost calls', () => {
    const capabilities = (resumeWithinMs: number) =>
      new AudioCodesAdapter(Object.assign(new AudioCodesConfig(), { resumeWithinMs })).capabilities;
    expect(capabilities(0).resumeWithinMs).toBeNull();
    expect(capabilities(30_000).resumeWithinMs).toBe(30_000);
  });
});
