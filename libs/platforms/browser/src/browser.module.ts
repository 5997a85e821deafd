import { Module } from '@nestjs/common';
import type { PluginModule } from '#libs/contracts';
import { BrowserAdapter } from './browser.adapter.js';
import { BrowserConfig } from './browser.config.js';
import { BrowserGateway } from './browser.gateway.js';

@Module({})
export class BrowserModule {
  static with(config: BrowserConfig): PluginModule {
    return {
      module: BrowserModule,
      providers: [{ provide: BrowserConfig, useValue: config }, BrowserAdapter, BrowserGateway],
      exports: [BrowserAdapter],
    };
  }
}
