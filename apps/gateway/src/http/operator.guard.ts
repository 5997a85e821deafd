import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  type EventSink,
  GATEWAY_EVENTS,
  mayAct,
  OPERATOR_DOOR,
  type Operator,
  type OperatorDoor,
  type OperatorRole,
} from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { HttpProblem } from './problem.js';

const NEEDED_ROLE = 'patchbay.needed-role';

/** The least role that may do this. Where nothing is said, it is for admins alone. */
export const Needs = (role: OperatorRole) => SetMetadata(NEEDED_ROLE, role);

/** A request that the guard has let in. */
export interface OperatorRequest extends IncomingMessage {
  operator?: Operator;
}

const ADVICE: Readonly<Record<string, string>> = {
  'loopback-only': 'Set ADMIN_TOKEN to open this to other machines.',
  'foreign-origin': 'Use the pages of this gateway, or a program that sends no Origin.',
};
const GUESSES_FORGOTTEN_S = 60;

/** Lets operators in to the gateway's own HTTP interfaces, as far as their role goes. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    @Inject(OPERATOR_DOOR) private readonly door: OperatorDoor,
    @Inject(GATEWAY_EVENTS) private readonly events: GatewayEventRouter,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    const operator = admitted(request, this.door, this.events);
    const places = [context.getHandler(), context.getClass()];
    const needed = this.reflector.getAllAndOverride<OperatorRole | undefined>(NEEDED_ROLE, places) ?? 'admin';
    if (!mayAct(operator.role, needed)) {
      throw new HttpProblem(403, 'API_ROLE', `This needs the role ${needed}.`, {
        advice: `Your role is ${operator.role}; use a key with more rights.`,
      });
    }
    request.operator = operator;
    return true;
  }
}

/** Who asks under /api. Throws HttpProblem where nobody is let in. */
export function admitted(request: IncomingMessage, door: OperatorDoor, events: EventSink): Operator {
  const decision = door.admit(request);
  if (decision.ok) return decision.operator;
  const { status, reason } = decision;
  events.publish('upgrade.rejected', { reason, path: '/api' });
  throw refusal(status, reason);
}

function refusal(status: 401 | 403 | 429, reason: string): HttpProblem {
  if (status === 429) {
    return new HttpProblem(429, 'API_TOO_MANY_GUESSES', 'Too many wrong tokens come from this address.', {
      advice: 'Wait a minute.',
      retryAfterSeconds: GUESSES_FORGOTTEN_S,
    });
  }
  if (status === 403) {
    return new HttpProblem(403, 'API_DOOR_CLOSED', `The door is closed (${reason}).`, {
      advice: ADVICE[reason] ?? 'Send a valid token.',
    });
  }
  return new HttpProblem(401, 'API_UNAUTHORIZED', `Nobody is let in without a valid token (${reason}).`, {
    advice: 'Send the ADMIN_TOKEN or an API key as "Authorization: Bearer <token>", or log in.',
    headers: { 'WWW-Authenticate': 'Bearer realm="patchbay"' },
  });
}
