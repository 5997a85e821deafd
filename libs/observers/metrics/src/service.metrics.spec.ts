import { describe, expect, it } from '@jest/globals';
import { type Backlogs, GatewayError, type GatewayEvents, type SpoolState } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { CapturedLog, callHouse, idleBacklogs, ManualClock } from '#libs/testing';
import { MetricsObserver } from './metrics.observer.js';

function site(backlogs: Partial<Backlogs> = {}) {
  const clock = new ManualClock();
  const events = new GatewayEventRouter(clock, new CapturedLog());
  const observer = new MetricsObserver({
    events,
    platforms: ['twilio'],
    backend: 'echo',
    maxCalls: 5,
    backlogs: { ...idleBacklogs, ...backlogs },
    clock,
  });
  /** Null: there is no such series. */
  const value = async (series: string): Promise<number | null> => {
    const lines = (await observer.registry.metrics()).split('\n');
    const line = lines.find((each) => each.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length + 1));
  };
  return { clock, events, observer, value };
}

const order = (change: Partial<GatewayEvents['dial.changed']>): GatewayEvents['dial.changed'] => ({
  orderId: 'o1',
  state: 'queued',
  outcome: null,
  code: null,
  attempt: 0,
  ...change,
});

describe('the metrics of what is around the calls', () => {
  it('count orders to dial once, their attempts, and how and why they ended', async () => {
    const { events, value } = site();
    events.publish('dial.changed', order({}));
    events.publish('dial.changed', order({ state: 'dialling', attempt: 1 }));
    events.publish('dial.changed', order({ state: 'queued', outcome: 'busy', attempt: 1 }));
    events.publish('dial.changed', order({ state: 'dialling', attempt: 2 }));
    events.publish('dial.changed', order({ state: 'over', outcome: 'failed', code: 'X_AWAY', attempt: 2 }));
    events.publish('dial.changed', order({ state: 'over', outcome: 'busy', attempt: 1 }));
    events.publish('dial.changed', order({ state: 'over', outcome: 'answered', attempt: 1 }));
    expect(await value('gateway_dial_orders_total')).toBe(1);
    expect(await value('gateway_dial_attempts_total')).toBe(2);
    for (const [outcome, count] of Object.entries({ failed: 1, busy: 1, answered: 1, lost: 0 }))
      expect(await value(`gateway_dials_total{outcome="${outcome}"}`)).toBe(count);
    expect(await value('gateway_dial_failures_total{code="X_AWAY"}')).toBe(1);
    expect(await value('gateway_dial_failures_total{code="busy"}')).toBe(1);
    expect(await value('gateway_dial_failures_total{code="answered"}')).toBeNull();
  });

  it('count what guards refuse, before an order is taken on and after', async () => {
    const { events, value } = site();
    const spend = 'gateway_dial_refusals_total{code="DIAL_SPEND_REACHED"}';
    expect(await value(spend)).toBe(0);
    events.publish('dial.refused', { code: 'DIAL_SPEND_REACHED' });
    events.publish('dial.changed', order({ state: 'over', outcome: 'refused', code: 'DIAL_SPEND_REACHED' }));
    expect(await value(spend)).toBe(2);
    expect(await value('gateway_dials_total{outcome="refused"}')).toBe(1);
  });

  it('count deliveries of webhooks by result, and what was given up', async () => {
    const { events, value } = site();
    for (const code of [null, null, 'WEBHOOK_STATUS_500', 'HTTP_TIMEOUT'])
      events.publish('webhook.attempted', { webhookId: 'w1', code, tookMs: 150 });
    events.publish('webhook.given.up', { events: 3 });
    for (const [result, count] of Object.entries({ delivered: 2, refused: 1, unreachable: 1 }))
      expect(await value(`gateway_webhook_deliveries_total{result="${result}"}`)).toBe(count);
    expect(await value('gateway_webhook_delivery_seconds_sum{result="delivered"}')).toBeCloseTo(0.3);
    expect(await value('gateway_webhook_given_up_total')).toBe(3);
  });

  it('count the calls of functions by result, never by name', async () => {
    const { observer, value } = site();
    const { offer, switchboard } = callHouse({ observers: [observer] });
    const { session } = offer();
    const answer = { toolCallId: 't', name: 'lookup', output: '{}', tookMs: 2000 };
    session.router.publish('tool.answered', { ...answer, failed: false, cutShort: false });
    session.router.publish('tool.answered', { ...answer, failed: true, cutShort: false });
    session.router.publish('tool.answered', { ...answer, failed: true, cutShort: true });
    session.router.publish('tool.answered', { ...answer, failed: true, cutShort: true });
    expect(await value('gateway_tool_calls_total{result="ok"}')).toBe(1);
    expect(await value('gateway_tool_calls_total{result="failed"}')).toBe(1);
    expect(await value('gateway_tool_calls_total{result="cut-short"}')).toBe(2);
    expect(await value('gateway_tool_call_seconds_sum{result="ok"}')).toBe(2);
    expect(await observer.registry.metrics()).not.toContain('lookup');
    switchboard.close();
  });

  it('tell how much was recorded, and why recordings failed', async () => {
    const { events, value } = site();
    events.publish('recording.saved', { sampleRate: 8000, durationMs: 1500, bytes: 48_044 });
    events.publish('recording.failed', { code: 'RECORDING_DISK_FULL' });
    expect(await value('gateway_recording_bytes_total')).toBe(48_044);
    expect(await value('gateway_recording_seconds_total')).toBe(1.5);
    expect(await value('gateway_recording_failures_total{code="RECORDING_DISK_FULL"}')).toBe(1);
  });

  it('tell what waits on disk, and count what was delivered and lost from there', async () => {
    const state: { -readonly [K in keyof SpoolState]: SpoolState[K] } = {
      rows: 7,
      fill: 0.25,
      oldestAgeMs: 90_000,
      delivered: 0,
      lost: {},
    };
    const { value } = site({
      spool: (name) => (name === 'calls' ? state : idleBacklogs.spool(name)),
    });
    expect(await value('gateway_spool_waiting{spool="calls"}')).toBe(7);
    expect(await value('gateway_spool_waiting{spool="webhooks"}')).toBe(0);
    expect(await value('gateway_spool_fill_ratio{spool="calls"}')).toBe(0.25);
    expect(await value('gateway_spool_age_seconds{spool="calls"}')).toBe(90);
    Object.assign(state, { rows: 0, oldestAgeMs: null, delivered: 7, lost: { 'no-room': 2 } });
    expect(await value('gateway_spool_delivered_total{spool="calls"}')).toBe(7);
    expect(await value('gateway_spool_age_seconds{spool="calls"}')).toBe(0);
    Object.assign(state, { delivered: 9, lost: { 'no-room': 5 } });
    expect(await value('gateway_spool_delivered_total{spool="calls"}')).toBe(9);
    expect(await value('gateway_spool_lost_total{spool="calls",reason="no-room"}')).toBe(5);
  });

  it('ask the database once in a scrape, and have no value where it is away or silent', async () => {
    let asked = 0;
    let isAway = false;
    let isSilent = false;
    const { value, observer, clock } = site({
      dials: () => {
        asked++;
        if (isSilent) return new Promise(() => undefined);
        if (isAway) return Promise.reject(new GatewayError('STORE_AWAY', 'away'));
        const orders = { queued: 3, dialling: 1, ringing: 0, answered: 2 };
        return Promise.resolve({ orders, overdueMs: 61_000, spentUsd: 4.5, spendLimitUsd: 20 });
      },
      outbox: () => (isAway ? Promise.reject(new Error('away')) : idleBacklogs.outbox()),
    });
    expect(await value('gateway_dial_queue{state="queued"}')).toBe(3);
    expect(asked).toBe(1);
    expect(await value('gateway_dial_queue_age_seconds')).toBe(61);
    expect(await value('gateway_dial_spend_usd')).toBe(4.5);
    expect(await value('gateway_dial_spend_limit_usd')).toBe(20);
    expect(await value('gateway_webhook_outbox_waiting')).toBe(0);
    isAway = true;
    for (const series of [
      'gateway_dial_queue{state="queued"}',
      'gateway_dial_queue_age_seconds',
      'gateway_webhook_outbox_age_seconds',
    ])
      expect(await value(series)).toBeNull();
    isAway = false;
    isSilent = true;
    const scrape = observer.registry.metrics();
    clock.advance(1000);
    expect(await scrape).not.toMatch(/^gateway_dial_spend_usd /m);
    isSilent = false;
    expect(await value('gateway_dial_spend_usd')).toBe(4.5);
  });
});
