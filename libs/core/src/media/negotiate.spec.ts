import { describe, expect, it } from '@jest/globals';
import type { AudioFormat } from '#libs/contracts';
import { ScriptedBackend, ScriptedLeg } from '#libs/testing';
import { negotiate } from './negotiate.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const PCM16K: AudioFormat = { encoding: 'pcm16', sampleRate: 16_000 };
const PCM24K: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };

function formats(leg: AudioFormat[], ai: AudioFormat[]) {
  return negotiate(
    new ScriptedLeg({ callerFormats: leg, agentFormats: leg }).info,
    new ScriptedBackend(ai).capabilities,
  );
}

describe('negotiate', () => {
  it('prefers a format that both sides share, so that nothing is converted', () => {
    expect(formats([PCM16K, PCM24K, MULAW], [PCM24K])).toEqual({
      leg: { caller: PCM24K, agent: PCM24K },
      ai: { caller: PCM24K, agent: PCM24K },
    });
  });

  it('takes each side’s favourite when they share none', () => {
    expect(formats([MULAW], [PCM24K])).toEqual({
      leg: { caller: MULAW, agent: MULAW },
      ai: { caller: PCM24K, agent: PCM24K },
    });
  });

  it('refuses a side that names nothing convertible', () => {
    const strange: AudioFormat = { encoding: 'pcm16', sampleRate: 11_025 };
    expect(() => formats([strange], [PCM24K])).toThrow(
      expect.objectContaining({ code: 'CALL_NO_COMMON_FORMAT' }),
    );
  });
});
