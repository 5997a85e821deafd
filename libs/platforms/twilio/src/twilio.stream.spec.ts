import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { frameFromBase64, frameFromBytes } from '#libs/audio';
import type { EndReason } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { type RecordedCall, RecordingIntake } from '../test/recording-intake.js';
import { StreamPair } from '../test/stream-pair.js';
import { ACCOUNT, CALL, connected, dtmf, FRAME, mark, media, STREAM, start, stop } from '../test/wire.js';
import { TwilioConfig } from './twilio.config.js';
import { Farewells } from './twilio.farewells.js';
import { TwilioServices } from './twilio.services.js';
import { type Admission, TwilioStream } from './twilio.stream.js';
import type { AnnouncedCall } from './twilio.tokens.js';

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
const FORMATS = { caller: MULAW, agent: MULAW };
const ANNOUNCED: AnnouncedCall = {
  callSid: CALL,
  accountSid: ACCOUNT,
  direction: 'outbound',
  from: '+15550100001',
  to: '+15550100002',
};

const open: StreamPair[] = [];
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.end();
});

class Bench {
  readonly clock = new ManualClock();
  readonly intake = new RecordingIntake();
  readonly log = new CapturedLog();
  readonly farewells = new Farewells(this.clock);
  readonly config = new TwilioConfig();
  /** Without the REST API. */
  readonly services = new TwilioServices({
    config: this.config,
    site: { publicUrl: null },
    clock: this.clock,
    events: { publish: () => undefined },
    log: this.log,
  });
  readonly refused: string[] = [];
  readonly sockets: WebSocket[] = [];

  /** A socket that was let in with a place of its own, or as the stream of an announced call. */
  async stream(call: AnnouncedCall | null = null): Promise<StreamPair> {
    if (call !== null) {
      const info = { platformCallId: call.callSid } as never;
      this.intake.announce({ info, expiresInMs: 1000 });
    }
    const admission: Admission =
      call === null ? { call, place: this.intake.reserve()! } : { call, place: null };
    const pair = await StreamPair.open((socket: WebSocket) => {
      this.sockets.push(socket);
      new TwilioStream(socket, admission, {
        ...this.parts(),
        onRefused: (error) => this.refused.push(error.code),
        onLeg: (leg) => this.services.onLeg(leg),
      });
    });
    open.push(pair);
    return pair;
  }

  /** A stream whose call is running. */
  async call(change: object = {}): Promise<{ pair: StreamPair; call: RecordedCall }> {
    const pair = await this.stream();
    await pair.send(connected, start(change));
    const call = this.intake.calls.at(-1)!;
    call.leg.answer(FORMATS);
    return { pair, call };
  }

  private parts() {
    const { clock, intake, log, farewells, config, services } = this;
    return { clock, intake, log, farewells, config, services, capabilities: services.capabilities };
  }
}

