import { describe, expect, it } from '@jest/globals';
import { CallTimeline } from './call-timeline.js';
import { JitterBuffer } from './jitter-buffer.js';
import type { Speaker } from './sound.js';
import { CHANNELS } from './speaker-channel.js';

const PER_MS = 8;
const BLOCK = 40;

interface Arrival {
  readonly speaker: Speaker;
  readonly atMs: number;
  readonly nowMs: number;
}

/** The network stands still from there on for so long; what was sent meanwhile comes when it moves again. */
interface Stall {
  readonly fromMs: number;
  readonly forMs: number;
}

/** Pieces at their pace. The agent's come 200 ms ahead of their time. */
function sent(
  speaker: Speaker,
  { fromMs, toMs, stalls = [] }: { fromMs: number; toMs: number; stalls?: readonly Stall[] },
): Arrival[] {
  const pieceMs = PIECE_MS[speaker];
  return Array.from({ length: (toMs - fromMs) / pieceMs }, (_, i) => {
    const atMs = fromMs + i * pieceMs;
    const usualMs = speaker === 'caller' ? atMs + pieceMs : Math.max(fromMs, atMs - 200);
    const stall = stalls.find((each) => usualMs >= each.fromMs && usualMs < each.fromMs + each.forMs);
    return { speaker, atMs, nowMs: stall === undefined ? usualMs : stall.fromMs + stall.forMs };
  });
}

const PIECE_MS: Readonly<Record<Speaker, number>> = { caller: 20, agent: 40 };

interface Playing {
  /** What reached the loudspeaker. */
  readonly out: Float32Array;
  readonly holes: number;
  /** How long after its time each piece was heard; none for those that never were. */
  readonly delaysMs: ReadonlyMap<number, number>;
}

/** Each sample says of which time of the call it is, from 0.1 on; nothing of it is quiet unless `isQuiet` says so. */
function play(
  arrivals: readonly Arrival[],
  isQuiet: (atMs: number, speaker: Speaker) => boolean = () => false,
): Readonly<Record<Speaker, Playing>> {
  const timeline = new CallTimeline();
  const inOrder = [...arrivals].sort((a, b) => a.nowMs - b.nowMs);
  const endMs = inOrder.at(-1)!.nowMs + 2000;
  const of = (speaker: Speaker) => ({
    buffer: new JitterBuffer({ sampleRate: PER_MS * 1000, ...CHANNELS[speaker] }),
    out: new Float32Array(endMs * PER_MS),
    delaysMs: new Map<number, number>(),
  });
  const ends = { caller: of('caller'), agent: of('agent') };
  let next = 0;
  for (let now = 0; now + BLOCK <= endMs * PER_MS; now += BLOCK) {
    for (; next < inOrder.length && inOrder[next]!.nowMs * PER_MS <= now; next++) {
      const { speaker, atMs, nowMs } = inOrder[next]!;
      const samples = new Float32Array(PIECE_MS[speaker] * PER_MS).fill(
        isQuiet(atMs, speaker) ? 0.001 : mark(next),
      );
      ends[speaker].buffer.push({ samples, due: timeline.dueMs(speaker, atMs, nowMs) * PER_MS, atMs }, now);
    }
    for (const { buffer, out } of [ends.caller, ends.agent]) buffer.read(out.subarray(now, now + BLOCK), now);
  }
  const marks = new Map(inOrder.map((arrival, i) => [mark(i), arrival]));
  for (const { out, delaysMs } of [ends.caller, ends.agent]) {
    out.forEach((sample, i) => {
      const atMs = marks.get(sample)?.atMs;
      if (atMs !== undefined && !delaysMs.has(atMs)) delaysMs.set(atMs, i / PER_MS - atMs);
    });
  }
  const heard = ({ buffer: { holes }, out, delaysMs }: (typeof ends)[Speaker]) => ({ out, holes, delaysMs });
  return { caller: heard(ends.caller), agent: heard(ends.agent) };
}

/** Its own for each piece, and so little more than the last that what is played without a hole has no step to be smoothed. */
const mark = (index: number) => Math.fround(0.1 + index * 2 ** -16);

const samplesOf = (pieces: readonly Arrival[]) =>
  pieces.reduce((sum, { speaker }) => sum + PIECE_MS[speaker] * PER_MS, 0);
const loud = (out: Float32Array) => out.reduce((sum, sample) => sum + (sample >= 0.1 ? 1 : 0), 0);

