import type { Dialler, DialRequest, DialStatus } from '#libs/contracts';
import type { OpenDatabase } from '#libs/store';
import { callHouse, until } from '#libs/testing';
import { OutboundConfig } from '../src/outbound.config.js';
import { OutboundDesk, type OutboundDeskOptions } from '../src/outbound-desk.js';
import { ScriptedDialler } from './scripted-dialler.js';

/** A Monday, noon in Berlin. */
export const MONDAY_NOON = Date.UTC(2026, 2, 2, 11);

export interface DeskHouseOptions {
  readonly config?: Partial<OutboundConfig>;
  readonly startAt?: number;
  readonly desk?: Partial<OutboundDeskOptions>;
  /** The platform of an earlier house, whose process has died. */
  readonly dialler?: ScriptedDialler;
}

/** No chain of questions here is longer: a claim from the look at the queue to its commit, and what is noted of it at once. */
const ROUND_TRIPS = 24;

/** A desk on a clock that stands still, with a switchboard and a scripted platform. */
export class DeskHouse {
  readonly calls = callHouse();
  readonly dialler: ScriptedDialler;
  readonly config = new OutboundConfig();
  readonly desk: OutboundDesk;
  private readonly epoch: number;

  constructor(
    private readonly database: OpenDatabase,
    options: DeskHouseOptions = {},
  ) {
    const { clock, events, switchboard, log } = this.calls;
    this.epoch = (options.startAt ?? MONDAY_NOON) - clock.nowMs();
    Object.assign(
      this.config,
      { allowedPrefixes: ['+49', '+1'], busyRetryMs: 60_000, maxPerNumberPerDay: 100 },
      options.config,
    );
    this.dialler = options.dialler ?? new ScriptedDialler(() => this.now);
    const diallers = new Map<string, Dialler>([['scripted', this.dialler]]);
    this.desk = new OutboundDesk({
      config: this.config,
      database,
      diallers: () => diallers,
      calls: switchboard.desk,
      events,
      clock,
      now: () => this.now,
      log,
      redisUrl: null,
      ...options.desk,
    });
  }

  get now(): number {
    return this.epoch + this.calls.clock.nowMs();
  }

  order(request: Partial<DialRequest> = {}): Promise<DialStatus> {
    return this.desk.order({ to: '+4930123456', agent: 'scripted', ...request }, 'tester');
  }

  /** `queued dialling ringing …` of one order. */
  story(orderId: string): string {
    return this.calls.tape
      .all('dial.changed')
      .filter((change) => change.orderId === orderId)
      .map(({ state, outcome, code }) =>
        [state, ...(outcome === null ? [] : [outcome]), ...(code === null ? [] : [code])].join(':'),
      )
      .join(' ');
  }

  /** Lets time pass in small steps, and the database answer between them. */
  async pass(ms: number, stepMs = 1000): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.calls.clock.advance(Math.min(stepMs, ms - passed));
      await this.breathe();
    }
  }

  /** Time for what the database is asked, as much as it takes: it has answered as many questions as a step may need. */
  async breathe(): Promise<void> {
    const { db } = this.database;
    for (let i = 0; i < ROUND_TRIPS; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await db.selectFrom('dial_days').select('day').limit(1).execute();
    }
  }

  /** Until that many calls have been placed. Time goes on a little where a busy machine was slower than it. */
  async dialled(count: number): Promise<void> {
    for (let turn = 0; this.dialler.dialled.length < count && turn < 500; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (turn % 10 === 9) this.calls.clock.advance(1000);
    }
    if (this.dialler.dialled.length < count) throw new Error(`Waited in vain for call ${count}.`);
  }

  async tells(orderId: string, end: string): Promise<void> {
    await until(() => this.story(orderId).endsWith(end), `${end}, after ${this.story(orderId)}`);
  }
}
