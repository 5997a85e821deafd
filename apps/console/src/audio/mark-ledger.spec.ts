import { describe, expect, it } from '@jest/globals';
import { MarkLedger } from './mark-ledger.js';
import { SpeakerChannel } from './speaker-channel.js';

describe('the marks of a speaker', () => {
  it('are told once the loudspeaker has let everything before them out', () => {
    const told: string[] = [];
    const ledger = new MarkLedger((name) => told.push(name));
    ledger.add('a', 100);
    ledger.add('b', 100);
    ledger.add('c', 300);
    ledger.played(99, 1000, 480);
    ledger.played(100, 1128, 480);
    ledger.played(228, 1600, 480);
    expect(told).toEqual([]);
    ledger.played(228, 1608, 480);
    expect(told).toEqual(['a', 'b']);
    ledger.played(300, 1700, 0);
    expect(told).toEqual(['a', 'b', 'c']);
  });

  it('are told in order even where the way to the ear has become shorter', () => {
    const told: string[] = [];
    const ledger = new MarkLedger((name) => told.push(name));
    ledger.add('a', 100);
    ledger.add('b', 200);
    ledger.played(100, 0, 1000);
    ledger.played(200, 128, 0);
    expect(told).toEqual([]);
    ledger.played(200, 1000, 0);
    expect(told).toEqual(['a', 'b']);
  });

  it('stand behind the sound that was pushed before, and are told at once when that is forgotten', () => {
    const told: string[] = [];
    const channel = new SpeakerChannel({ sampleRate: 24_000, pauseMs: 40, driftMs: 60 }, (name) =>
      told.push(name),
    );
    const left = new Float32Array(128);
    const right = new Float32Array(128);
    let now = 0;
    const run = (blocks: number) => {
      for (let i = 0; i < blocks; i++, now += 128) channel.render(left, right, now, 0);
    };
    channel.mark('empty');
    run(1);
    expect(told).toEqual(['empty']);
    channel.push({ samples: new Float32Array(12_800).fill(0.1), due: null, atMs: null }, now);
    channel.mark('half');
    channel.push({ samples: new Float32Array(12_800).fill(0.1), due: null, atMs: null }, now);
    channel.mark('end');
    run(99);
    expect(told).toEqual(['empty']);
    run(1);
    expect(told).toEqual(['empty', 'half']);
    channel.clear();
    expect(told).toEqual(['empty', 'half', 'end']);
  });

  it('go with sound that is put where the mix wants it, unchanged in full volume', () => {
    const channel = new SpeakerChannel({ sampleRate: 24_000, pauseMs: 40, driftMs: 60 }, () => undefined);
    channel.mix(1, 1);
    const sound = Float32Array.from({ length: 2560 }, (_, i) => (i + 1) / 1e6);
    channel.push({ samples: sound, due: null, atMs: null }, 0);
    for (let block = 0; block < 20; block++) {
      const left = new Float32Array(128);
      const right = new Float32Array(128);
      channel.render(left, right, block * 128, 0);
      expect(right).toEqual(sound.slice(block * 128, (block + 1) * 128));
      expect(left.every((sample) => sample === 0)).toBe(true);
    }
    expect(channel.level.takeDbov()).toBeGreaterThan(-60);
  });
});