/** Speech of 600 ms in each second; the stalls below fall into it. */
const betweenWords = (atMs: number) => atMs % 1000 >= 600;

describe('the call’s clock on the loudspeaker’s', () => {
  it('plays both speakers as long after their time as the earliest sound came, and 120 ms more', () => {
    const timeline = new CallTimeline();
    expect(timeline.dueMs('caller', 5000, 100) - 5000).toBe(-4900 + 120);
    // The agent’s comes 200 ms ahead.
    expect(timeline.dueMs('agent', 5220, 120) - 5220).toBeCloseTo(-4900 + 120, 0);
    expect(timeline.dueMs('caller', 5040, 190) - 5040).toBeCloseTo(-4900 + 120, 0);
  });

  it('knows the agent’s time from the first piece on, and keeps it through pauses', () => {
    const timeline = new CallTimeline();
    for (const beginMs of [0, 30_000, 60_000]) {
      for (const { atMs, nowMs } of sent('agent', { fromMs: beginMs, toMs: beginMs + 8000 })) {
        expect(timeline.dueMs('agent', atMs, nowMs) - atMs).toBeCloseTo(120, 0);
      }
    }
  });

  it('waits for nothing that is hopelessly late', () => {
    const timeline = new CallTimeline();
    timeline.dueMs('caller', 0, 0);
    expect(timeline.dueMs('caller', 20, 5020)).toBe(20 + 400);
  });

  it('follows a clock that has jumped', () => {
    const timeline = new CallTimeline();
    timeline.dueMs('caller', 60_000, 60_000);
    // The loudspeaker stood still for half a minute.
    expect(timeline.dueMs('caller', 90_000, 60_020) - 60_020).toBeLessThanOrEqual(400);
  });
});

describe('sound that comes late, at the loudspeaker', () => {
  it('has at most one hole when the caller’s comes 84 and then 199 ms late again and again, and loses nothing', () => {
    const lateMs = [84, 199, 84, 199, 199, 84, 199];
    const stalls = lateMs.map((forMs, i) => ({ fromMs: 2000 * (i + 1), forMs }));
    const pieces = sent('caller', { fromMs: 0, toMs: 18_000, stalls });
    const { caller } = play(pieces, betweenWords);
    expect(caller.holes).toBe(1);
    const words = pieces.filter(({ atMs }) => !betweenWords(atMs));
    expect(words.filter(({ atMs }) => !caller.delaysMs.has(atMs))).toEqual([]);
    // Those that are smoothed at the hole are not counted.
    expect(loud(caller.out)).toBeGreaterThanOrEqual(samplesOf(words) - 60);
  });

  it('has none when the agent’s does, which was sent ahead, and one when it stays away for longer', () => {
    const stalls = [84, 199, 199].map((forMs, i) => ({ fromMs: 2000 * (i + 1), forMs }));
    expect(play(sent('agent', { fromMs: 0, toMs: 10_000, stalls })).agent.holes).toBe(0);
    const longer = [350, 380, 350, 380].map((forMs, i) => ({ fromMs: 2000 * (i + 1), forMs }));
    const pieces = sent('agent', { fromMs: 0, toMs: 12_000, stalls: longer });
    const { agent } = play(pieces);
    expect(agent.holes).toBe(1);
    expect(agent.delaysMs.size).toBe(pieces.length);
  });

  it('does not tear speech apart that was there in time, although the delay grows', () => {
    const pieces = sent('agent', { fromMs: 0, toMs: 8000, stalls: [{ fromMs: 3000, forMs: 310 }] });
    const { out, holes } = play(pieces).agent;
    expect(holes).toBe(0);
    // The 20 samples at the beginning are smoothed.
    const first = out.findIndex((sample) => sample >= 0.1);
    const length = samplesOf(pieces) - 20;
    expect(loud(out.subarray(first, first + length))).toBe(length);
  });

  it('keeps both speakers beside each other after a hole of one of them', () => {
    const stalls = [{ fromMs: 3000, forMs: 250 }];
    const { caller, agent } = play(
      [
        ...sent('caller', { fromMs: 0, toMs: 14_000, stalls }),
        ...sent('agent', { fromMs: 1000, toMs: 6000 }),
        ...sent('agent', { fromMs: 7000, toMs: 12_000 }),
      ],
      betweenWords,
    );
    expect(caller.holes).toBe(1);
    expect(agent.holes).toBe(0);
    expect(caller.delaysMs.get(10_000)).toBeGreaterThan(300);
    // In the middle of its utterance, and from the next one on.
    const apartMs = (atMs: number) => Math.abs(caller.delaysMs.get(atMs)! - agent.delaysMs.get(atMs)!);
    expect(apartMs(5000)).toBeLessThanOrEqual(150 + 20);
    for (const atMs of [7000, 9000, 11_000]) expect(apartMs(atMs)).toBeLessThanOrEqual(60 + 20);
  });

  it('gets back to 120 ms slowly, and only where it is quiet', () => {
    const pieces = sent('caller', { fromMs: 0, toMs: 90_000, stalls: [{ fromMs: 3000, forMs: 250 }] });
    const { out, delaysMs } = play(pieces, betweenWords).caller;
    expect(delaysMs.get(10_000)).toBeGreaterThan(300);
    expect(delaysMs.get(20_000)).toBeGreaterThan(300);
    expect(delaysMs.get(89_000)).toBeLessThan(120 + 20 + CHANNELS.caller.driftMs + 20);
    const words = pieces.filter(({ atMs }) => !betweenWords(atMs));
    expect(words.filter(({ atMs }) => !delaysMs.has(atMs))).toEqual([]);
    expect(loud(out)).toBeGreaterThanOrEqual(samplesOf(words) - 60);
  });

  it('has one hole in what came to a machine that was too busy, and none when the same comes again', () => {
    const again = BUSY.at(-1)![0] + 20;
    const pieces = [0, again, 2 * again].flatMap((fromMs) =>
      BUSY.map(
        ([atMs, nowMs]): Arrival => ({ speaker: 'caller', atMs: fromMs + atMs, nowMs: fromMs + nowMs }),
      ),
    );
    const isQuiet = (atMs: number) => atMs % again >= 1000;
    const { caller } = play(pieces, isQuiet);
    expect(caller.holes).toBe(1);
    const words = pieces.filter(({ atMs }) => !isQuiet(atMs));
    expect(loud(caller.out)).toBeGreaterThanOrEqual(samplesOf(words) - 60);
  });
});

