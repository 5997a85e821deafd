import { defineObserver } from '#libs/contracts';
import { LiveMonitorConfig } from './live-monitor.config.js';
import { LiveMonitorModule } from './live-monitor.module.js';
import { LiveMonitorObserver } from './live-monitor.observer.js';

/** What `WS /monitor` tells, for programs that read it. */
export type { CallEvent, CallStory, CallSummary, Line, Sample, Speaker, Stretch } from './messages.js';

export default defineObserver({
  name: 'live-monitor',
  config: LiveMonitorConfig,
  create: (config, { clock, audit }) => new LiveMonitorObserver(config, clock, audit),
  module: (_config, observer) => LiveMonitorModule.with(observer as LiveMonitorObserver),
});
