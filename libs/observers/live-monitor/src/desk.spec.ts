import { describe, expect, it } from '@jest/globals';
import type { AudioFrame, CallControl, CallDesk, OperatorRole } from '#libs/contracts';
import { Rig } from '../test/rig.js';
import { Desk } from './desk.js';

/** Calls whose lines only note what they are given. */
function desk(role: OperatorRole = 'operator', ids: readonly string[] = ['a', 'b']) {
  const rig = new Rig();
  const calls = ids.map((id) => rig.call(id));
  const done: string[] = [];
  const sound: AudioFrame[] = [];
  const taken = new Set<string>();
  const control = (id: string): CallControl => ({
    view: calls.find((call) => call.id === id)!,
    muted: false,
    get takenOver() {
      return taken.has(id);
    },
    say: () => false,
    whisper: (text) => done.push(`${id} whisper ${text}`) > 0,
    mute: (muted) => done.push(`${id} mute ${muted}`),
    takeOver: (by) => {
      if (taken.has(id)) return null;
      taken.add(id);
      done.push(`${id} taken by ${by}`);
      return {
        push: (frame) => sound.push(frame) > 0,
        release: () => {
          taken.delete(id);
          done.push(`${id} released`);
        },
      };
    },
    hangUp: () => done.push(`${id} hung up`),
    hangUpAfterLastWord: () => undefined,
    transfer: async () => undefined,
    sendDtmf: () => false,
    collectDigits: async () => ({ digits: '', complete: false }),
  });
  const controls = ids.map(control);
  const callDesk: CallDesk = {
    calls: controls,
    find: (callId) => controls.find(({ view }) => view.id === callId) ?? null,
  };
  const { socket, viewer } = rig.viewer({ name: 'Ada', role });
  const parts = { list: rig.list, calls: callDesk, clock: rig.clock, audit: rig.monitor.audit };
  /** As the switchboard: a call that is over is not found any more. */
  const end = (id: string) =>
    controls.splice(
      controls.findIndex(({ view }) => view.id === id),
      1,
    );
  return { rig, calls, done, sound, socket, end, parts, desk: new Desk(viewer, parts) };
}

