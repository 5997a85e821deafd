import { defineObserver } from '#libs/contracts';
import { RecorderConfig } from './recorder.config.js';
import { RecorderModule } from './recorder.module.js';
import { RecorderObserver } from './recorder.observer.js';

export default defineObserver({
  name: 'recorder',
  config: RecorderConfig,
  create: (config, host) => new RecorderObserver(config, host),
  module: (_config, observer) => RecorderModule.with(observer as RecorderObserver),
});
