import { Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  CALL_INTAKE,
  type CallIntake,
  CLOCK,
  type Clock,
  type EventRouter,
  type EventSink,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  type GatewaySite,
  LOG,
  type Log,
  type PluginModule,
} from '#libs/contracts';
import { TwilioAdapter } from './twilio.adapter.js';
import { TwilioCallsController } from './twilio.calls.controller.js';
import { TwilioConfig } from './twilio.config.js';
import { TwilioController } from './twilio.controller.js';
import { TwilioDoor } from './twilio.door.js';
import { Farewells } from './twilio.farewells.js';
import { TwilioAnnouncedStreamGateway, TwilioStreamGateway } from './twilio.gateway.js';
import { TwilioReception } from './twilio.reception.js';
import { TwilioServices } from './twilio.services.js';
import { StreamInvitations } from './twilio.stream-invitations.js';
import { StreamTokens } from './twilio.tokens.js';

@Module({})
export class TwilioModule implements OnApplicationShutdown {
  constructor(private readonly services: TwilioServices) {}

  onApplicationShutdown(): Promise<void> {
    return this.services.close();
  }
}

export function twilioModule(config: TwilioConfig): PluginModule {
  return {
    module: TwilioModule,
    controllers: [TwilioController, TwilioCallsController],
    providers: [
      { provide: TwilioConfig, useValue: config },
      {
        provide: TwilioServices,
        inject: [GATEWAY_SITE, CLOCK, GATEWAY_EVENTS, LOG],
        useFactory: (site: GatewaySite, clock: Clock, events: EventSink, log: Log) =>
          new TwilioServices({ config, site, clock, events, log }),
      },
      {
        provide: TwilioAdapter,
        inject: [TwilioServices],
        useFactory: (services: TwilioServices) => new TwilioAdapter(config, services),
      },
      {
        provide: StreamInvitations,
        inject: [GATEWAY_SITE, StreamTokens],
        useFactory: (site: GatewaySite, tokens: StreamTokens) => new StreamInvitations(site, tokens),
      },
      {
        provide: TwilioDoor,
        inject: [GATEWAY_SITE],
        useFactory: (site: GatewaySite) => new TwilioDoor(config, site),
      },
      {
        provide: StreamTokens,
        inject: [CLOCK],
        useFactory: (clock: Clock) => new StreamTokens(clock, config.tokenTtlMs),
      },
      { provide: Farewells, inject: [CLOCK], useFactory: (clock: Clock) => new Farewells(clock) },
      {
        provide: TwilioReception,
        inject: [
          TwilioDoor,
          StreamTokens,
          Farewells,
          TwilioServices,
          CALL_INTAKE,
          CLOCK,
          GATEWAY_EVENTS,
          LOG,
        ],
        useFactory: (
          door: TwilioDoor,
          tokens: StreamTokens,
          farewells: Farewells,
          services: TwilioServices,
          intake: CallIntake,
          clock: Clock,
          events: Pick<EventRouter, 'publish'>,
          log: Log,
        ) => new TwilioReception({ config, door, tokens, farewells, services, intake, clock, events, log }),
      },
      TwilioStreamGateway,
      TwilioAnnouncedStreamGateway,
    ],
    exports: [TwilioAdapter],
  };
}
