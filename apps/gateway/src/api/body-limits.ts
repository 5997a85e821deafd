import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type EventSink, GATEWAY_EVENTS, OPERATOR_DOOR, type OperatorDoor } from '#libs/contracts';
import { admitted } from '../http/operator.guard.js';
import type { HttpProblem } from '../http/problem.js';
import { isApiPath, isLogIn } from './api-path.js';
import { apiErrors } from './errors.js';

/** Instructions of an agent alone may have 100,000 letters. */
const API_BODY_LIMIT = '512kb';
/** Whoever logs in is a stranger still. */
const LOG_IN_LIMIT = '4kb';
const DEEPEST = 32;
/** A thousand routes with all that they may say. Checking takes a tenth of a millisecond for each, of the thread that carries the sound. */
const MOST_VALUES = 10_000;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i;

type Next = (error?: unknown) => void;

/**
 * Before the gateway's other readers of bodies: what /api takes, how much of it, and how deep. Nothing but JSON: a form of another
 * site's page is sent with the operator's cookie, and without asking first. And of nobody who is not let in: reading half a megabyte
 * takes a tenth of a second, in which no call's sound moves.
 */
export function readApiBodies(app: NestExpressApplication): void {
  const door = app.get<OperatorDoor>(OPERATOR_DOOR, { strict: false });
  const events = app.get<EventSink>(GATEWAY_EVENTS, { strict: false });
  app.use((request: IncomingMessage, _: ServerResponse, next: Next) => {
    if (!isApiPath(urlOf(request))) return next();
    if (bringsOther(request)) return next(apiErrors.notJson());
    try {
      if (bringsBody(request) && !isLogIn(urlOf(request))) admitted(request, door, events);
      next();
    } catch (refusal) {
      next(refusal);
    }
  });
  app.useBodyParser('json', {
    limit: LOG_IN_LIMIT,
    type: (request: IncomingMessage) => isLogIn(urlOf(request)) && JSON_TYPE.test(typeOf(request)),
  });
  app.useBodyParser('json', {
    limit: API_BODY_LIMIT,
    type: (request: IncomingMessage) => isApiPath(urlOf(request)) && JSON_TYPE.test(typeOf(request)),
  });
  app.use((request: IncomingMessage & { body?: unknown }, response: ServerResponse, next: Next) => {
    if (!isApiPath(urlOf(request))) return next();
    response.setHeader('Cache-Control', 'no-store');
    next(excessOf(request.body));
  });
}

function urlOf(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '';
}

/** What is empty counts too where it says what it would be: an empty form acts as well as a full one. */
function bringsOther(request: IncomingMessage): boolean {
  const type = typeOf(request);
  if (JSON_TYPE.test(type)) return false;
  if (bringsBody(request)) return true;
  return type !== '' && request.method !== 'GET' && request.method !== 'HEAD';
}

function bringsBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

function typeOf(request: IncomingMessage): string {
  return request.headers['content-type'] ?? '';
}

/** Level by level and not by recursion, which is what deep bodies are meant to break. */
function excessOf(body: unknown): HttpProblem | undefined {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return apiErrors.tooDeep();
    values += level.length;
    if (values > MOST_VALUES) return apiErrors.tooManyValues();
    const next: unknown[] = [];
    for (const value of level)
      if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) next.push(one);
    level = next;
  }
  return undefined;
}
