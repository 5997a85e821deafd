import { Module } from '@nestjs/common';
import type { PluginModule } from '#libs/contracts';
import { AudioCodesAdapter } from './audiocodes.adapter.js';
import { AudioCodesConfig } from './audiocodes.config.js';
import { AudioCodesController } from './audiocodes.controller.js';
import { ACCESS_TOKEN_VERIFIER, type AccessTokenVerifier, AudioCodesDoor } from './audiocodes.door.js';
import { AudioCodesGateway } from './audiocodes.gateway.js';
import { AudioCodesGuard } from './audiocodes.guard.js';

@Module({})
export class AudioCodesModule {}

export function audioCodesModule(config: AudioCodesConfig): PluginModule {
  return {
    module: AudioCodesModule,
    providers: [
      { provide: AudioCodesConfig, useValue: config },
      { provide: AudioCodesAdapter, useFactory: () => new AudioCodesAdapter(config) },
      {
        provide: AudioCodesDoor,
        useFactory: (verifier?: AccessTokenVerifier) => new AudioCodesDoor(config.tokens, verifier ?? null),
        inject: [{ token: ACCESS_TOKEN_VERIFIER, optional: true }],
      },
      AudioCodesGuard,
      AudioCodesGateway,
    ],
    controllers: [AudioCodesController],
    exports: [AudioCodesAdapter],
  };
}
