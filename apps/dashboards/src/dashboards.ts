import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { conversation } from './conversation.js';
import { operations } from './operations.js';
import { overview } from './overview.js';
import { quality } from './quality.js';

/** Every dashboard, in the order of a person on call. */
export function dashboards(): Dashboard[] {
  return [overview(), quality(), conversation(), operations()];
}
