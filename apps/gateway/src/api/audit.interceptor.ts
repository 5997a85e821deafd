import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import { GatewayError, type Log } from '#libs/contracts';
import type { OperatorRequest } from '../http/operator.guard.js';
import { isId } from './validation.js';

/** A `Log` whose lines are written whatever LOG_LEVEL says. */
export const AUDIT_LOG = Symbol.for('patchbay.audit-log');

const AUDITED = 'patchbay.audited';

/** A request that only reads, and is written down all the same. */
export const Audited = () => SetMetadata(AUDITED, true);

interface RoutedRequest extends OperatorRequest {
  readonly route?: { readonly path?: string };
  readonly params?: Readonly<Record<string, string>>;
}

/** One line for every change: who, what, which, and whether it came about. Nothing of the body. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    @Inject(AUDIT_LOG) private readonly audit: Log,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RoutedRequest>();
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && this.reflector.get<boolean>(AUDITED, context.getHandler()) !== true) return next.handle();
    const { operator, method, route, params } = request;
    const line = {
      by: operator?.name,
      role: operator?.role,
      action: `${method} ${route?.path ?? ''}`,
      ...idsOf(params),
    };
    return next.handle().pipe(
      tap({
        next: () => this.audit.info(line, 'An operator used the API.'),
        error: (thrown: unknown) => {
          const code = thrown instanceof GatewayError ? thrown.code : 'API_FAULT';
          this.audit.info({ ...line, code }, 'An operator used the API in vain.');
        },
      }),
    );
  }
}

/** What is no id may be as long as a header: the log is not where it shall lie. */
function idsOf(params: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const entries = Object.entries(params).map(([name, value]) => [name, isId(value) ? value : '(no id)']);
  return Object.fromEntries(entries) as Record<string, string>;
}
