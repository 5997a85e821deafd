import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  NotFoundException,
} from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { GatewayError, LOG, type Log } from '#libs/contracts';
import { HttpProblem, problemOf } from '../http/problem.js';
import { isApiPath } from './api-path.js';
import { apiErrors } from './errors.js';
import { statusOf } from './status-of.js';

const MEDIA_TYPE = 'application/problem+json; charset=utf-8';
const RETRY_AFTER_S = 5;

/** Every error under /api as problem details; elsewhere Nest answers as it does. Never a stack. */
@Catch()
export class ProblemFilter extends BaseExceptionFilter implements ExceptionFilter {
  constructor(
    adapterHost: HttpAdapterHost,
    @Inject(LOG) private readonly log: Log,
  ) {
    super(adapterHost.httpAdapter);
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<IncomingMessage & { originalUrl?: string }>();
    if (host.getType() !== 'http' || !isApiPath(request.originalUrl ?? request.url ?? '')) {
      super.catch(thrown, host);
      return;
    }
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    this.answer(response, this.asError(thrown));
  }

  private answer(response: ServerResponse, error: GatewayError): void {
    const status = statusOf(error);
    for (const [name, value] of Object.entries(error instanceof HttpProblem ? error.headers : {}))
      response.setHeader(name, value);
    if (status === 503 && !response.hasHeader('Retry-After'))
      response.setHeader('Retry-After', RETRY_AFTER_S);
    // Headers of the answer that was meant.
    response.removeHeader('Content-Disposition');
    response.removeHeader('Content-Length');
    response.setHeader('Content-Type', MEDIA_TYPE);
    response.statusCode = status;
    response.end(JSON.stringify(problemOf(status, error)));
  }

  private asError(thrown: unknown): GatewayError {
    if (thrown instanceof NotFoundException) return apiErrors.notFound();
    // Nest's own word for a body or path that its reader could not take; it may hold what was sent.
    if (thrown instanceof BadRequestException) return apiErrors.unreadable();
    if (thrown instanceof HttpException) return ofNest(thrown);
    const known = thrown instanceof GatewayError ? thrown : ofParser(thrown);
    if (known !== null && statusOf(known) < 500) return known;
    if (known === null || statusOf(known) === 500) {
      const { code = 'API_FAULT' } = known ?? {};
      this.log.error({ code, err: thrown }, 'A request to the API could not be answered.');
    }
    return known ?? apiErrors.fault();
  }
}

function ofNest(thrown: HttpException): HttpProblem {
  const status = thrown.getStatus();
  return new HttpProblem(status, `API_${nameOf(status)}`, thrown.message);
}

function nameOf(status: number): string {
  const names: Readonly<Record<number, string>> = {
    401: 'UNAUTHORIZED',
    403: 'FORBIDDEN',
    405: 'METHOD_NOT_ALLOWED',
    413: 'TOO_LARGE',
    415: 'UNSUPPORTED_TYPE',
    429: 'TOO_MANY_REQUESTS',
  };
  return names[status] ?? `STATUS_${status}`;
}

/** What the readers of bodies and paths throw. Their own words may hold what was sent. */
function ofParser(thrown: unknown): HttpProblem | null {
  const { status, type } = (thrown ?? {}) as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  if (type === 'entity.too.large') return apiErrors.tooLarge();
  return typeof type === 'string' ? apiErrors.unreadable() : apiErrors.notFound();
}
