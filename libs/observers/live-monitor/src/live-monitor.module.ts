import { Module } from '@nestjs/common';
import type { PluginModule } from '#libs/contracts';
import { LiveMonitorObserver } from './live-monitor.observer.js';
import { MonitorFaults, MonitorGateway } from './monitor.gateway.js';

@Module({})
export class LiveMonitorModule {
  static with(observer: LiveMonitorObserver): PluginModule {
    return {
      module: LiveMonitorModule,
      providers: [{ provide: LiveMonitorObserver, useValue: observer }, MonitorFaults, MonitorGateway],
    };
  }
}
