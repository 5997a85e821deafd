import { Module } from '@nestjs/common';
import { OPERATOR_DOOR, type OperatorDoor, type PluginModule } from '#libs/contracts';
import { BrowserAdapter } from './browser.adapter.js';
import { BrowserConfig } from './browser.config.js';
import { BrowserGateway } from './browser.gateway.js';

@Module({})
export class BrowserModule {
  static with(config: BrowserConfig): PluginModule {
    return {
      module: BrowserModule,
      providers: [
        { provide: BrowserConfig, useValue: config },
        {
          provide: BrowserAdapter,
          useFactory: (door: OperatorDoor) => new BrowserAdapter(door),
          inject: [OPERATOR_DOOR],
        },
        BrowserGateway,
      ],
      exports: [BrowserAdapter],
    };
  }
}
