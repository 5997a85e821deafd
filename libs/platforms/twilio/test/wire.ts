/** Messages as Twilio sends them, with invented identifiers. */
export const ACCOUNT = `AC${'1'.repeat(32)}`;
export const CALL = `CA${'2'.repeat(32)}`;
export const STREAM = `MZ${'3'.repeat(32)}`;
/** 20 ms of speech-like bytes. */
export const FRAME = Buffer.from(Uint8Array.from({ length: 160 }, (_, i) => 16 + (i % 96))).toString(
  'base64',
);

export const connected = { event: 'connected', protocol: 'Call', version: '1.0.0' };

export function start(change: object = {}): object {
  return {
    event: 'start',
    sequenceNumber: '1',
    start: {
      accountSid: ACCOUNT,
      streamSid: STREAM,
      callSid: CALL,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: {},
      ...change,
    },
    streamSid: STREAM,
  };
}

export function media(timestampMs: number, change: object = {}): object {
  const sound = { track: 'inbound', chunk: '1', timestamp: String(timestampMs), payload: FRAME, ...change };
  return { event: 'media', sequenceNumber: '2', media: sound, streamSid: STREAM };
}

export const dtmf = (digit: string): object => ({
  event: 'dtmf',
  streamSid: STREAM,
  sequenceNumber: '3',
  dtmf: { track: 'inbound_track', digit },
});

export const mark = (name: string): object => ({
  event: 'mark',
  sequenceNumber: '4',
  streamSid: STREAM,
  mark: { name },
});

export const stop = {
  event: 'stop',
  sequenceNumber: '5',
  streamSid: STREAM,
  stop: { accountSid: ACCOUNT, callSid: CALL },
};
