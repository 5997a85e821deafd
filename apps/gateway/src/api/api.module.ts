import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Logger } from 'pino';
import { CLOCK, type Clock, LOG } from '#libs/contracts';
import { OperatorGuard } from '../http/operator.guard.js';
import { SelfTestController } from '../http/self-test.controller.js';
import { SelfTest } from '../http/self-test.js';
import { SessionController } from '../http/session.controller.js';
import { SetupController } from '../http/setup.controller.js';
import { auditLog } from '../log/pino-log.js';
import { ActionsController } from './actions.controller.js';
import { AgentsController } from './agents.controller.js';
import type { ApiConfig } from './api.config.js';
import { Around } from './around.js';
import { AUDIT_LOG } from './audit.interceptor.js';
import { CallsController } from './calls.controller.js';
import { ErasureController } from './erasure.controller.js';
import { KeysController } from './keys.controller.js';
import { OrdersController } from './orders.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { RateGuard } from './rate.guard.js';
import { RateBook } from './rate-book.js';
import { RecordingsController } from './recordings.controller.js';
import { WebhooksController } from './webhooks.controller.js';

/** REST under /api. What it serves stands in the shared module. */
@Module({})
export class ApiModule {
  static with(config: ApiConfig): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        CallsController,
        OrdersController,
        ActionsController,
        RecordingsController,
        AgentsController,
        KeysController,
        WebhooksController,
        ErasureController,
        SessionController,
        SetupController,
        SelfTestController,
      ],
      providers: [
        OperatorGuard,
        SelfTest,
        Around,
        RateGuard,
        {
          provide: RateBook,
          useFactory: (clock: Clock) => new RateBook(clock, config.requestsPerMinute),
          inject: [CLOCK],
        },
        { provide: AUDIT_LOG, useFactory: (log: Logger) => auditLog(log), inject: [LOG] },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [SelfTest],
    };
  }
}
