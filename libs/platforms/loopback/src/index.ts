import { definePlatform } from '#libs/contracts';
import { LoopbackAdapter } from './loopback.adapter.js';
import { LoopbackConfig } from './loopback.config.js';
import { LoopbackModule } from './loopback.module.js';

export default definePlatform({
  name: 'loopback',
  config: LoopbackConfig,
  adapter: LoopbackAdapter,
  module: (config) => LoopbackModule.with(config),
});