/**
 * Two seconds of a caller's sound as they came to a browser, while two processes kept both of the machine's processors busy: time
 * on the call's clock, which is the time of arrival at the gateway, and when it came, both in milliseconds.
 */
// biome-ignore format: one line for each moment would be a hundred lines.
const BUSY: readonly (readonly [atMs: number, nowMs: number])[] = [
  [3, 21], [17, 32], [38, 41], [59, 65], [83, 313], [329, 335], [330, 335], [330, 336], [330, 336], [330, 343], 
  [330, 344], [330, 345], [330, 345], [330, 345], [330, 346], [331, 346], [347, 365], [374, 465], [374, 465], 
  [467, 522], [467, 524], [467, 525], [467, 525], [467, 525], [522, 553], [522, 553], [525, 553], [552, 585], 
  [593, 607], [593, 608], [605, 608], [627, 653], [657, 684], [694, 739], [709, 746], [755, 778], [755, 778], 
  [781, 833], [781, 834], [781, 834], [834, 858], [834, 858], [836, 858], [858, 880], [880, 900], [900, 940], 
  [939, 974], [940, 975], [972, 999], [980, 999], [999, 1034], [1034, 1057], [1052, 1057], [1057, 1078], [1094, 
  1113], [1098, 1114], [1142, 1174], [1142, 1175], [1174, 1210], [1187, 1210], [1210, 1242], [1228, 1243], 
  [1243, 1278], [1279, 1301], [1282, 1302], [1305, 1321], [1322, 1353], [1352, 1353], [1362, 1374], [1380, 
  1394], [1397, 1418], [1418, 1440], [1440, 1441], [1459, 1469], [1478, 1493], [1501, 1529], [1531, 1558], 
  [1560, 1581], [1560, 1585], [1581, 1585], [1598, 1601], [1621, 1626], [1637, 1645], [1659, 1666], [1677, 
  1713], [1715, 1728], [1731, 1868], [1862, 1898], [1862, 1899], [1862, 1899], [1862, 1899], [1862, 1899], 
  [1887, 1899], [1887, 1899], [1898, 1925], [1898, 1926], [1953, 1956], [1956, 2004], [2004, 2032], [2004, 
  2033], [2004, 2033], [2032, 2085], [2090, 2110], [2091, 2111], [2091, 2111], [2098, 2111], [2118, 2132]
];
