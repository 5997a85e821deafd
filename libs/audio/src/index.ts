export * from './arrival-log.js';
export * from './base64.js';
export { borrowedSamples } from './borrowed-samples.js';
export * from './converter.js';
export { dtmfTones } from './dtmf.js';
export {
  fillerFrame,
  frameAt,
  frameFromBase64,
  frameFromBytes,
  frameFromSamples,
  inPieces,
} from './frame.js';
export * from './framer.js';
export {
  ALAW_SILENCE,
  decodeAlaw,
  decodeMulaw,
  encodeAlaw,
  encodeMulaw,
  MULAW_SILENCE,
} from './g711.js';
export * from './level.js';
export * from './odd-byte.js';
export * from './pcm.js';
export * from './resampler/resampler.js';
export * from './speech-detector.js';
export * from './tone.js';
export * from './wav.js';
