import { GatewayError } from '#libs/contracts';

/** Every error that the sound library raises; the codes are stable. */

export function oddLength(byteLength: number): GatewayError {
  return new GatewayError('AUDIO_ODD_LENGTH', `PCM16 sound of ${byteLength} bytes ends within a sample.`);
}

export function unsupportedRate(sampleRate: number): GatewayError {
  return new GatewayError(
    'AUDIO_RATE_UNSUPPORTED',
    `A sample rate of ${sampleRate} Hz cannot be converted.`,
    {
      advice: 'Use 8000, 16000, 24000 or 48000 Hz.',
    },
  );
}

export function notWav(): GatewayError {
  return new GatewayError('WAV_NOT_RIFF', 'This is no WAV file: it does not begin with RIFF and WAVE.', {
    advice: 'Convert the recording to WAV first.',
  });
}

export function wavWithoutFormat(): GatewayError {
  return new GatewayError('WAV_NO_FORMAT', 'The WAV file has no complete format chunk before its sound.');
}

export function wavWithoutSound(): GatewayError {
  return new GatewayError('WAV_NO_SOUND', 'The WAV file has no data chunk.');
}

export function wavUnsupported(what: string): GatewayError {
  return new GatewayError('WAV_UNSUPPORTED', `The WAV file holds ${what}.`, {
    advice: 'Use PCM of 8, 16, 24 or 32 bits, float, or G.711.',
  });
}
