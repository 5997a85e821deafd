import { defineObserver } from '#libs/contracts';
import { LiveMonitorConfig } from './live-monitor.config.js';
import { LiveMonitorModule } from './live-monitor.module.js';
import { LiveMonitorObserver } from './live-monitor.observer.js';

export default defineObserver({
  name: 'live-monitor',
  config: LiveMonitorConfig,
  create: (config, { clock, log }) => new LiveMonitorObserver(config, clock, log),
  module: (_config, observer) => LiveMonitorModule.with(observer as LiveMonitorObserver),
});
