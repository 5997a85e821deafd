import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { GatewayConfig } from '../config/gateway.config.js';

const LENGTH = 12;

/**
 * Names this installation's keys in Redis by its database: gateways that share a database share its queue, and others on the same
 * Redis keep clear of it. A database server is named without its user and password, which may change while gateways run.
 */
export function redisPrefix({
  databaseUrl,
  dataDir,
}: Pick<GatewayConfig, 'databaseUrl' | 'dataDir'>): string {
  const database = databaseUrl === null ? resolve(dataDir) : withoutCredentials(databaseUrl);
  return `patchbay:${createHash('sha256').update(database).digest('hex').slice(0, LENGTH)}`;
}

function withoutCredentials(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return databaseUrl;
  const url = new URL(databaseUrl);
  url.username = '';
  url.password = '';
  return url.href;
}
