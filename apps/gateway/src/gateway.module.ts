import { type DynamicModule, Module } from '@nestjs/common';
import type { Clock, GatewaySite, Log, PluginModule } from '#libs/contracts';
import {
  CALL_DESK,
  CALL_INTAKE,
  CLOCK,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  LOG,
  OPERATOR_DOOR,
} from '#libs/contracts';
import type { GatewayEventRouter, Switchboard } from '#libs/core';
import { GatewayConfig } from './config/gateway.config.js';
import { AdminGuard } from './http/admin.guard.js';
import { HealthController } from './http/health.controller.js';
import { TokenDoor } from './http/operator-door.js';
import { SelfTestController } from './http/self-test.controller.js';
import { SelfTestGateway } from './http/self-test.gateway.js';
import { SelfTest } from './http/self-test.js';
import { SessionController } from './http/session.controller.js';
import { SetupController } from './http/setup.controller.js';
import { SETUP_REPORT, type SetupReport } from './http/setup-report.js';

export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly switchboard: Switchboard;
  readonly events: GatewayEventRouter;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: GatewaySite;
  readonly setupReport: SetupReport;
  readonly plugins: readonly PluginModule[];
}

/** What plug-ins may inject, by the tokens of the contracts. */
@Module({})
class SharedModule {
  static with(parts: GatewayParts): DynamicModule {
    const providers = [
      { provide: CALL_INTAKE, useValue: parts.switchboard },
      { provide: CALL_DESK, useValue: parts.switchboard.desk },
      { provide: GATEWAY_EVENTS, useValue: parts.events },
      { provide: CLOCK, useValue: parts.clock },
      { provide: LOG, useValue: parts.log },
      { provide: GATEWAY_SITE, useValue: parts.site },
      { provide: GatewayConfig, useValue: parts.config },
      { provide: SETUP_REPORT, useValue: parts.setupReport },
      TokenDoor,
      { provide: OPERATOR_DOOR, useExisting: TokenDoor },
    ];
    return { module: SharedModule, global: true, providers, exports: providers };
  }
}

/** The composition root's Nest side: the shared parts, the pages of the gateway itself, and every plug-in's module. */
@Module({})
export class GatewayModule {
  static compose(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [SharedModule.with(parts), ...(parts.plugins as DynamicModule[])],
      controllers: [HealthController, SessionController, SetupController, SelfTestController],
      providers: [AdminGuard, SelfTest, SelfTestGateway],
    };
  }
}
