import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { frameFromBytes, silence } from '#libs/audio';
import type { AudioFrame, EndReason } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { Desk } from '../test/desk.js';
import type { ScriptedCall } from '../test/scripted-intake.js';
import type { Vaic, WireMessage } from '../test/vaic.js';
import { AudioCodesConfig } from './audiocodes.config.js';

const AGENT = { encoding: 'pcm16', sampleRate: 24000 } as const;

function agentSound(durationMs: number): AudioFrame {
  return frameFromBytes('agent', AGENT, 0, silence(AGENT, durationMs));
}

/** What activities are told apart by. */
function named(message: { type: string; activities?: { name: string }[] }): string {
  return message.activities === undefined ? message.type : message.activities.map(({ name }) => name).join();
}

describe('a call', () => {
  let clock: ManualClock;
  let log: CapturedLog;
  let config: AudioCodesConfig;
  let desk: Desk;

  const open = (settings: Partial<AudioCodesConfig> = {}) => {
    Object.assign(config, settings);
    desk = new Desk(clock, log, config);
    return desk;
  };

  beforeEach(() => {
    clock = new ManualClock();
    log = new CapturedLog();
    config = new AudioCodesConfig();
  });

  afterEach(async () => {
    await desk.close();
    clock.advance(60_000);
    expect(clock.pending).toBe(0);
    expect(desk.conversations.size).toBe(0);
  });

  describe('that is set up', () => {
    it('asks for barge-in, DTMF and events on the start activity, and greets', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      call.answer();
      expect(await vaic.next()).toMatchObject({ type: 'session.accepted' });
      expect(await vaic.rest()).toEqual([]);
      expect(call.told).toEqual([]);
      vaic.event('start', {
        parameters: {
          caller: '+15550100',
          callee: '+15550199',
          locale: 'en-US',
          'X-Id': 42,
          tags: ['a', 'b'],
          none: null,
        },
      });
      const config = await vaic.next();
      expect(config).toEqual({
        type: 'activities',
        activities: [
          {
            id: expect.stringMatching(/^[0-9a-f-]{36}$/),
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
            type: 'event',
            name: 'config',
            sessionParams: {
              bargeIn: true,
              sendDTMF: true,
              sendEventsToBot: ['playFinished', 'noUserInput'],
            },
          },
        ],
      });
      await call.saw('ready');
      expect(call.told).toEqual(['details', 'ready']);
      expect(call.details).toEqual({
        from: '+15550100',
        to: '+15550199',
        parameters: {
          caller: '+15550100',
          callee: '+15550199',
          locale: 'en-US',
          'X-Id': '42',
          tags: '["a","b"]',
        },
      });
    });

    it('asks for nothing where the operator does not want it', async () => {
      const { vaic, call } = await open({ requestBargeIn: false }).call();
      expect(vaic.received.map(named)).toEqual(['session.accepted', 'connection.validated']);
      expect(call.told).toContain('ready');
    });

    it('greets without a start activity after a while, and only once', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      call.answer();
      await vaic.next();
      clock.advance(1499);
      expect(call.told).toEqual([]);
      clock.advance(1);
      expect(call.told).toEqual(['ready']);
      vaic.start();
      await call.saw('details');
      vaic.start();
      await vaic.rest();
      expect(call.told).toEqual(['ready', 'details']);
    });

    it('greets at once when the start activity came before the AI was ready', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      vaic.start();
      await call.saw('details');
      expect(call.told).toEqual(['details']);
      call.answer();
      expect(call.told).toEqual(['details', 'ready']);
    });

    it('ends with session.error when the AI is not ready in time', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      clock.advance(10_000);
      expect(await vaic.next()).toMatchObject({ type: 'session.error', conversationId: 'call-1' });
      expect(await vaic.closed()).toBe(1000);
      expect(call.told).toEqual(['hang-up never-connected']);
      call.answer();
      expect(vaic.received).toHaveLength(1);
    });

    it('is refused with session.error when the core hangs up before it was accepted', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      call.leg.hangUp('ai-unavailable');
      expect(await vaic.next()).toMatchObject({ type: 'session.error', reason: 'ai-unavailable' });
      expect(await vaic.closed()).toBe(1000);
      expect(call.told).toEqual([]);
    });

    it('ends when the core agrees on a format that was not offered', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      call.leg.answer({ caller: { encoding: 'alaw', sampleRate: 8000 }, agent: AGENT });
      expect(await vaic.next()).toMatchObject({ type: 'session.error' });
      expect(call.told).toEqual(['hang-up internal-error']);
    });

    it('accepts a repeated initiate or resume again, without a second call', async () => {
      const { vaic } = await open().call();
      vaic.initiate();
      vaic.send({ type: 'session.resume', conversationId: 'call-1' });
      const accepted = { type: 'session.accepted', mediaFormat: 'raw/lpcm16' };
      expect(await vaic.rest()).toEqual([accepted, accepted]);
      expect(desk.intake.calls).toHaveLength(1);
    });
  });

  describe('whose caller speaks', () => {
    it('acknowledges every start and stop at once, with the participant echoed', async () => {
      const { vaic } = await open().call();
      for (const participant of [undefined, undefined, 'caller', 'agent-7']) {
        vaic.send({ type: 'userStream.start', conversationId: 'call-1', participant });
        expect(await vaic.next()).toEqual(
          JSON.parse(JSON.stringify({ type: 'userStream.started', participant })),
        );
        vaic.send({ type: 'userStream.stop', conversationId: 'call-1', participant });
        expect(await vaic.next()).toEqual(
          JSON.parse(JSON.stringify({ type: 'userStream.stopped', participant })),
        );
      }
    });

    it('hands the sound on as it came, and keeps odd pieces whole', async () => {
      const { vaic, call } = await open().call();
      vaic.send({ type: 'userStream.start', conversationId: 'call-1' });
      const pieces = [Buffer.from([1, 2, 3, 4]), Buffer.from([5]), Buffer.alloc(0), Buffer.from([6, 7, 8])];
      for (const piece of pieces) vaic.chunk(piece.toString('base64'));
      await call.until(() => call.frames.length === 2);
      expect(call.frames[0]!.base64).toBe(pieces[0]!.toString('base64'));
      expect(Buffer.concat(call.frames.map(({ bytes }) => bytes))).toEqual(Buffer.concat(pieces));
      expect(call.frames[0]!).toMatchObject({
        track: 'caller',
        format: { encoding: 'pcm16', sampleRate: 16000 },
        timestampMs: clock.nowMs(),
        durationMs: 0.125,
      });
      expect(call.faults).toEqual([]);
    });

    it('counts what is no sound, and goes on', async () => {
      const { vaic, call } = await open().call();
      vaic.send({ type: 'userStream.start', conversationId: 'call-1' });
      for (const rubbish of [undefined, 7, {}, 'A', '####', 'AA==AA==', 'AAA\n']) vaic.chunk(rubbish);
      vaic.chunk('AAAA');
      await call.until(() => call.frames.length === 1);
      expect(call.faults).toEqual(Array(7).fill('AUDIOCODES_AUDIO_INVALID'));
    });

    it('reports sound before the call was accepted once, and takes none of it', async () => {
      open();
      const vaic = await desk.connect();
      vaic.initiate();
      const call = await desk.intake.call();
      vaic.send({ type: 'userStream.start', conversationId: 'call-1' });
      for (let i = 0; i < 60; i++) vaic.chunk('AAAA');
      expect(await vaic.rest()).toEqual([{ type: 'userStream.started' }]);
      expect(call.faults).toEqual(['AUDIOCODES_OUT_OF_ORDER']);
      expect(call.frames).toEqual([]);
      call.answer();
      vaic.chunk('AAAA');
      await call.until(() => call.frames.length === 1);
    });

    it('listens to the caller alone where several speak, and says whom its hints are about', async () => {
      const { vaic, call } = await open().call();
      for (const participant of ['agent', 'caller']) {
        vaic.send({ type: 'userStream.start', conversationId: 'call-1', participant });
        expect(await vaic.next()).toEqual({ type: 'userStream.started', participant });
      }
      vaic.chunk('AAAA', { participant: 'agent' });
      vaic.chunk('BBBBBA==', { participant: 'caller' });
      await call.until(() => call.frames.length === 1);
      expect(call.frames[0]!.base64).toBe('BBBBBA==');
      call.leg.understood!({ kind: 'speech-started' });
      expect(await vaic.next()).toEqual({ type: 'userStream.speech.started', participant: 'caller' });
      expect(call.faults).toEqual([]);
    });
  });

  describe('whose AI understands the caller', () => {
    it('tells VoiceAI Connect in the shapes of its own library', async () => {
      const { vaic, call } = await open().call();
      call.leg.understood!({ kind: 'speech-started' });
      call.leg.understood!({ kind: 'hypothesis', text: '' });
      call.leg.understood!({ kind: 'hypothesis', text: 'what "are"' });
      call.leg.understood!({ kind: 'speech-stopped' });
      call.leg.understood!({ kind: 'turn-committed' });
      call.leg.understood!({ kind: 'recognition', text: 'what are your hours' });
      expect(await vaic.rest()).toEqual([
        { type: 'userStream.speech.started' },
        { type: 'userStream.speech.hypothesis', alternatives: [{ text: 'what "are"' }] },
        { type: 'userStream.speech.stopped' },
        { type: 'userStream.speech.committed' },
        {
          type: 'userStream.speech.recognition',
          alternatives: [{ text: 'what are your hours', confidence: 1 }],
        },
      ]);
    });

    it('keeps back hypotheses that come after the turn, which would silence the answer', async () => {
      const { vaic, call } = await open().call();
      call.leg.understood!({ kind: 'speech-started' });
      call.leg.understood!({ kind: 'speech-stopped' });
      call.leg.understood!({ kind: 'turn-committed' });
      call.leg.understood!({ kind: 'hypothesis', text: 'what are' });
      call.leg.understood!({ kind: 'recognition', text: 'what are your hours' });
      expect((await vaic.rest()).map((message) => (message as { type: string }).type)).toEqual([
        'userStream.speech.started',
        'userStream.speech.stopped',
        'userStream.speech.committed',
        'userStream.speech.recognition',
      ]);
    });
  });

  describe('whose agent speaks', () => {
    it('tells the interruption, ends the stream and aborts what is queued, in this order', async () => {
      const { vaic, call } = await open().call();
      call.leg.push(agentSound(200));
      call.leg.flush();
      clock.advance(100);
      call.leg.understood!({ kind: 'speech-started' });
      call.leg.clear();
      expect((await vaic.rest()).map(named)).toEqual([
        'playStream.start',
        'playStream.chunk',
        'userStream.speech.started',
        'playStream.stop',
        'abortPrompts',
      ]);
      call.leg.clear();
      expect(await vaic.rest()).toEqual([]);
      call.leg.push(agentSound(20));
      expect(await vaic.next()).toEqual({
        type: 'playStream.start',
        streamId: '2',
        mediaFormat: 'raw/lpcm16_24',
      });
    });

    it('sends no abortPrompts where the operator does not want it', async () => {
      const { vaic, call } = await open({ abortPromptsOnBargeIn: false }).call();
      call.leg.push(agentSound(200));
      call.leg.clear();
      expect((await vaic.rest()).map(named)).toEqual([
        'playStream.start',
        'playStream.chunk',
        'playStream.stop',
      ]);
    });

    it('passes on that all was played only when nothing is left to hear', async () => {
      const { vaic, call } = await open().call();
      call.leg.push(agentSound(20));
      vaic.event('playFinished');
      await vaic.rest();
      expect(call.told).not.toContain('playback finished');
      call.leg.flush();
      clock.advance(200);
      vaic.event('playFinished');
      await call.saw('playback finished');
    });
  });

  describe('whose caller presses keys', () => {
    it.each(['DTMF', 'dtmf', 'Dtmf'])('hears each key of an event named %s', async (name) => {
      const { vaic, call } = await open().call();
      vaic.event(name, { value: '1#*0' });
      await call.saw('dtmf 0');
      expect(call.told.slice(2)).toEqual(['dtmf 1', 'dtmf #', 'dtmf *', 'dtmf 0']);
    });

    it('counts a value that holds no keys', async () => {
      const { vaic, call } = await open().call();
      for (const value of ['', 'x', '1'.repeat(65), null, {}]) vaic.event('DTMF', { value });
      await vaic.rest();
      expect(call.faults).toEqual(Array(5).fill('AUDIOCODES_ACTIVITY_MALFORMED'));
      expect(call.told).toEqual(['details', 'ready']);
    });
  });

  describe('that is transferred', () => {
    it('asks for news and resolves when the other side answered', async () => {
      const { vaic, call } = await open().call();
      const transferred = call.leg.transfer!('+1 (555) 0123');
      const [activity] = (await vaic.next()).activities;
      expect(activity).toMatchObject({
        name: 'transfer',
        activityParams: { transferTarget: 'tel:+15550123', transferNotifications: true },
      });
      vaic.event('transferStatus', { value: { status: 'answered' } });
      await expect(transferred).resolves.toBeUndefined();
    });

    it('resolves when the session ends as transferred', async () => {
      const { vaic, call } = await open({ transferNotifications: false }).call();
      const transferred = call.leg.transfer!('sip:q@pbx.example');
      expect((await vaic.next()).activities[0].activityParams).toEqual({
        transferTarget: 'sip:q@pbx.example',
      });
      vaic.send({
        type: 'session.end',
        conversationId: 'call-1',
        reasonCode: 'transferred',
        reason: 'Call transferred',
      });
      await expect(transferred).resolves.toBeUndefined();
      await call.saw('hang-up transferred');
    });

    it('goes on when the transfer failed', async () => {
      const { vaic, call } = await open().call();
      const transferred = call.leg.transfer!('sip:q@pbx.example');
      vaic.event('transferStatus', {
        value: { status: 'failed', reasonCode: 'busy', reason: 'SIP ;cause=486' },
      });
      await expect(transferred).rejects.toMatchObject({ code: 'AUDIOCODES_TRANSFER_FAILED' });
      expect(call.leg.push(agentSound(20))).toBe(true);
      await vaic.next();
    });

    it('rejects what cannot be', async () => {
      const { vaic, call } = await open().call();
      const code = (transfer: Promise<void>) =>
        transfer.then(
          () => 'resolved',
          (error: { code: string }) => error.code,
        );
      expect(await code(call.leg.transfer!('nobody at all'))).toBe('AUDIOCODES_TRANSFER_TARGET');
      const first = code(call.leg.transfer!('100'));
      expect(await code(call.leg.transfer!('200'))).toBe('AUDIOCODES_TRANSFER_IMPOSSIBLE');
      clock.advance(60_000);
      expect(await first).toBe('AUDIOCODES_TRANSFER_TIMEOUT');
      const second = code(call.leg.transfer!('100'));
      vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'client-disconnected' });
      expect(await second).toBe('AUDIOCODES_TRANSFER_IMPOSSIBLE');
      expect(await code(call.leg.transfer!('100'))).toBe('AUDIOCODES_TRANSFER_IMPOSSIBLE');
    });

    describe('and whose connection is lost meanwhile', () => {
      const outcome = (transfer: Promise<void>) =>
        transfer.then(
          () => 'resolved',
          (error: { code: string }) => error.code,
        );

      async function lostWhileItRings() {
        const { vaic, call } = await open().call();
        const transferred = outcome(call.leg.transfer!('100'));
        await vaic.rest();
        vaic.socket.terminate();
        await call.saw('lost AUDIOCODES_LEG_LOST');
        return { transferred };
      }

      async function resumed() {
        const vaic = await desk.connect();
        vaic.send({ type: 'session.resume', conversationId: 'call-1' });
        const call = await desk.intake.call(1);
        call.answer();
        expect(await vaic.next()).toMatchObject({ type: 'session.accepted' });
        return { vaic, call };
      }

      it.each([
        ['was taken', { status: 'answered' }, 'resolved'],
        ['was not', { status: 'failed', reasonCode: 'busy' }, 'AUDIOCODES_TRANSFER_FAILED'],
      ])('learns on the connection it comes back on that the caller %s', async (_what, value, result) => {
        const { transferred } = await lostWhileItRings();
        const { vaic, call } = await resumed();
        expect(await outcome(call.leg.transfer!('200'))).toBe('AUDIOCODES_TRANSFER_IMPOSSIBLE');
        vaic.event('transferStatus', { value });
        expect(await transferred).toBe(result);
      });

      it('learns there too that the session ended with it', async () => {
        const { transferred } = await lostWhileItRings();
        const { vaic } = await resumed();
        vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'transferred' });
        expect(await transferred).toBe('resolved');
      });

      it('has failed when it does not come back', async () => {
        const { transferred } = await lostWhileItRings();
        clock.advance(30_000);
        expect(await transferred).toBe('AUDIOCODES_TRANSFER_IMPOSSIBLE');
        expect(clock.pending).toBe(0);
      });
    });
  });

  describe('that presses keys', () => {
    const keys = (message?: WireMessage) => message?.activities[0].activityParams;

    it('sends them under the documented name, twenty at a time and with pauses', async () => {
      const { vaic, call } = await open().call();
      expect(call.leg.sendDtmf!('12ww3')).toBe(true);
      expect(call.leg.sendDtmf!('#'.repeat(21))).toBe(true);
      const first = await vaic.rest();
      expect(first.map(named)).toEqual(['sendDtmf']);
      expect(keys(first[0])).toEqual({ dtmfDigits: '12' });
      clock.advance(1499);
      expect(await vaic.rest()).toEqual([]);
      clock.advance(1);
      expect(keys(await vaic.next())).toEqual({ dtmfDigits: '3' });
      clock.advance(60_000);
      expect((await vaic.rest()).map(keys)).toEqual([{ dtmfDigits: '#'.repeat(20) }, { dtmfDigits: '#' }]);
    });

    it('uses the other name where that is set', async () => {
      const { vaic, call } = await open({ dtmfField: 'dtmf' }).call();
      call.leg.sendDtmf!('5');
      expect(keys(await vaic.next())).toEqual({ dtmf: '5' });
    });

    it('leaves to tones what it cannot send, and everything where that is set', async () => {
      const { vaic, call } = await open().call();
      expect(call.leg.sendDtmf!('1A')).toBe(false);
      call.leg.sendDtmf!('1w2');
      call.leg.hangUp('agent-hung-up');
      expect(call.leg.sendDtmf!('1')).toBe(false);
      clock.advance(4000);
      expect((await vaic.rest()).map(named)).toEqual(['sendDtmf', 'hangup']);
      const other = await open({ nativeDtmf: false }).call();
      expect(other.call.leg.sendDtmf!('1')).toBe(false);
    });
  });

  describe('that ends', () => {
    const reasons: [string | undefined, EndReason][] = [
      ['client-disconnected', 'caller-hung-up'],
      ['bot-disconnected', 'agent-hung-up'],
      ['transferred', 'transferred'],
      ['error', 'leg-lost'],
      ['no-answer', 'never-connected'],
      ['something-new', 'caller-hung-up'],
      ['constructor', 'caller-hung-up'],
      [undefined, 'caller-hung-up'],
    ];
    it.each(reasons)('with session.end %s tells the call %s and closes', async (reasonCode, reason) => {
      const { vaic, call } = await open().call();
      call.leg.push(agentSound(200));
      vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode, reason: 'Client Side' });
      expect(await vaic.closed()).toBe(1000);
      expect(call.told).toEqual(['details', 'ready', `hang-up ${reason}`]);
      expect(call.leg.push(agentSound(20))).toBe(false);
      expect(desk.conversations.size).toBe(0);
    });

    it('from our side says hangup, waits for session.end and closes then', async () => {
      const { vaic, call } = await open().call();
      call.leg.push(agentSound(200));
      call.leg.hangUp('agent-hung-up');
      call.leg.hangUp('agent-hung-up');
      const messages = await vaic.rest();
      expect(messages.map(named)).toEqual([
        'playStream.start',
        'playStream.chunk',
        'playStream.stop',
        'hangup',
      ]);
      expect(messages[3]!.activities[0].activityParams).toEqual({ hangupReason: 'agent-hung-up' });
      vaic.send({ type: 'userStream.stop', conversationId: 'call-1' });
      expect(await vaic.next()).toEqual({ type: 'userStream.stopped' });
      for (let i = 0; i < 60; i++) vaic.chunk('#');
      expect(await vaic.rest()).toEqual([]);
      vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'bot-disconnected' });
      expect(await vaic.closed()).toBe(1000);
      expect(call.told).toEqual(['details', 'ready']);
    });

    it('because the caller was handed on sends no hangup, which might reach his new call', async () => {
      const { vaic, call } = await open().call();
      call.leg.hangUp('transferred');
      expect(await vaic.rest()).toEqual([]);
      vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'transferred' });
      expect(await vaic.closed()).toBe(1000);
    });

    it('from our side closes after a while when session.end does not come', async () => {
      const { vaic, call } = await open().call();
      call.leg.hangUp('agent-hung-up');
      await vaic.next();
      clock.advance(5000);
      expect(await vaic.closed()).toBe(1000);
      expect(log.lines.map(({ fields }) => fields.code)).toContain('AUDIOCODES_END_MISSING');
    });

    it('tells a lost socket from an end', async () => {
      const { vaic, call } = await open().call();
      vaic.socket.close(1000);
      await call.saw('lost AUDIOCODES_LEG_LOST');
      expect(desk.conversations.size).toBe(1);
    });
  });

  describe('that is told nonsense', () => {
    let vaic: Vaic;
    let call: ScriptedCall;

    beforeEach(async () => {
      ({ vaic, call } = await open().call());
    });

    it('reports each unknown type once, and goes on', async () => {
      for (let i = 0; i < 100; i++) vaic.send({ type: 'session.sparkle', conversationId: 'call-1' });
      for (let i = 0; i < 100; i++) vaic.event('glitter');
      vaic.activities({ type: 'message', text: 'hello' });
      vaic.send({ type: 'playStream.mark.reached', conversationId: 'call-1' });
      vaic.event('noUserInput', { value: 1 });
      await vaic.rest();
      expect(call.faults).toEqual([
        'AUDIOCODES_TYPE_UNKNOWN',
        'AUDIOCODES_ACTIVITY_UNKNOWN',
        'AUDIOCODES_ACTIVITY_UNKNOWN',
      ]);
    });

    it('keeps the number of things it reports bounded', async () => {
      for (let i = 0; i < 100; i++) vaic.send({ type: `new.${i}` });
      await vaic.rest();
      expect(call.faults).toHaveLength(32);
    });

    it('does nothing for another call', async () => {
      vaic.send({ type: 'session.end', conversationId: 'call-2', reasonCode: 'client-disconnected' });
      vaic.initiate({ conversationId: 'call-2' });
      vaic.chunk('AAAA', { conversationId: 'call-2' });
      expect(await vaic.rest()).toEqual([]);
      expect(call.faults).toEqual(Array(3).fill('AUDIOCODES_WRONG_CONVERSATION'));
      expect(call.frames).toEqual([]);
    });

    const nonsense: [string, (vaic: Vaic) => void][] = [
      ['broken JSON', (to) => to.socket.send('{"type":"userStream.chunk",')],
      ['arrays', (to) => to.socket.send('[]')],
      ['bytes', (to) => to.socket.send(Buffer.from([0, 255]))],
      ['messages without a type', (to) => to.send({ conversationId: 'call-1' })],
      ['activities that are no list', (to) => to.send({ type: 'activities', activities: {} })],
      ['activities that are none', (to) => to.activities([] as object)],
      ['sound that is none', (to) => to.chunk('#')],
    ];
    it.each(nonsense)('ends with session.error after fifty %s in a row, not before', async (_, send) => {
      vaic.send({ type: 'userStream.start', conversationId: 'call-1' });
      await vaic.next();
      for (let i = 0; i < 49; i++) send(vaic);
      vaic.chunk('AAAA');
      for (let i = 0; i < 49; i++) send(vaic);
      expect(await vaic.rest()).toEqual([]);
      vaic.chunk('AAAA');
      for (let i = 0; i < 50; i++) send(vaic);
      expect(await vaic.next()).toMatchObject({ type: 'session.error', conversationId: 'call-1' });
      expect(await vaic.closed()).toBe(1000);
      expect(call.told).toEqual(['details', 'ready', 'hang-up protocol-error']);
      expect(call.faults.at(-1)).toBe('AUDIOCODES_TOO_MANY_BAD');
    });

    it('leaves other calls alone', async () => {
      const other = await desk.call({ conversationId: 'call-2' });
      for (let i = 0; i < 50; i++) vaic.socket.send('nonsense');
      await vaic.closed();
      other.call.leg.push(agentSound(20));
      expect(await other.vaic.next()).toMatchObject({ type: 'playStream.start' });
      expect(other.call.faults).toEqual([]);
    });
  });
});
