import type { Migration } from 'kysely';
import { calls } from './0001_calls.js';
import { agents } from './0002_agents.js';
import { apiKeys } from './0003_api_keys.js';
import { dials } from './0004_dials.js';
import { webhooks } from './0005_webhooks.js';
import { seats } from './0006_seats.js';
import { unwanted } from './0007_unwanted.js';

/**
 * In the order of their names. A migration that has been released is not changed any more; a further one is added. Only what kysely's
 * schema builder says the same way to both databases.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_calls': calls,
  '0002_agents': agents,
  '0003_api_keys': apiKeys,
  '0004_dials': dials,
  '0005_webhooks': webhooks,
  '0006_seats': seats,
  '0007_unwanted': unwanted,
};
