import { definePlatform } from '#libs/contracts';
import { AUDIOCODES, AudioCodesAdapter } from './audiocodes.adapter.js';
import { AudioCodesConfig } from './audiocodes.config.js';
import { audioCodesModule } from './audiocodes.module.js';

export { AudioCodesAdapter } from './audiocodes.adapter.js';
export * from './audiocodes.config.js';
export { ACCESS_TOKEN_VERIFIER, type AccessTokenVerifier } from './audiocodes.door.js';

/** AudioCodes VoiceAI Connect and Live Hub: the AudioCodes Bot API in streaming mode, voice both ways. */
export default definePlatform({
  name: AUDIOCODES,
  config: AudioCodesConfig,
  adapter: AudioCodesAdapter,
  module: audioCodesModule,
});
