import { randomUUID } from 'node:crypto';
import type { Dialler, DialRequest } from '#libs/contracts';
import type { DialOrderTable } from '#libs/store';
import { checkedZone, normalised } from './callee-number.js';
import { errors } from './errors.js';
import type { OutboundConfig } from './outbound.config.js';

const MOST_PARAMETERS = 64;
const MOST_PARAMETER_LETTERS = 16_000;
const LONGEST_NAME = 200;
const LONGEST_RING_MS = 600_000;
/** What is asked for later than this (90 days) is a mistake. */
const FARTHEST_MS = 90 * 86_400_000;

export interface OrderSetting {
  readonly by: string;
  readonly at: number;
  readonly config: OutboundConfig;
  readonly platform: string;
}

/** A new order as it is kept. Throws DIAL_BAD_NUMBER or DIAL_BAD_ORDER. */
export function rowOf(request: DialRequest, { by, at, config, platform }: OrderSetting): DialOrderTable {
  const from = request.from ?? config.from;
  return {
    order_id: randomUUID(),
    state: 'queued',
    platform,
    to_number: normalised(request.to, 'to', config),
    // Which of its numbers may be shown is the platform's to say.
    from_number: from === '' ? '' : normalised(from, 'from', { ...config, acceptUnassigned: true }),
    agent: named(request.agent, 'agent'),
    parameters: parameters(request.parameters ?? {}),
    ring_for_ms: ringForMs(request.ringForMs ?? config.ringForMs),
    detect_machine: request.detectMachine === true ? 1 : 0,
    record_at_platform: request.recordAtPlatform === true ? 1 : 0,
    on_machine: request.onMachine === 'hang-up' ? 'hang-up' : 'continue',
    time_zone: request.timeZone === undefined ? null : checkedZone(request.timeZone),
    ordered_by: by,
    ordered_at: at,
    due_at: dueAt(request, at),
    attempts: 0,
    retries: '{}',
    owner: null,
    lease_until: 0,
    claimed_at: null,
    receipt: null,
    answered_at: null,
    over_at: null,
    outcome: null,
    code: null,
    callee: null,
    call_id: null,
    cancelled_by: null,
  };
}

function dueAt({ notBeforeAt, idempotencyKey }: DialRequest, at: number): number {
  if (idempotencyKey !== undefined) named(idempotencyKey, 'idempotencyKey');
  if (notBeforeAt === undefined) return at;
  if (!Number.isFinite(notBeforeAt) || notBeforeAt > at + FARTHEST_MS)
    throw errors.badOrder('notBeforeAt is no moment of the next 90 days');
  return Math.max(at, Math.round(notBeforeAt));
}

function named(value: string, field: string): string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME)
    throw errors.badOrder(`${field} must be text of 1 to ${LONGEST_NAME} letters`);
  return value;
}

function ringForMs(value: number): number {
  if (!Number.isInteger(value) || value < 1000 || value > LONGEST_RING_MS)
    throw errors.badOrder(`ringForMs must be 1000 to ${LONGEST_RING_MS} milliseconds`);
  return value;
}

function parameters(given: Readonly<Record<string, string>>): string {
  const entries = Object.entries(given);
  const text = JSON.stringify(given);
  if (
    entries.length > MOST_PARAMETERS ||
    text.length > MOST_PARAMETER_LETTERS ||
    entries.some(([, value]) => typeof value !== 'string') ||
    // Postgres keeps no such letter.
    text.includes('\\u0000')
  )
    throw errors.badOrder(
      `parameters must be at most ${MOST_PARAMETERS} texts of ${MOST_PARAMETER_LETTERS} letters together`,
    );
  return text;
}

/** The platform that is asked for, or the only one, or the first by name. Throws DIAL_NO_PLATFORM. */
export function platformFor({ platform }: DialRequest, diallers: ReadonlyMap<string, Dialler>): string {
  const name = platform ?? [...diallers.keys()].sort()[0];
  if (name === undefined || !diallers.has(name)) throw errors.noPlatform(platform ?? null);
  return name;
}
