import { Module } from '@nestjs/common';
import {
  CALL_INTAKE,
  type CallIntake,
  CLOCK,
  type Clock,
  type EventRouter,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  type GatewaySite,
  LOG,
  type Log,
  type PluginModule,
} from '#libs/contracts';
import { TwilioAdapter } from './twilio.adapter.js';
import { TwilioConfig } from './twilio.config.js';
import { TwilioController } from './twilio.controller.js';
import { TwilioDoor } from './twilio.door.js';
import { Farewells } from './twilio.farewells.js';
import { TwilioAnnouncedStreamGateway, TwilioStreamGateway } from './twilio.gateway.js';
import { TwilioReception } from './twilio.reception.js';
import { StreamTokens } from './twilio.tokens.js';

@Module({})
export class TwilioModule {}

export function twilioModule(config: TwilioConfig): PluginModule {
  return {
    module: TwilioModule,
    controllers: [TwilioController],
    providers: [
      { provide: TwilioConfig, useValue: config },
      { provide: TwilioAdapter, useFactory: () => new TwilioAdapter(config) },
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
        inject: [TwilioDoor, StreamTokens, Farewells, CALL_INTAKE, CLOCK, GATEWAY_EVENTS, LOG],
        useFactory: (
          door: TwilioDoor,
          tokens: StreamTokens,
          farewells: Farewells,
          intake: CallIntake,
          clock: Clock,
          events: Pick<EventRouter, 'publish'>,
          log: Log,
        ) => new TwilioReception({ config, door, tokens, farewells, intake, clock, events, log }),
      },
      TwilioStreamGateway,
      TwilioAnnouncedStreamGateway,
    ],
    exports: [TwilioAdapter],
  };
}