const codeOf = (act: () => void): string | null => {
  try {
    act();
    return null;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

describe('what a viewer may do', () => {
  it('is to watch and listen, but to step in only as an operator', () => {
    const { desk: hand, done, socket } = desk('viewer');
    hand.watchList(1);
    hand.follow('a', 2);
    hand.listen('a', ['AI'], 'binary', 3);
    expect(socket.told('audio.started')).toHaveLength(1);
    for (const act of [
      () => hand.say('a', 'x'),
      () => hand.whisper('a', 'x'),
      () => hand.mute('a', true),
      () => hand.takeOver('a'),
      () => hand.hangUp('a'),
    ])
      expect(codeOf(act)).toBe('MONITOR_NOT_ALLOWED');
    expect(done).toEqual([]);
  });

  it('is noted: who read along, and each time who began to listen to whom', () => {
    const { desk: hand, rig, calls } = desk();
    let acted = 0;
    calls[0]!.router.on('operator.acted', () => acted++);
    hand.follow('a', 1);
    hand.listen('a', ['AI'], 'binary', 2);
    hand.listen('a', ['AI'], 'json', 3);
    hand.listen('a', ['Caller'], 'binary', 4);
    hand.listen('a', ['Caller', 'AI'], 'binary', 5);
    hand.listen('a', ['Caller'], 'binary', 6);
    hand.stopListening('a');
    rig.clock.advance(9999);
    hand.listen('a', ['Caller'], 'binary', 7);
    hand.stopListening('a');
    rig.clock.advance(10_000);
    hand.listen('a', ['Caller'], 'binary', 8);
    const listen = (speakers: string[]) => ({ callId: 'a', action: 'listen', speakers, by: 'Ada' });
    expect(rig.log.lines.map(({ fields }) => fields)).toEqual([
      { callId: 'a', action: 'read', by: 'Ada' },
      listen(['AI']),
      listen(['Caller']),
      listen(['Caller', 'AI']),
      listen(['Caller']),
    ]);
    expect(acted).toBe(4);
  });

  it('costs whole calls and lists only so much a second, for all sockets of an operator together', () => {
    const { desk: hand, rig, calls, socket, parts } = desk('viewer');
    for (let i = 0; i < 400; i++)
      calls[0]!.router.publish('transcript.final', {
        speaker: 'caller',
        itemId: `i${i}`,
        text: 'so many words '.repeat(30),
      });
    const other = new Desk(rig.viewer({ name: 'Ada', role: 'viewer' }).viewer, parts);
    const refusals = (ask: () => void) => Array.from({ length: 100 }, () => codeOf(ask)).filter(Boolean);
    const refused = refusals(() => hand.follow('a', 1));
    expect(new Set(refused)).toEqual(new Set(['MONITOR_TOO_MUCH']));
    const told = socket.sent.reduce((sum, { data }) => sum + data.length, 0);
    expect(told).toBeGreaterThan(2 * 1024 * 1024);
    expect(told).toBeLessThan(2.5 * 1024 * 1024);
    expect(codeOf(() => other.follow('a', 1))).toBe('MONITOR_TOO_MUCH');
    expect(codeOf(() => other.watchList(1))).toBe('MONITOR_TOO_MUCH');
    const stranger = new Desk(rig.viewer({ name: 'Bob', role: 'viewer' }).viewer, parts);
    expect(codeOf(() => stranger.follow('a', 1))).toBeNull();
    rig.clock.advance(1000);
    expect(codeOf(() => other.watchList(1))).toBeNull();
    expect(refusals(() => other.follow('a', 1)).length).toBeGreaterThan(90);
  });

  it('is bounded', () => {
    const ids = Array.from({ length: 65 }, (_, i) => `c${i}`);
    const { desk: hand, calls } = desk('viewer', ids);
    for (const id of ids.slice(0, 64)) hand.follow(id, undefined);
    expect(codeOf(() => hand.follow('c64', 1))).toBe('MONITOR_TOO_MANY_SUBSCRIPTIONS');
    calls[0]!.end();
    expect(codeOf(() => hand.follow('c64', 1))).toBeNull();
  });
});

describe('an operator’s voice', () => {
  it('goes to one call at a time, and back when the socket is gone', () => {
    const { desk: hand, done } = desk();
    hand.takeOver('a');
    expect(codeOf(() => hand.takeOver('a'))).toBeNull();
    expect(codeOf(() => hand.takeOver('b'))).toBe('MONITOR_ALREADY_SPEAKING');
    expect(codeOf(() => hand.giveBack('b'))).toBe('MONITOR_NOT_TAKEN_OVER');
    hand.giveBack('a');
    hand.takeOver('b');
    hand.leave();
    expect(done).toEqual(['a taken by Ada', 'a released', 'b taken by Ada', 'b released']);
  });

  it('gives the line back when its microphone sends nothing for three seconds, and says so once', () => {
    const { desk: hand, done, socket, rig } = desk();
    const silence = Buffer.alloc(960);
    hand.takeOver('a');
    // A muted microphone sends silence, and is alive.
    for (let i = 0; i < 500; i++) {
      rig.clock.advance(20);
      hand.sound(silence);
    }
    rig.clock.advance(2999);
    expect(done).toEqual(['a taken by Ada']);
    rig.clock.advance(1);
    expect(done).toEqual(['a taken by Ada', 'a released']);
    expect(socket.told('error')).toEqual([
      {
        code: 'MONITOR_MICROPHONE_GONE',
        message: expect.stringContaining('the agent has the call again'),
        advice: expect.stringContaining('take over again'),
      },
    ]);
    expect(rig.clock.pending).toBe(0);
    hand.takeOver('b');
    rig.clock.advance(3000);
    expect(done.slice(2)).toEqual(['b taken by Ada', 'b released']);
  });

  it('is not waited for where the line was given back, or the call is over', () => {
    const { desk: hand, calls, socket, rig, end } = desk();
    hand.takeOver('a');
    hand.giveBack('a');
    expect(rig.clock.pending).toBe(0);
    hand.takeOver('b');
    calls[1]!.end();
    end('b');
    rig.clock.advance(3000);
    expect(socket.told('error')).toEqual([]);
  });

  it('is PCM16 at 24 kHz in whole samples, and at the pace at which one speaks', () => {
    const { desk: hand, sound, socket, rig } = desk();
    hand.takeOver('a');
    const piece = Buffer.alloc(960, 3);
    hand.sound(piece);
    expect(sound[0]).toMatchObject({ format: { encoding: 'pcm16', sampleRate: 24_000 }, durationMs: 20 });
    hand.sound(Buffer.alloc(0));
    hand.sound(Buffer.alloc(961));
    hand.sound(Buffer.alloc(48_002));
    expect(sound).toHaveLength(1);
    // One word about it a second, however many there are.
    expect(socket.told('error').map(({ code }) => code)).toEqual(['MONITOR_BAD_SOUND']);
    rig.clock.advance(1000);
    for (let i = 0; i < 500; i++) hand.sound(piece);
    expect(sound).toHaveLength(101);
    expect(socket.told('error').at(-1)?.code).toBe('MONITOR_SOUND_TOO_FAST');
    rig.clock.advance(1000);
    hand.sound(piece);
    expect(sound).toHaveLength(102);
  });
});
