import { Module } from '@nestjs/common';
import { type PluginModule, RECORDINGS } from '#libs/contracts';
import type { RecorderObserver } from './recorder.observer.js';

@Module({})
export class RecorderModule {
  static with({ archive }: RecorderObserver): PluginModule {
    return {
      module: RecorderModule,
      providers: [{ provide: RECORDINGS, useValue: archive }],
      exports: [RECORDINGS],
    };
  }
}
