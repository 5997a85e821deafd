import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameFromBytes, readWav, silence } from '#libs/audio';
import type { AudioFrame } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { type MediaFormatName, mediaFormat } from './audiocodes.formats.js';
import { type PlaySocket, PlayStreams } from './play-streams.js';

interface Sent {
  readonly atMs: number;
  readonly type: string;
  readonly streamId: string;
  readonly audioChunk?: string;
}

/** A peer that notes what it is sent and checks the ordering rules of section 6.3. */
class Player implements PlaySocket {
  readonly sent: Sent[] = [];
  bufferedAmount = 0;
  private open: string | null = null;
  private readonly used = new Set<string>();

  constructor(private readonly clock: ManualClock) {}

  send(text: string): void {
    const message = JSON.parse(text);
    this.sent.push({ atMs: this.clock.nowMs(), ...message });
    if (message.type === 'playStream.start') {
      expect(this.open).toBeNull();
      expect(this.used.has(message.streamId)).toBe(false);
      this.used.add(message.streamId);
      this.open = message.streamId;
      return;
    }
    expect(message.streamId).toBe(this.open);
    if (message.type === 'playStream.stop') this.open = null;
  }

  get isOpen(): boolean {
    return this.open !== null;
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type.replace('playStream.', ''));
  }

  get chunks(): Sent[] {
    return this.sent.filter(({ type }) => type === 'playStream.chunk');
  }
}

