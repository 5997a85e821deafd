import { STATUS_CODES } from 'node:http';
import { applyDecorators, Controller, HttpCode, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCookieAuth,
  ApiExtraModels,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { OperatorRole } from '#libs/contracts';
import { Needs, OperatorGuard } from '../http/operator.guard.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { ProblemDto } from './dto/problem.dto.js';
import { RateGuard } from './rate.guard.js';
import { validation } from './validation.js';

/** Everything under /api: doors, rates, checks, the audit's lines, and what the OpenAPI page says of them. */
export function ApiController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(`api/${path}`.replace(/\/$/, '')),
    UseGuards(OperatorGuard, RateGuard),
    UseInterceptors(AuditInterceptor),
    UsePipes(validation()),
    ApiTags(tag),
    ApiBearerAuth(),
    ApiCookieAuth(),
    ApiExtraModels(ProblemDto),
  );
}

export interface RouteFacts {
  readonly summary: string;
  readonly description?: string;
  readonly needs: OperatorRole;
  /** Of the answer that is meant. */
  readonly status?: number;
  /** Statuses and what each means, beside those that every path may answer with. */
  readonly errors?: Readonly<Record<number, string>>;
}

const EVERYWHERE: Readonly<Record<number, string>> = {
  400: 'What was sent is not valid (API_INVALID, API_UNREADABLE, API_TOO_DEEP, API_TOO_MANY_VALUES).',
  401: 'No valid token (API_UNAUTHORIZED).',
  403: 'The role does not suffice, or the door is closed (API_ROLE, API_DOOR_CLOSED).',
  415: 'The body is not JSON (API_UNSUPPORTED_TYPE).',
  429: 'Too many requests in this minute; Retry-After says when (API_TOO_MANY_REQUESTS).',
  500: 'A fault inside the gateway (API_FAULT).',
};

/** What a path needs and how it may answer. */
export function Route(facts: RouteFacts): MethodDecorator {
  const { summary, description, needs, status, errors = {} } = facts;
  const all = Object.entries({ ...EVERYWHERE, ...errors });
  return applyDecorators(
    Needs(needs),
    ApiOperation({ summary, description: `${description ?? ''}\n\nRole: ${needs}.`.trim() }),
    ...(status === undefined ? [] : [HttpCode(status)]),
    ...(status === 204 ? [ApiResponse({ status: 204, description: 'Done.' })] : []),
    ...all.map(([code, meaning]) =>
      ApiResponse({
        status: Number(code),
        description: meaning || STATUS_CODES[code] || '',
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    ),
  );
}

/** Errors of everything that asks the database. */
export const STORE_ERRORS: Readonly<Record<number, string>> = {
  503: 'The database is away; calls go on (STORE_AWAY).',
};
