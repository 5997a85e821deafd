import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { OperatorRequest } from '../http/operator.guard.js';
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

/** Who was let in, and nothing of what he sends beside it: that must not win him a fresh allowance. */
function keyOf({ operator, socket }: OperatorRequest): string {
  if (operator?.keyId !== undefined) return `key ${operator.keyId}`;
  return `${operator?.name ?? ''} at ${socket.remoteAddress ?? ''}`;
}
