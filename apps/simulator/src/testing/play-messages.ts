import { bytesFromSamples } from '#libs/audio';
import type { Reply } from './scripted-bot.js';
import { shortSpeech } from './short-speech.js';

/** A tone as PCM16. */
export function pcm(durationMs: number, sampleRate: number): Buffer {
  return Buffer.from(bytesFromSamples(shortSpeech(durationMs, sampleRate).samples));
}

export const start = (streamId: unknown, mediaFormat = 'raw/lpcm16_24', more: object = {}) => ({
  type: 'playStream.start',
  streamId,
  mediaFormat,
  ...more,
});
export const chunk = (streamId: unknown, bytes: Uint8Array) => ({
  type: 'playStream.chunk',
  streamId,
  audioChunk: Buffer.from(bytes).toString('base64'),
});
export const stop = (streamId: unknown) => ({ type: 'playStream.stop', streamId });

export function play(reply: Reply, streamId: string, durationMs: number): void {
  reply(start(streamId));
  reply(chunk(streamId, pcm(durationMs, 24000)));
  reply(stop(streamId));
}
