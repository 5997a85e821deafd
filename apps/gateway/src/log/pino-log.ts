import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Keys under which secrets or people's data could come; values are replaced before a line is written. */
const SECRET_PATHS = [
  '*.authorization',
  '*.token',
  '*.authToken',
  '*.apiKey',
  'authorization',
  'token',
  'apiKey',
];

/** One JSON object a line, to standard output unless `destination` is given. */
export function createLog(level: string, personalData: boolean, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: personalData ? SECRET_PATHS : [...SECRET_PATHS, 'pii', '*.pii'], censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** For who did what: the level of the other lines does not touch it. Where nothing is to be written, it is silent too. */
export function auditLog(log: Logger): Logger {
  return log.child({ audit: true }, { level: log.level === 'silent' ? 'silent' : 'info' });
}

/** Nest's own lines, in the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error(
      { context, stack, err: message instanceof Error ? message : undefined },
      String(message),
    );
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  debug(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }
}
