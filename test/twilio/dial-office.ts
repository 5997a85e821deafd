import { type CalleeScript, startTwilioApi, type TwilioApi } from '#apps/simulator';
import type { Callee, DialListener, DialOrder, DialOutcome } from '#libs/contracts';
import type { TwilioConfig } from '../../libs/platforms/twilio/src/twilio.config.js';
import { ACCOUNT } from '../../libs/platforms/twilio/test/wire.js';
import { PUBLIC, Site, TOKEN } from './site.js';

/** What became of an order, in order. */
export class DialTape implements DialListener {
  readonly story: string[] = [];

  onRinging(): void {
    this.story.push('ringing');
  }

  onAnswered(): void {
    this.story.push('answered');
  }

  onCallee(callee: Callee, tookMs: number): void {
    this.story.push(`callee ${callee} ${tookMs}`);
  }

  onOver(outcome: DialOutcome, code: string | null): void {
    this.story.push(`over ${outcome}${code === null ? '' : ` ${code}`}`);
  }
}

/** The plug-in with an account of its own at a simulated Twilio. */
export class DialOffice {
  /** Who is at a number. */
  callees: Record<string, CalleeScript> = {};

  private readonly idleTimers: number;

  private constructor(
    readonly api: TwilioApi,
    readonly site: Site,
  ) {
    this.idleTimers = site.clock.pending;
  }

  /** Timers that calls have set and not yet let go. */
  get timers(): number {
    return this.site.clock.pending - this.idleTimers;
  }

  static async open(settings: Partial<TwilioConfig> = {}, dataDir?: string): Promise<DialOffice> {
    const dialling = {
      gatewayOrigin: '',
      publicUrl: PUBLIC,
      callee: (to: string) => office.callees[to] ?? {},
    };
    const api = await startTwilioApi({ accountSid: ACCOUNT, authToken: TOKEN, dialling });
    const account = { accountSid: ACCOUNT, authToken: TOKEN, fromNumber: '+15550100002', apiUrl: api.url };
    const site = await Site.open({ ...account, ...settings }, PUBLIC, 10, dataDir);
    dialling.gatewayOrigin = site.origin;
    const office = new DialOffice(api, site);
    offices.push(office);
    return office;
  }

  get dialler() {
    return this.site.adapter.dialler!;
  }

  order(change: Partial<DialOrder> = {}): DialOrder {
    return {
      orderId: 'order-1',
      to: '+15550100077',
      from: '',
      agent: 'sales',
      parameters: { customer: 'Ada', balance: '12' },
      ringForMs: 5000,
      maxCallMs: 7_200_000,
      detectMachine: false,
      recordAtPlatform: false,
      ...change,
    };
  }

  /** Requests of one kind that the API got. */
  asked(method: string, path: RegExp) {
    return this.api.requests.filter((one) => one.method === method && path.test(one.path));
  }

  async close(): Promise<void> {
    for (const call of this.api.dialled) call.hangUp();
    await Promise.all(this.api.dialled.map((call) => call.ended));
    await this.api.close();
  }
}

const offices: DialOffice[] = [];

export async function closeOffices(): Promise<void> {
  for (const office of offices.splice(0)) await office.close();
}
