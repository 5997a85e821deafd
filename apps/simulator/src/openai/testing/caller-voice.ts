import type { AudioFormat } from '#libs/contracts';
import { atRate } from '../../call/at-rate.js';
import { encode, type ShippedSpeech, shippedSpeech } from '../../call/speech.js';
import type { PlainClient } from './plain-client.js';

export const PCM: AudioFormat = { encoding: 'pcm16', sampleRate: 24000 };
export const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** Recorded words at the rate of a format. */
export function recorded(name: ShippedSpeech, format: AudioFormat): Int16Array {
  const { samples, sampleRate } = shippedSpeech(name);
  return atRate(samples, sampleRate, format.sampleRate);
}

export function quiet(ms: number, format: AudioFormat): Int16Array {
  return new Int16Array((ms * format.sampleRate) / 1000);
}

/** Appends sound in pieces of 20 ms, as fast as the socket takes it: the server's clock is the sound, not the wall. */
export function speak(
  client: PlainClient,
  samples: Int16Array,
  format: AudioFormat = PCM,
  pieceMs = 20,
): void {
  const piece = (pieceMs * format.sampleRate) / 1000;
  for (let at = 0; at < samples.length; at += piece) {
    const bytes = encode(samples.slice(at, at + piece), format);
    client.send({ type: 'input_audio_buffer.append', audio: Buffer.from(bytes).toString('base64') });
  }
}

/** Some words and then silence that is long enough to end the turn. */
export function say(client: PlainClient, name: ShippedSpeech, format: AudioFormat = PCM): void {
  speak(client, recorded(name, format), format);
  speak(client, quiet(1500, format), format);
}
