import { defineObserver } from '#libs/contracts';
import { MetricsConfig } from './metrics.config.js';
import { METRICS_REGISTRY, MetricsController } from './metrics.controller.js';
import { MetricsModule } from './metrics.module.js';
import { MetricsObserver } from './metrics.observer.js';

export default defineObserver({
  name: 'metrics',
  config: MetricsConfig,
  create: (_config, host) => new MetricsObserver(host),
  module: (config, observer) => ({
    module: MetricsModule,
    providers: [
      { provide: MetricsConfig, useValue: config },
      { provide: METRICS_REGISTRY, useValue: (observer as MetricsObserver).registry },
    ],
    controllers: [MetricsController],
  }),
});
