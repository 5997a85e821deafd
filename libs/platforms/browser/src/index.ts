import { definePlatform } from '#libs/contracts';
import { BrowserAdapter } from './browser.adapter.js';
import { BrowserConfig } from './browser.config.js';
import { BrowserModule } from './browser.module.js';

export { BrowserAdapter, BrowserConfig };

export default definePlatform({
  name: 'browser',
  config: BrowserConfig,
  adapter: BrowserAdapter,
  module: (config) => BrowserModule.with(config),
});
