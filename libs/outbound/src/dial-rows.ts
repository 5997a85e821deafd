import type { Callee, DialOrder, DialOutcome, DialReceipt, DialStatus } from '#libs/contracts';
import type { DialOrderTable } from '#libs/store';
import type { Retries } from './retry-plan.js';

/** What a platform is told of a row. */
export function orderOf(row: DialOrderTable, maxCallMs: number): DialOrder {
  return {
    orderId: row.order_id,
    to: row.to_number,
    from: row.from_number,
    agent: row.agent,
    parameters: JSON.parse(row.parameters) as Record<string, string>,
    ringForMs: row.ring_for_ms,
    maxCallMs,
    detectMachine: row.detect_machine === 1,
    recordAtPlatform: row.record_at_platform === 1,
  };
}

export function receiptOf(row: DialOrderTable): DialReceipt | null {
  return row.receipt === null ? null : { platformCallId: row.receipt };
}

export function retriesOf(row: DialOrderTable): Retries {
  return JSON.parse(row.retries) as Retries;
}

export function statusOf(row: DialOrderTable): DialStatus {
  return {
    orderId: row.order_id,
    state: row.state,
    attempts: row.attempts,
    outcome: row.outcome as DialOutcome | null,
    code: row.code,
    callee: row.callee as Callee | null,
    callId: row.call_id,
    notBeforeAt: row.state === 'queued' ? row.due_at : null,
  };
}
