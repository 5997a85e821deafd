import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { Desk } from '../test/desk.js';

describe('a socket before it belongs to a call', () => {
  let clock: ManualClock;
  let log: CapturedLog;
  let desk: Desk;

  beforeEach(() => {
    clock = new ManualClock();
    log = new CapturedLog();
    desk = new Desk(clock, log);
  });

  afterEach(async () => {
    await desk.close();
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    expect(desk.conversations.size).toBe(0);
  });

  it('answers a connection check, begins no call for it and takes no place', async () => {
    const vaic = await desk.connect();
    vaic.send({ type: 'connection.validate' });
    expect(await vaic.next()).toEqual({ type: 'connection.validated', success: true });
    expect(desk.intake.calls).toHaveLength(0);
    expect(desk.intake.places).toBe(1000);
  });

  it('tells the core about the call and accepts it only when the core answers', async () => {
    const vaic = await desk.connect('?agent=sales');
    vaic.initiate();
    const call = await desk.intake.call();
    expect(call.leg.info).toMatchObject({
      platform: 'audiocodes',
      platformCallId: 'call-1',
      direction: 'inbound',
      from: '+15550100',
      to: null,
      parameters: { botName: 'front-desk', agent: 'sales' },
      // What agents are chosen by.
      botName: 'front-desk',
      agent: 'sales',
      capabilities: { marks: false, resumeWithinMs: 30_000, continuousCallerAudio: false, transfer: true },
    });
    expect(await vaic.rest()).toEqual([]);
    call.leg.answer({
      caller: { encoding: 'mulaw', sampleRate: 8000 },
      agent: { encoding: 'pcm16', sampleRate: 24000 },
    });
    expect(await vaic.next()).toEqual({ type: 'session.accepted', mediaFormat: 'raw/mulaw' });
  });

  it('offers the formats in our own order, and 24 kHz from the caller only where 16 kHz is missing', async () => {
    const vaic = await desk.connect();
    vaic.initiate();
    const { info } = (await desk.intake.call()).leg;
    expect(info.callerFormats.map((format) => format.sampleRate)).toEqual([16000, 8000]);
    expect(info.agentFormats.map((format) => format.sampleRate)).toEqual([24000, 16000, 8000]);

    const other = await desk.connect();
    other.initiate({ conversationId: 'call-2', supportedMediaFormats: ['raw/lpcm16_24', 'raw/mulaw'] });
    const second = (await desk.intake.call(1)).leg.info;
    expect(second.callerFormats.map((format) => format.sampleRate)).toEqual([24000, 8000]);
  });

  const refusals: [string, object, string, string][] = [
    [
      'offers no format that is known',
      { supportedMediaFormats: ['raw/opus'] },
      'no common media format',
      'AUDIOCODES_NO_FORMAT',
    ],
    [
      'offers no formats at all',
      { supportedMediaFormats: undefined },
      'no common media format',
      'AUDIOCODES_NO_FORMAT',
    ],
    [
      'offers formats that are no texts',
      { supportedMediaFormats: [1, null, {}] },
      'no common media format',
      'AUDIOCODES_NO_FORMAT',
    ],
    ['wants answers in text', { expectAudioMessages: false }, 'expects text', 'AUDIOCODES_TEXT_ONLY'],
    [
      'has no id',
      { conversationId: undefined },
      'no usable conversationId',
      'AUDIOCODES_CONVERSATION_ID_MISSING',
    ],
    [
      'has an id that is none',
      { conversationId: { a: 1 } },
      'no usable conversationId',
      'AUDIOCODES_CONVERSATION_ID_MISSING',
    ],
  ];
  it.each(refusals)('refuses a call that %s', async (_, fields, reason, code) => {
    const vaic = await desk.connect();
    vaic.initiate(fields);
    const error = await vaic.next();
    expect(error.type).toBe('session.error');
    expect(error.reason).toContain(reason);
    expect(await vaic.closed()).toBe(1000);
    expect(desk.intake.places).toBe(1000);
    expect(desk.published).toEqual([['platform.failed', { platform: 'audiocodes', code, fatal: true }]]);
  });

  it('says busy when there is no place', async () => {
    desk.intake.places = 0;
    const vaic = await desk.connect();
    vaic.initiate();
    expect(await vaic.next()).toEqual({ type: 'session.error', conversationId: 'call-1', reason: 'busy' });
    expect(await vaic.closed()).toBe(1000);
  });

  it('gives the place back when the core does not take the call', async () => {
    desk.intake.refusal = new GatewayError('CALL_DUPLICATE', 'This call is already here.');
    const vaic = await desk.connect();
    vaic.initiate();
    expect(await vaic.next()).toMatchObject({ type: 'session.error', reason: 'This call is already here.' });
    expect(desk.intake.places).toBe(1000);
    expect(desk.conversations.size).toBe(0);
  });

  it('closes a socket that begins nothing in time, however much it talks', async () => {
    const vaic = await desk.connect();
    vaic.start();
    vaic.chunk('AAAA');
    vaic.send({ type: 'who.knows' });
    vaic.socket.send('{"type":');
    expect(await vaic.rest()).toEqual([]);
    clock.advance(5000);
    expect(await vaic.closed()).toBe(1000);
    expect(desk.intake.calls).toHaveLength(0);
    expect(desk.published.map(([, data]) => (data as { code: string }).code)).toEqual([
      'AUDIOCODES_OUT_OF_ORDER',
      'AUDIOCODES_OUT_OF_ORDER',
      'AUDIOCODES_OUT_OF_ORDER',
      'AUDIOCODES_MESSAGE_MALFORMED',
      'AUDIOCODES_NO_SESSION',
    ]);
  });

  it('closes a socket after fifty frames in a row that are no messages', async () => {
    const vaic = await desk.connect();
    for (let i = 0; i < 50; i++) vaic.socket.send(Buffer.from([0xff, i]));
    expect(await vaic.next()).toMatchObject({ type: 'session.error' });
    expect(await vaic.closed()).toBe(1000);
  });

  it('takes JSON in a binary frame like text', async () => {
    const vaic = await desk.connect();
    vaic.socket.send(Buffer.from('{"type":"connection.validate"}'));
    expect(await vaic.next()).toEqual({ type: 'connection.validated', success: true });
  });

  it('refuses to resume what it does not know', async () => {
    const vaic = await desk.connect();
    vaic.send({ type: 'session.resume', conversationId: 'dead' });
    expect(await vaic.next()).toEqual({
      type: 'session.error',
      conversationId: 'dead',
      reason: 'conversation not found',
    });
    expect(await vaic.closed()).toBe(1000);
  });

  it('refuses to resume a call that the core has ended', async () => {
    const { vaic, call } = await desk.call();
    vaic.socket.terminate();
    await call.saw('lost AUDIOCODES_LEG_LOST');
    desk.intake.knowsResumed = false;
    const second = await desk.connect();
    second.send({ type: 'session.resume', conversationId: 'call-1' });
    expect(await second.next()).toMatchObject({ type: 'session.error', reason: 'conversation not found' });
    expect(desk.conversations.size).toBe(0);
  });

  it('forgets a lost call when its time to resume is over', async () => {
    const { vaic, call } = await desk.call();
    vaic.socket.terminate();
    await call.saw('lost AUDIOCODES_LEG_LOST');
    clock.advance(29_999);
    expect(desk.conversations.size).toBe(1);
    clock.advance(1);
    expect(desk.conversations.size).toBe(0);
  });

  describe('that resumes a call', () => {
    it('is accepted with the same format, is ready at once and counts its stream ids on', async () => {
      const { vaic, call } = await desk.call();
      const frame = { ...silentFrame };
      call.leg.push(frame);
      expect(await vaic.next()).toMatchObject({ type: 'playStream.start', streamId: '1' });
      vaic.socket.terminate();
      await call.saw('lost AUDIOCODES_LEG_LOST');

      const second = await desk.connect();
      second.send({ type: 'session.resume', conversationId: 'call-1' });
      const again = await desk.intake.call(1);
      expect(again.resumed).toBe(true);
      expect(again.leg.info).toEqual(call.leg.info);
      again.answer();
      expect(await second.next()).toEqual({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' });
      await again.saw('ready');
      again.leg.push(frame);
      // No second config activity: what was asked for holds to the end of the call.
      expect(await second.next()).toMatchObject({ type: 'playStream.start', streamId: '2' });
      second.chunk('AAAAAA==');
      await again.until(() => again.frames.length === 1);
      second.start();
      await second.rest();
      expect(again.told).toEqual(['ready']);
      expect(call.told).toEqual(['details', 'ready', 'lost AUDIOCODES_LEG_LOST']);
    });

    it('replaces a socket that is still open, without a word to the call', async () => {
      const { vaic, call } = await desk.call();
      const second = await desk.connect();
      second.send({ type: 'session.resume', conversationId: 'call-1' });
      (await desk.intake.call(1)).answer();
      expect(await second.next()).toMatchObject({ type: 'session.accepted' });
      expect(await vaic.closed()).toBe(1006);
      expect(call.told).toEqual(['details', 'ready']);
      expect(desk.conversations.size).toBe(1);
      second.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'client-disconnected' });
      expect(await second.closed()).toBe(1000);
    });

    it('can be lost and resumed again and again', async () => {
      let { vaic, call } = await desk.call();
      for (let round = 1; round <= 5; round++) {
        vaic.socket.terminate();
        await call.saw('lost AUDIOCODES_LEG_LOST');
        vaic = await desk.connect();
        vaic.send({ type: 'session.resume', conversationId: 'call-1' });
        call = await desk.intake.call(round);
        call.answer();
        await call.saw('ready');
        call.leg.push(silentFrame);
        await vaic.next();
        expect(await vaic.next()).toMatchObject({ type: 'playStream.start', streamId: String(round) });
      }
    });
  });
});

const silentFrame = {
  track: 'agent',
  format: { encoding: 'pcm16', sampleRate: 24000 },
  timestampMs: 0,
  durationMs: 20,
  sentMs: null,
  isFiller: false,
  base64: Buffer.alloc(960).toString('base64'),
  bytes: Buffer.alloc(960),
  samples: new Int16Array(480),
} as const;
