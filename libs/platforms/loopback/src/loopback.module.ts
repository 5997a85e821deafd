import { Module } from '@nestjs/common';
import type { PluginModule } from '#libs/contracts';
import { LoopbackAdapter } from './loopback.adapter.js';
import { LoopbackConfig } from './loopback.config.js';
import { LoopbackGateway } from './loopback.gateway.js';

@Module({})
export class LoopbackModule {
  static with(config: LoopbackConfig): PluginModule {
    return {
      module: LoopbackModule,
      providers: [{ provide: LoopbackConfig, useValue: config }, LoopbackAdapter, LoopbackGateway],
      exports: [LoopbackAdapter],
    };
  }
}
