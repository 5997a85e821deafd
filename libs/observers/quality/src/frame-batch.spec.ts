import { frameFromSamples } from '#libs/audio';
import type { AudioFrame, AudioTap } from '#libs/contracts';
import { FrameBatch } from './frame-batch.js';

const FORMAT = { encoding: 'pcm16', sampleRate: 8000 } as const;

function frame(atMs: number, durationMs = 20): AudioFrame {
  return frameFromSamples('caller', FORMAT, atMs, new Int16Array(durationMs * 8));
}

function meter(name: string, log: string[]): AudioTap {
  return {
    push: ({ timestampMs }) => log.push(`${name} ${timestampMs}`),
    cut: (atMs) => log.push(`${name} cut ${atMs}`),
  };
}

describe('FrameBatch', () => {
  const log: string[] = [];
  let batch: FrameBatch;
  let caller: AudioTap;
  let agent: AudioTap;

  beforeEach(() => {
    log.length = 0;
    batch = new FrameBatch();
    caller = batch.before(meter('caller', log));
    agent = batch.before(meter('agent', log));
  });

  it('hands on a tenth of a second of both tracks at once, in the order in which it came', () => {
    for (let i = 0; i < 4; i++) {
      caller.push(frame(i));
      agent.push(frame(i));
    }
    caller.push(frame(4));
    expect(log).toEqual([]);
    caller.push(frame(5));
    const pairs = [0, 1, 2, 3].flatMap((i) => [`caller ${i}`, `agent ${i}`]);
    expect(log).toEqual([...pairs, 'caller 4', 'caller 5']);
  });

  it('keeps no long piece waiting', () => {
    agent.push(frame(0));
    agent.push(frame(1, 200));
    expect(log).toEqual(['agent 0', 'agent 1']);
  });

  it('tells of a cut behind everything that came before it', () => {
    caller.push(frame(0));
    agent.push(frame(1));
    agent.cut?.(7);
    expect(log).toEqual(['caller 0', 'agent 1', 'agent cut 7']);
  });

  it('hands everything on when asked to, once', () => {
    caller.push(frame(0));
    batch.flush();
    batch.flush();
    expect(log).toEqual(['caller 0']);
  });

  it('takes nothing more for a meter that failed, says so with its next frame, and serves the others', () => {
    const failing = batch.before({
      push: ({ timestampMs }) => {
        log.push(`failing ${timestampMs}`);
        throw new Error('broken');
      },
    });
    caller.push(frame(0));
    failing.push(frame(1));
    failing.push(frame(2));
    agent.push(frame(3));
    batch.flush();
    expect(log).toEqual(['caller 0', 'failing 1', 'agent 3']);
    expect(() => failing.push(frame(4))).toThrow('broken');
    caller.push(frame(5));
    batch.flush();
    expect(log.at(-1)).toBe('caller 5');
  });
});