describe('play streams', () => {
  let clock: ManualClock;
  let player: Player;
  let streams: number;

  beforeEach(() => {
    clock = new ManualClock(1000);
    player = new Player(clock);
    streams = 0;
  });

  const open = (name: MediaFormatName = 'raw/lpcm16_24', limits: object = {}) =>
    new PlayStreams(player, mediaFormat(name), clock, () => String(++streams), {
      playAheadMs: 400,
      maxHeldMs: 10_000,
      maxSlowReaderMs: 2000,
      ...limits,
    });

  const sound = (durationMs: number, name: MediaFormatName = 'raw/lpcm16_24'): AudioFrame => {
    const { audio } = mediaFormat(name);
    return frameFromBytes('agent', audio, 0, silence(audio, durationMs));
  };

  const push = (plays: PlayStreams, frames: number) => {
    for (let i = 0; i < frames; i++) expect(plays.push(sound(20))).toBe(true);
  };

  it('sends nothing but what was pushed, between a start and a stop', () => {
    const plays = open();
    const frame = sound(20);
    plays.push(frame);
    expect(player.sent).toEqual([
      { atMs: 1000, type: 'playStream.start', streamId: '1', mediaFormat: 'raw/lpcm16_24' },
      { atMs: 1000, type: 'playStream.chunk', streamId: '1', audioChunk: frame.base64 },
    ]);
  });

  it('keeps the stream of a complete utterance open until it was heard, and no longer', () => {
    const plays = open();
    push(plays, 10);
    plays.finish();
    clock.advance(299);
    expect(player.isOpen).toBe(true);
    clock.advance(1);
    expect(player.isOpen).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('holds sound that is further ahead of the playback than allowed, and loses none', () => {
    const plays = open();
    push(plays, 250);
    plays.finish();
    expect(player.chunks).toHaveLength(20);
    clock.advance(6000);
    expect(player.chunks).toHaveLength(250);
    player.chunks.slice(20).forEach(({ atMs }, index) => {
      const aheadMs = 1000 + (20 + index) * 20 - atMs;
      expect(aheadMs).toBeLessThan(400);
      expect(aheadMs).toBeGreaterThanOrEqual(280);
    });
    expect(player.types.slice(-2)).toEqual(['chunk', 'stop']);
    expect(player.sent.at(-1)!.atMs).toBe(1000 + 5000 + 100);
    expect(clock.pending).toBe(0);
  });

  it('sends as it comes when nothing is to be held', () => {
    const plays = open('raw/lpcm16_24', { playAheadMs: 0 });
    push(plays, 250);
    expect(player.chunks).toHaveLength(250);
  });

  it('goes on in the same stream when the next utterance begins before the last was heard', () => {
    const plays = open();
    push(plays, 5);
    plays.finish();
    clock.advance(50);
    push(plays, 5);
    plays.finish();
    clock.advance(1000);
    expect(player.types).toEqual(['start', ...Array(10).fill('chunk'), 'stop']);
  });

  it('opens another stream when the last was heard', () => {
    const plays = open();
    push(plays, 1);
    plays.finish();
    clock.advance(1000);
    push(plays, 1);
    expect(player.types).toEqual(['start', 'chunk', 'stop', 'start', 'chunk']);
    expect(player.sent.at(-1)!.streamId).toBe('2');
  });

  it('does not hold the floor with a stream that has run dry in the middle of an utterance', () => {
    const plays = open();
    push(plays, 1);
    clock.advance(1019);
    expect(player.isOpen).toBe(true);
    clock.advance(1);
    expect(player.isOpen).toBe(false);
    push(plays, 1);
    expect(player.isOpen).toBe(true);
  });

  it('is silent at once when cut, and drops what it held', () => {
    const plays = open();
    push(plays, 100);
    clock.advance(100);
    const before = player.chunks.length;
    expect(plays.cut()).toBe(true);
    expect(player.types.at(-1)).toBe('stop');
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(player.chunks).toHaveLength(before);
    expect(plays.cut()).toBe(false);
    push(plays, 1);
    expect(player.chunks.at(-1)!.atMs).toBe(11_100);
  });

  it('takes no more than its limit of sound that waits', () => {
    const plays = open('raw/lpcm16_24', { maxHeldMs: 1000 });
    let taken = 0;
    while (plays.push(sound(20))) taken += 20;
    expect(taken).toBe(1400);
    clock.advance(200);
    expect(plays.push(sound(20))).toBe(true);
  });

  it('refuses sound while the socket does not take what it was given, and goes on when it does', () => {
    const plays = open();
    push(plays, 40);
    // 2 s of 48,000 bytes a second in base64.
    player.bufferedAmount = 128_001;
    expect(plays.push(sound(20))).toBe(false);
    clock.advance(3000);
    expect(player.chunks).toHaveLength(20);
    expect(player.isOpen).toBe(true);
    player.bufferedAmount = 0;
    clock.advance(3000);
    expect(player.chunks).toHaveLength(40);
  });

  it('believes that all was played when it has nothing left, or is told so by the id of its stream', () => {
    const plays = open();
    expect(plays.playedOut(null)).toBe(true);
    push(plays, 10);
    expect(plays.playedOut(null)).toBe(false);
    expect(plays.playedOut('1')).toBe(false);
    plays.finish();
    expect(plays.playedOut(null)).toBe(false);
    expect(plays.playedOut('0')).toBe(false);
    expect(plays.playedOut('1')).toBe(true);
    expect(player.types.at(-1)).toBe('stop');
    expect(clock.pending).toBe(0);
  });

  it('sends nothing more and keeps no timer when it is abandoned', () => {
    const plays = open();
    push(plays, 100);
    plays.abandon();
    const count = player.sent.length;
    clock.advance(10_000);
    expect(player.sent).toHaveLength(count);
    expect(clock.pending).toBe(0);
  });

  it.each(['wav/lpcm16', 'wav/lpcm16_8', 'wav/lpcm16_24', 'wav/mulaw'] as const)(
    'puts a header before the first chunk of each stream of %s, and before no other',
    (name) => {
      const plays = open(name);
      for (let stream = 0; stream < 2; stream++) {
        plays.push(sound(20, name));
        plays.push(sound(20, name));
        plays.cut();
      }
      const { audio } = mediaFormat(name);
      const plain = sound(20, name).bytes.length;
      const [first, second, third] = player.chunks.map((chunk) => Buffer.from(chunk.audioChunk!, 'base64'));
      expect(readWav(first!)).toMatchObject({ sampleRate: audio.sampleRate });
      expect(readWav(first!).channels.map((samples) => samples.length)).toEqual([audio.sampleRate / 50]);
      expect(second!.length).toBe(plain);
      expect(third).toEqual(first);
    },
  );

  it('keeps the rules of play streams whatever happens, and always comes to rest', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), ms: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
      fc.record({
        do: fc.constantFrom('finish' as const, 'cut' as const, 'played' as const, 'stuck' as const),
        ms: fc.constant(0),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 40, 400), (steps, playAheadMs) => {
        clock = new ManualClock(1000);
        player = new Player(clock);
        const plays = open('raw/lpcm16_24', { playAheadMs });
        let takenMs = 0;
        let lostMs = 0;
        for (const { do: what, ms } of steps) {
          if (what === 'push' && plays.push(sound(ms))) takenMs += ms;
          else if (what === 'wait') clock.advance(ms);
          else if (what === 'finish') plays.finish();
          else if (what === 'played') plays.playedOut(String(streams));
          else if (what === 'stuck') player.bufferedAmount = player.bufferedAmount === 0 ? 1e6 : 0;
          else if (what === 'cut') {
            plays.cut();
            lostMs = takenMs - sentMs(player);
          }
        }
        player.bufferedAmount = 0;
        clock.advance(60_000);
        expect(player.isOpen).toBe(false);
        expect(clock.pending).toBe(0);
        expect(sentMs(player)).toBe(takenMs - lostMs);
      }),
      { numRuns: 300 },
    );
  });
});

function sentMs(player: Player): number {
  return player.chunks.reduce((sum, chunk) => sum + Buffer.from(chunk.audioChunk!, 'base64').length / 48, 0);
}