describe('a media stream until its start', () => {
  it('brings in the call with what the start tells', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(
      connected,
      start({ customParameters: { tenant: 'acme', from: '+15550100001', to: 'client:bob' } }),
    );
    const { info } = bench.intake.calls[0]!.leg;
    expect(info).toMatchObject({ platform: 'twilio', platformCallId: CALL, direction: 'inbound' });
    expect(info).toMatchObject({ from: '+15550100001', to: 'client:bob', parameters: { tenant: 'acme' } });
    expect(info).toMatchObject({ callerFormats: [MULAW], agentFormats: [MULAW] });
  });

  it('takes the numbers of an announced call from its announcement', async () => {
    const bench = new Bench();
    const pair = await bench.stream(ANNOUNCED);
    await pair.send(connected, start({ customParameters: { from: 'forged' } }));
    expect(bench.intake.calls[0]!.leg.info).toMatchObject({
      direction: 'outbound',
      from: '+15550100001',
      to: '+15550100002',
      parameters: {},
    });
  });

  it('is satisfied without "connected"', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(start());
    expect(bench.intake.calls).toHaveLength(1);
  });

  it.each([
    ['another call', { callSid: `CA${'9'.repeat(32)}` }],
    ['another account', { accountSid: `AC${'9'.repeat(32)}` }],
  ])('refuses the start of %s than its token was made for', async (_, change) => {
    const bench = new Bench();
    const pair = await bench.stream(ANNOUNCED);
    await pair.send(connected, start(change));
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_START_MISMATCH']);
    expect(bench.intake.calls).toHaveLength(0);
    expect(bench.intake.withdrawn).toEqual([CALL]);
    expect(bench.clock.pending).toBe(0);
  });

  it('refuses an account other than the configured one', async () => {
    const bench = new Bench();
    bench.config.accountSid = `AC${'9'.repeat(32)}`;
    const pair = await bench.stream();
    await pair.send(connected, start());
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_FOREIGN_ACCOUNT']);
    expect(bench.intake.placesTaken).toBe(0);
  });

  it('refuses a format that the gateway does not speak', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(start({ mediaFormat: { encoding: 'audio/opus', sampleRate: 48_000, channels: 1 } }));
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_FORMAT_UNSUPPORTED']);
    expect(bench.intake.placesTaken).toBe(0);
  });

  it('refuses an announced call in a format other than the announced one, for which the AI is open already', async () => {
    const bench = new Bench();
    const pair = await bench.stream(ANNOUNCED);
    await pair.send(start({ mediaFormat: { encoding: 'audio/x-alaw', sampleRate: 8000, channels: 1 } }));
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_FORMAT_UNSUPPORTED']);
    expect(bench.intake.withdrawn).toEqual([CALL]);
  });

  it('is given up when no start comes in time', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(connected);
    bench.clock.advance(4999);
    await pair.settled();
    expect(pair.closeCode).toBeNull();
    bench.clock.advance(1);
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_START_MISSING']);
    expect(bench.intake.placesTaken).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('gives its place back when the socket is cut', async () => {
    const bench = new Bench();
    const pair = await bench.stream(ANNOUNCED);
    pair.client.terminate();
    await pair.closed();
    expect(bench.refused).toEqual(['TWILIO_STREAM_LOST']);
    expect(bench.intake.withdrawn).toEqual([CALL]);
    expect(bench.clock.pending).toBe(0);
  });

  it('survives nonsense, names its first code in the log, and still takes the start', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send('nonsense', media(20), dtmf('1'), start({ callSid: 7 }), { event: 'weather' }, start());
    expect(bench.intake.calls).toHaveLength(1);
    expect(bench.log.lines.filter((line) => line.level === 'warn').map((line) => line.fields.code)).toEqual([
      'TWILIO_NOT_JSON',
    ]);
  });

  it('ends after fifty messages that are none', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(...Array.from({ length: 50 }, () => 'nonsense'));
    expect(await pair.closed()).toBe(1008);
    expect(bench.refused).toEqual(['TWILIO_TOO_MANY_BAD_FRAMES']);
    expect(bench.intake.placesTaken).toBe(0);
  });

  it('refuses a second stream of a running call and leaves the first alone', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    const second = await bench.stream();
    await second.send(start());
    expect(await second.closed()).toBe(1008);
    expect(bench.refused).toEqual(['CALL_DUPLICATE']);
    await pair.send(media(20));
    expect(call.frames).toHaveLength(1);
    expect(call.story).toEqual(['ready']);
  });
});

