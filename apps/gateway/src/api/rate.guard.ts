import { createHash } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { bearerToken } from '#libs/contracts';
import type { OperatorRequest } from '../http/operator.guard.js';
import { SESSION_COOKIE } from '../http/operator-door.js';
import { apiErrors } from './errors.js';
import { RateBook } from './rate-book.js';

/**
 * So many requests a minute for each who was let in, over all paths together. Comes behind the guard that lets in, so nobody fills its
 * book with invented tokens; wrong ones are counted there.
 */
@Injectable()
export class RateGuard implements CanActivate {
  constructor(private readonly book: RateBook) {}

  canActivate(context: ExecutionContext): boolean {
    const waitMs = this.book.take(keyOf(context.switchToHttp().getRequest<OperatorRequest>()));
    if (waitMs > 0) throw apiErrors.tooMany(Math.ceil(waitMs / 1000));
    return true;
  }
}

const SESSION = new RegExp(`(?:^|;) *${SESSION_COOKIE}=([^;]*)`);

/** By what let him in, and nothing beside it: what else he sends must not win him a fresh allowance. */
function keyOf(request: OperatorRequest): string {
  const { headers, socket } = request;
  const credential = bearerToken(request) ?? SESSION.exec(headers.cookie ?? '')?.[1];
  const key = credential ?? `address ${socket.remoteAddress ?? ''}`;
  return createHash('sha256').update(key).digest('base64url');
}
