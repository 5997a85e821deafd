import { describe, expect, it } from '@jest/globals';
import { AudioCodesConfig } from './audiocodes.config.js';
import { audioFormats, carrying, MEDIA_FORMATS, mediaFormat, usableFormats } from './audiocodes.formats.js';

describe('media formats', () => {
  it('are the eight of the Bot API', () => {
    const table = MEDIA_FORMATS.map(mediaFormat).map(({ name, audio, wav }) => [
      name,
      audio.encoding,
      audio.sampleRate,
      wav,
    ]);
    expect(table).toEqual([
      ['raw/lpcm16', 'pcm16', 16000, false],
      ['wav/lpcm16', 'pcm16', 16000, true],
      ['raw/lpcm16_8', 'pcm16', 8000, false],
      ['wav/lpcm16_8', 'pcm16', 8000, true],
      ['raw/lpcm16_24', 'pcm16', 24000, false],
      ['wav/lpcm16_24', 'pcm16', 24000, true],
      ['raw/mulaw', 'mulaw', 8000, false],
      ['wav/mulaw', 'mulaw', 8000, true],
    ]);
  });

  it('are taken from an offer in our own order, raw before WAV', () => {
    const { agent } = usableFormats([...MEDIA_FORMATS], new AudioCodesConfig());
    expect(agent.map(({ name }) => name)).toEqual(new AudioCodesConfig().playFormats);
    expect(audioFormats(agent)).toHaveLength(4);
    expect(carrying(agent, { encoding: 'mulaw', sampleRate: 8000 })?.name).toBe('raw/mulaw');
    expect(carrying(agent, { encoding: 'alaw', sampleRate: 8000 })).toBeNull();
  });

  it('fall back to WAV where nothing else is offered', () => {
    const { caller, agent } = usableFormats(['wav/mulaw', 'nonsense'], new AudioCodesConfig());
    expect(caller.map(({ name }) => name)).toEqual(['wav/mulaw']);
    expect(agent).toEqual(caller);
  });

  it('include caller sound at 24 kHz beside 16 kHz only where it is trusted', () => {
    const rates = (trustCaller24k: boolean) =>
      usableFormats(['raw/lpcm16', 'raw/lpcm16_24'], {
        ...new AudioCodesConfig(),
        trustCaller24k,
      }).caller.map(({ audio }) => audio.sampleRate);
    expect(rates(false)).toEqual([16000]);
    expect(rates(true)).toEqual([24000, 16000]);
  });
});