describe('the caller on a media stream', () => {
  it('is ready once, as soon as the call answers', async () => {
    const { call } = await new Bench().call();
    call.leg.answer(FORMATS);
    expect(call.story).toEqual(['ready']);
  });

  it('is heard with the very bytes that Twilio sent, also before the call answers', async () => {
    const bench = new Bench();
    const pair = await bench.stream();
    await pair.send(connected, start(), media(155), media(175));
    const { frames } = bench.intake.calls[0]!;
    expect(frames.map((frame) => frame.base64)).toEqual([FRAME, FRAME]);
    expect(frames.map((frame) => [frame.track, frame.durationMs, frame.timestampMs])).toEqual([
      ['caller', 20, bench.clock.nowMs()],
      ['caller', 20, bench.clock.nowMs()],
    ]);
  });

  it('is heard with the times that Twilio tells', async () => {
    const { pair, call } = await new Bench().call();
    await pair.send(media(155), media(171), media(195));
    expect(call.frames.map((frame) => [frame.sentMs, frame.isFiller])).toEqual([
      [155, false],
      [171, false],
      [195, false],
    ]);
  });

  it.each([
    ['audio/x-alaw', 8000, { encoding: 'alaw', sampleRate: 8000 }, 160],
    ['audio/x-l16', 16_000, { encoding: 'pcm16', sampleRate: 16_000 }, 640],
  ])('is heard in the format of the stream: %s', async (encoding, sampleRate, format, frameBytes) => {
    const { pair, call } = await new Bench().call({ mediaFormat: { encoding, sampleRate, channels: 1 } });
    const payload = Buffer.alloc(frameBytes, 2).toString('base64');
    await pair.send(media(0, { payload }));
    expect(call.frames[0]).toMatchObject({ format, durationMs: 20 });
    call.leg.push(frameFromBytes('agent', call.leg.info.agentFormats[0]!, 0, new Uint8Array(frameBytes + 2)));
    await pair.settled();
    expect(
      Buffer.from((pair.take()[0] as never as { media: { payload: string } }).media.payload, 'base64'),
    ).toHaveLength(frameBytes);
  });

  it('presses keys', async () => {
    const { pair, call } = await new Bench().call();
    await pair.send(dtmf('5'), dtmf('#'), dtmf('*'), dtmf('a'));
    expect(call.digits).toEqual(['5', '#', '*', 'A']);
  });

  it('pauses, and silence is heard instead', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    await pair.send(media(100), media(620));
    expect(call.heardMs).toBe(540);
    bench.clock.advance(1000);
    expect(call.heardMs).toBe(540 + 980);
    await pair.send(media(640 + 1000));
    expect(call.heardMs).toBe(540 + 1000 + 20);
    expect(call.frames.at(-1)!.base64).toBe(FRAME);
  });

  it('hangs up', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    await pair.send(stop, media(20), dtmf('1'), stop, 'nonsense');
    expect(call.story).toEqual(['ready', 'hung up caller-hung-up']);
    expect([call.frames, call.digits, call.faults]).toEqual([[], [], []]);
    call.leg.hangUp('caller-hung-up');
    expect(call.leg.push(frameFromBase64('agent', MULAW, 0, FRAME))).toBe(false);
    bench.clock.advance(5000);
    expect(await pair.closed()).toBe(1000);
    expect(bench.clock.pending).toBe(0);
  });

  it('is lost when the socket closes without a goodbye', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    pair.client.close(1000);
    await pair.closed();
    expect(call.story).toEqual(['ready', 'lost TWILIO_STREAM_LOST']);
    expect(bench.clock.pending).toBe(0);
  });

  it('is not lost a second time when the socket closes after "stop"', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    await pair.send(stop);
    pair.client.close();
    await pair.closed();
    expect(call.story).toEqual(['ready', 'hung up caller-hung-up']);
    expect(bench.clock.pending).toBe(0);
  });

  it('is lost alone when a message is larger than any of Twilio’s', async () => {
    const bench = new Bench();
    const first = await bench.call();
    const other = await bench.call({ callSid: `CA${'5'.repeat(32)}` });
    await first.pair.send('x'.repeat(1024 * 1024));
    expect(await first.pair.closed()).toBe(1009);
    await other.pair.send(media(0));
    expect(first.call.story).toEqual(['ready', 'lost TWILIO_STREAM_LOST']);
    expect(other.call.frames).toHaveLength(1);
    expect(other.call.story).toEqual(['ready']);
  });
});

describe('messages that cannot be used', () => {
  it.each([
    ['TWILIO_NOT_JSON', '{"event":'],
    ['TWILIO_BINARY_FRAME', Buffer.from('{"event":"connected"}')],
    ['TWILIO_OUT_OF_ORDER', connected],
    ['TWILIO_OUT_OF_ORDER', start()],
    ['TWILIO_FIELD_INVALID', start({ streamSid: 'MZ4' })],
    ['TWILIO_FOREIGN_STREAM', { ...media(20), streamSid: 'MZ4' }],
    ['TWILIO_FOREIGN_STREAM', { ...stop, streamSid: 'MZ4' }],
    ['TWILIO_TRACK_UNEXPECTED', media(20, { track: 'outbound' })],
    ['TWILIO_PAYLOAD_INVALID', media(20, { payload: 'not base64' })],
    ['TWILIO_PAYLOAD_INVALID', media(20, { payload: '' })],
    ['TWILIO_FIELD_INVALID', media(20, { payload: 160 })],
    ['TWILIO_FIELD_INVALID', media(20, { timestamp: 'soon' })],
    ['TWILIO_FIELD_INVALID', dtmf('55')],
    ['TWILIO_UNKNOWN_MARK', mark('never sent')],
    ['TWILIO_UNKNOWN_EVENT', { event: 'weather', streamSid: STREAM }],
  ])('are counted as %s, and the call goes on (case %#)', async (code, message) => {
    const { pair, call } = await new Bench().call();
    await pair.send(message, media(20));
    expect(call.faults).toEqual([code]);
    expect(call.frames).toHaveLength(1);
    expect(call.story).toEqual(['ready']);
  });

  it('end the call when fifty come in a row, and the caller hears the fall-back', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    await pair.send(...Array.from({ length: 49 }, () => 'nonsense'), media(20));
    await pair.send(...Array.from({ length: 49 }, () => 'nonsense'));
    expect(call.story).toEqual(['ready']);
    await pair.send('nonsense');
    expect(call.story).toEqual(['ready', 'hung up protocol-error']);
    expect(call.faults.at(-1)).toBe('TWILIO_TOO_MANY_BAD_FRAMES');
    expect(await pair.closed()).toBe(1008);
    expect(bench.farewells.wasSaid(CALL)).toBe(false);
    expect(bench.clock.pending).toBe(0);
  });

  it('do not end the call when they are only unknown', async () => {
    const { pair, call } = await new Bench().call();
    await pair.send(...Array.from({ length: 60 }, () => ({ event: 'weather', streamSid: STREAM })));
    expect(call.faults).toHaveLength(60);
    expect(call.story).toEqual(['ready']);
  });

  it('include parameters that were left out', async () => {
    const { call } = await new Bench().call({ customParameters: { n: 1 } });
    expect(call.faults).toEqual(['TWILIO_PARAMETERS_DROPPED']);
  });
});

