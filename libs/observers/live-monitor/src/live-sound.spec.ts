import { describe, expect, it } from '@jest/globals';
import { MULAW, Rig, ramp } from '../test/rig.js';

function listened(speakers: readonly ('AI' | 'Caller')[] = ['AI', 'Caller']) {
  const rig = new Rig();
  const call = rig.call('a');
  const { socket, viewer } = rig.viewer();
  const monitored = rig.list.find('a')!;
  monitored.listen(viewer, speakers, 'binary');
  return { ...rig, rig, call, socket, viewer, monitored, clock: rig.clock };
}

const timeOf = (frame: Buffer) => frame.readDoubleLE(16);

describe('the sound of a call', () => {
  it('leaves at the pace at which it is heard, never more than 200 ms ahead, bit by bit the same', () => {
    const { call, socket, clock } = listened();
    const said = ramp(1000);
    // The AI sends everything at once, in pieces that fit no grid.
    for (let at = 0; at < said.length; at += 6240) call.agentSays(said.subarray(at, at + 6240), 50 + at / 48);
    const offeredMs = clock.nowMs();
    const heardMs = () => socket.sound.length / 48;
    while (heardMs() < 1000) {
      clock.advance(20);
      const nowMs = clock.nowMs() - offeredMs;
      expect(heardMs()).toBeLessThanOrEqual(Math.max(0, nowMs + 200 - 50));
      expect(heardMs()).toBeGreaterThanOrEqual(Math.min(1000, nowMs + 200 - 50 - 60));
      expect(nowMs).toBeLessThan(1100);
    }
    expect(socket.sound.equals(said)).toBe(true);
    for (const [i, frame] of socket.frames.entries()) {
      expect(frame.readUInt8(0)).toBe(1);
      expect(frame.readUInt8(1)).toBe(1);
      expect(frame.readUInt8(2)).toBe(0);
      expect(frame.readUInt32LE(8)).toBe(24_000);
      if (i > 0) {
        const before = socket.frames[i - 1]!;
        expect(timeOf(frame)).toBeCloseTo(timeOf(before) + (before.length - 24) / 48, 6);
      }
    }
    expect(timeOf(socket.frames[0]!)).toBeCloseTo(50, 6);
  });

  it('is cut where the caller interrupted, and the listener is told to forget the rest', () => {
    const { call, socket, clock } = listened();
    const said = ramp(2000);
    call.agentSays(said, 0);
    clock.advance(500);
    const sent = socket.sound.length;
    call.paths.agent.cut(clock.nowMs());
    clock.advance(1000);
    expect(sent / 48).toBeGreaterThanOrEqual(640);
    expect(socket.sound.length).toBe(sent);
    expect(socket.told('audio.cut')).toEqual([
      { callId: 'a', stream: expect.any(Number), speaker: 'AI', atMs: 500 },
    ]);
    const next = ramp(100);
    call.agentSays(next, 0);
    clock.advance(200);
    expect(socket.sound.subarray(sent).equals(next)).toBe(true);
  });

  it('brings the caller’s bytes as the platform sent them, with the time at which they were spoken', () => {
    const { call, socket, clock } = listened();
    const spoken = Buffer.from(Array.from({ length: 160 }, (_, i) => i));
    clock.advance(100);
    call.callerSays(spoken);
    clock.advance(20);
    const frame = socket.frames[0]!;
    expect(frame.subarray(24)).toEqual(spoken);
    expect([frame.readUInt8(1), frame.readUInt8(2), frame.readUInt32LE(8)]).toEqual([0, 1, 8000]);
    expect(timeOf(frame)).toBe(80);
  });

  it('is made once for fifty listeners: all are sent the very same bytes', () => {
    const { rig, call, monitored, clock } = listened([]);
    const sockets = Array.from({ length: 50 }, () => {
      const { socket, viewer } = rig.viewer();
      monitored.listen(viewer, ['AI', 'Caller'], 'binary');
      return socket;
    });
    call.agentSays(ramp(130), 0);
    call.callerSays(new Uint8Array(160));
    clock.advance(200);
    const [first, ...others] = sockets;
    expect(first!.frames).toHaveLength(5);
    for (const other of others)
      for (const [i, frame] of other.frames.entries()) expect(frame).toBe(first!.frames[i]);
  });

  it('comes as JSON for simple clients', () => {
    const { rig, call, monitored, clock } = listened([]);
    const { socket, viewer } = rig.viewer();
    monitored.listen(viewer, ['Caller'], 'json');
    call.callerSays(new Uint8Array(160).fill(7));
    clock.advance(20);
    expect(socket.told('audio')).toEqual([
      {
        callId: 'a',
        audio: Buffer.alloc(160, 7).toString('base64'),
        format: 'mulaw',
        sampleRate: 8000,
        speaker: 'Caller',
        atMs: -20,
      },
    ]);
  });

  it('is not touched while nobody listens: no tap, no timer', () => {
    const { rig, call, viewer, monitored, clock } = listened();
    monitored.stopListening(viewer);
    const pending = clock.pending;
    clock.advance(5000);
    call.agentSays(ramp(20), 0);
    expect(clock.pending).toBe(pending);
    expect(pending).toBe(0);
    expect(taps(call)).toEqual([0, 0]);
    rig.list.find('a')!.listen(viewer, ['Caller'], 'binary');
    expect(taps(call)).toEqual([1, 0]);
    expect(clock.pending).toBe(1);
  });

  it('is there at once for one who follows the call and begins to listen in the middle of an utterance', () => {
    const rig = new Rig();
    const call = rig.call('a');
    const { socket, viewer } = rig.viewer();
    const monitored = rig.list.find('a')!;
    monitored.follow(viewer);
    const said = ramp(3000);
    call.agentSays(said, 0);
    rig.clock.advance(1000);
    monitored.listen(viewer, ['AI'], 'binary');
    rig.clock.advance(3000);
    expect(timeOf(socket.frames[0]!)).toBeGreaterThanOrEqual(960);
    expect(said.subarray(said.length - socket.sound.length).equals(socket.sound)).toBe(true);
    expect(socket.sound.length / 48).toBeGreaterThan(1950);
  });

  it('is lost for a viewer who does not read, who is told how much, and for nobody else', () => {
    const { rig, call, monitored, clock } = listened([]);
    const slow = rig.viewer();
    const quick = rig.viewer();
    for (const { viewer } of [slow, quick]) monitored.listen(viewer, ['Caller'], 'binary');
    const speak = (frames: number) => {
      for (let i = 0; i < frames; i++) {
        call.callerSays(new Uint8Array(160));
        clock.advance(20);
      }
    };
    speak(10);
    slow.socket.bufferedAmount = 300_000;
    speak(100);
    slow.socket.bufferedAmount = 0;
    speak(60);
    expect(quick.socket.frames).toHaveLength(170);
    expect(slow.socket.frames).toHaveLength(70);
    const lost = slow.socket.told('audio.lost').map(({ frames }) => frames);
    expect(lost.reduce((sum, frames) => sum + frames, 0)).toBe(100);
    expect(lost.length).toBeLessThanOrEqual(4);
    expect(quick.socket.told('audio.lost')).toEqual([]);
  });

  it('is lost for a viewer who leaves pings unanswered, whatever the kernel still takes', () => {
    const { call, socket, clock } = listened();
    socket.answersPings = false;
    for (let i = 0; i < 300; i++) {
      call.callerSays(new Uint8Array(160));
      clock.advance(20);
    }
    expect(socket.frames.length).toBeGreaterThan(90);
    expect(socket.frames.length).toBeLessThan(130);
    socket.emit('pong', Buffer.from('monitor'));
    const before = socket.frames.length;
    call.callerSays(new Uint8Array(160));
    clock.advance(20);
    expect(socket.frames.length).toBe(before + 1);
  });

  it('ends with the call, and what was not heard by then is not sent', () => {
    const { call, socket, clock } = listened();
    call.agentSays(ramp(1000), 0, { ...MULAW, encoding: 'pcm16', sampleRate: 24_000 });
    clock.advance(200);
    const sent = socket.frames.length;
    call.end();
    clock.advance(5000);
    expect(socket.frames).toHaveLength(sent);
    expect(socket.told('audio.ended')).toMatchObject([{ callId: 'a', reason: 'call-ended' }]);
    expect(taps(call)).toEqual([0, 0]);
  });
});

/** How many look at each track. */
function taps(call: { readonly paths: object }): number[] {
  return Object.values(call.paths).map((path: { taps: unknown[] }) => path.taps.length);
}
