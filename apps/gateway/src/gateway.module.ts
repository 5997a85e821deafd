import { type DynamicModule, Module } from '@nestjs/common';
import { Agents } from '#libs/agents';
import type { Clock, DialDesk, GatewaySite, Log, PluginModule } from '#libs/contracts';
import {
  CALL_ARCHIVE,
  CALL_DESK,
  CALL_INTAKE,
  CLOCK,
  DIAL_DESK,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  LOG,
  OPERATOR_DOOR,
  OUTGOING_HTTP,
} from '#libs/contracts';
import type { GatewayEventRouter, Switchboard } from '#libs/core';
import { ApiKeys, RecordKeeper, Retention } from '#libs/store';
import { Webhooks } from '#libs/webhooks';
import type { ApiConfig } from './api/api.config.js';
import { ApiModule } from './api/index.js';
import { GatewayConfig } from './config/gateway.config.js';
import { HealthController } from './http/health.controller.js';
import { TokenDoor } from './http/operator-door.js';
import { SelfTestGateway } from './http/self-test.gateway.js';
import { SETUP_REPORT, type SetupReport } from './http/setup-report.js';
import { AllRecordings } from './services/all-recordings.js';
import type { Services } from './services/services.js';
import type { Storage } from './services/storage.js';

export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly api: ApiConfig;
  readonly switchboard: Switchboard;
  readonly events: GatewayEventRouter;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: GatewaySite;
  readonly setupReport: SetupReport;
  readonly storage: Storage;
  readonly services: Services;
  readonly outbound: DialDesk;
  readonly recordings: AllRecordings;
  readonly plugins: readonly PluginModule[];
}

/** What plug-ins may inject, by the tokens of the contracts. */
@Module({})
class SharedModule {
  static with(parts: GatewayParts): DynamicModule {
    const providers = [
      { provide: CALL_INTAKE, useValue: parts.switchboard },
      { provide: CALL_DESK, useValue: parts.switchboard.desk },
      { provide: CALL_ARCHIVE, useValue: parts.storage.archive },
      { provide: DIAL_DESK, useValue: parts.outbound },
      { provide: OUTGOING_HTTP, useValue: parts.services.http },
      { provide: AllRecordings, useValue: parts.recordings },
      { provide: Agents, useValue: parts.services.agents },
      { provide: Webhooks, useValue: parts.services.webhooks },
      { provide: ApiKeys, useValue: parts.storage.keys },
      { provide: RecordKeeper, useValue: parts.storage.records },
      { provide: Retention, useValue: parts.storage.retention },
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
      imports: [SharedModule.with(parts), ApiModule.with(parts.api), ...(parts.plugins as DynamicModule[])],
      controllers: [HealthController],
      providers: [SelfTestGateway],
    };
  }
}