describe('the agent on a media stream', () => {
  const payloads = (messages: Record<string, unknown>[]) =>
    messages.map((message) => (message as { media: { payload: string } }).media.payload);
  const bytes = (length: number, from = 0) => Uint8Array.from({ length }, (_, i) => (from + i) & 0xff);

  it('is heard with the very payload the AI made, in exactly the fields Twilio knows', async () => {
    const { pair, call } = await new Bench().call();
    expect(call.leg.push(frameFromBase64('agent', MULAW, 0, FRAME))).toBe(true);
    await pair.settled();
    expect(pair.received).toEqual([
      `{"event":"media","streamSid":"${STREAM}","media":{"payload":"${FRAME}"}}`,
    ]);
  });

  it('is sent in whole frames, the rest of one kept for the next and padded with silence at the end', async () => {
    const { pair, call } = await new Bench().call();
    const pushed = bytes(500);
    call.leg.push(frameFromBytes('agent', MULAW, 0, pushed.slice(0, 170)));
    call.leg.push(frameFromBytes('agent', MULAW, 0, pushed.slice(170, 500)));
    await pair.settled();
    const sent = payloads(pair.take()).map((payload) => Buffer.from(payload, 'base64'));
    expect(sent.map((one) => one.length)).toEqual([160, 160, 160]);
    call.leg.flush();
    call.leg.flush();
    await pair.settled();
    const tail = payloads(pair.take()).map((payload) => Buffer.from(payload, 'base64'));
    expect(tail.map((one) => one.length)).toEqual([160]);
    const all = Buffer.concat([...sent, ...tail]);
    expect(all.subarray(0, 500).equals(Buffer.from(pushed))).toBe(true);
    expect(all.subarray(500).every((byte) => byte === 0xff)).toBe(true);
  });

  it('keeps the order of its sound when a whole frame follows a part of one', async () => {
    const { pair, call } = await new Bench().call();
    call.leg.push(frameFromBytes('agent', MULAW, 0, bytes(80)));
    call.leg.push(frameFromBytes('agent', MULAW, 0, bytes(320, 80)));
    await pair.settled();
    const heard = Buffer.concat(payloads(pair.take()).map((payload) => Buffer.from(payload, 'base64')));
    expect(heard.equals(Buffer.from(bytes(320)))).toBe(true);
  });

  it('loses no byte and sends no part of a frame, however its sound is cut', async () => {
    const { pair, call } = await new Bench().call();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(700), { maxLength: 12 }), async (lengths) => {
        const pieces = lengths.map((length, i) => bytes(length, i * 7));
        for (const piece of pieces) call.leg.push(frameFromBytes('agent', MULAW, 0, piece));
        call.leg.flush();
        await pair.settled();
        const sent = payloads(pair.take()).map((payload) => Buffer.from(payload, 'base64'));
        expect(sent.every((one) => one.length > 0 && one.length % 160 === 0)).toBe(true);
        const said = Buffer.concat(pieces);
        const heard = Buffer.concat(sent);
        expect(heard.length).toBe(Math.ceil(said.length / 160) * 160);
        expect(heard.subarray(0, said.length).equals(said)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('is silenced by clear, and what was kept back is not said later', async () => {
    const { pair, call } = await new Bench().call();
    call.leg.push(frameFromBytes('agent', MULAW, 0, bytes(100)));
    call.leg.clear();
    call.leg.flush();
    call.leg.push(frameFromBase64('agent', MULAW, 0, FRAME));
    await pair.settled();
    expect(pair.take()).toEqual([
      { event: 'clear', streamSid: STREAM },
      { event: 'media', streamSid: STREAM, media: { payload: FRAME } },
    ]);
  });

  it('learns from its marks what was heard, also from those that a clear gave back', async () => {
    const { pair, call } = await new Bench().call();
    call.leg.push(frameFromBase64('agent', MULAW, 0, FRAME));
    call.leg.mark('g1:"a"');
    call.leg.mark('g1:b');
    call.leg.clear();
    await pair.settled();
    expect(pair.take().map((message) => message.event)).toEqual(['media', 'mark', 'mark', 'clear']);
    await pair.send(mark('g1:"a"'), mark('g1:b'), mark('g1:b'));
    expect(call.marks).toEqual(['g1:"a"', 'g1:b']);
    expect(call.faults).toEqual(['TWILIO_UNKNOWN_MARK']);
  });

  it('waits for no more than 4096 marks', async () => {
    const { pair, call } = await new Bench().call();
    for (let i = 0; i <= 4096; i++) call.leg.mark(`m${i}`);
    await pair.send(mark('m0'), mark('m1'), mark('m4096'));
    expect(call.marks).toEqual(['m1', 'm4096']);
    expect(call.faults).toEqual(['TWILIO_UNKNOWN_MARK']);
  });

  it('is told when the far side reads too slowly, and no more than two seconds wait', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    pair.client.pause();
    const second = frameFromBytes('agent', MULAW, 0, new Uint8Array(8000).fill(0xff));
    let taken = 0;
    while (taken < 20_000 && call.leg.push(second)) taken++;
    expect(taken).toBeLessThan(20_000);
    expect(call.leg.push(second)).toBe(false);
    const secondOnTheWire = 10_668 + 100;
    expect(bench.sockets[0]!.bufferedAmount).toBeLessThanOrEqual(3 * secondOnTheWire);
    pair.client.resume();
    await pair.settled();
    expect(pair.take()).toHaveLength(taken);
    expect(call.leg.push(second)).toBe(true);
  });

  it.each<[EndReason, number, boolean]>([
    ['agent-hung-up', 1000, true],
    ['operator-hung-up', 1000, true],
    ['caller-hung-up', 1000, true],
    ['transferred', 1000, true],
    ['caller-silent', 1000, true],
    ['limit-reached', 1000, true],
    ['machine-answered', 1000, true],
    ['gateway-draining', 1000, false],
    ['ai-unavailable', 1000, false],
    ['ai-closed', 1000, false],
    ['internal-error', 1000, false],
    ['protocol-error', 1008, false],
  ])('hangs up for the reason %s with close code %d', async (reason, code, farewell) => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    call.leg.hangUp(reason);
    call.leg.hangUp('internal-error');
    expect(call.leg.push(frameFromBase64('agent', MULAW, 0, FRAME))).toBe(false);
    call.leg.mark('m');
    call.leg.clear();
    call.leg.flush();
    expect(await pair.closed()).toBe(code);
    expect(pair.received).toEqual([]);
    expect(bench.farewells.wasSaid(CALL)).toBe(farewell);
    expect(call.story).toEqual(['ready']);
    expect(bench.clock.pending).toBe(0);
  });

  it('is owed no apology who has heard already that the call cannot go on', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    call.leg.hangUp('ai-unavailable', true);
    await pair.closed();
    expect(bench.farewells.wasSaid(CALL)).toBe(true);
  });

  it('is owed an apology again when a call that was said goodbye streams once more', async () => {
    const bench = new Bench();
    const { pair, call } = await bench.call();
    call.leg.hangUp('agent-hung-up');
    await pair.closed();
    bench.intake.calls.length = 0;
    await bench.call();
    expect(bench.farewells.wasSaid(CALL)).toBe(false);
  });
});

describe('a media stream cut anywhere', () => {
  it('tells its call at most one end, leaves no timer and gives every place back, whatever it is sent', async () => {
    const message = fc.constantFrom<object | string | Buffer>(
      connected,
      start(),
      media(20),
      media(900),
      dtmf('1'),
      mark('m'),
      stop,
      'nonsense',
      Buffer.from([0]),
      { event: 'weather' },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 12 }), fc.boolean(), async (messages, announced) => {
        const bench = new Bench();
        const pair = await bench.stream(announced ? ANNOUNCED : null);
        await pair.send(...messages);
        pair.client.close();
        await pair.closed();
        const endings = bench.intake.calls.flatMap((call) => call.story).filter((line) => line !== 'ready');
        expect(endings.length).toBe(bench.intake.calls.length);
        expect(bench.refused.length + bench.intake.calls.length).toBe(1);
        expect(bench.intake.placesTaken).toBe(bench.intake.calls.length);
        expect(bench.clock.pending).toBe(0);
        await pair.end();
      }),
      { numRuns: 60 },
    );
  });
});
