import { placeTwilioCall, type TwilioCall } from '#apps/simulator';
import type { AgentCard, CallView, DialOrder, EndReason, LegInfo, RecordingPolicy } from '#libs/contracts';
import { AudioPath, CallEventRouter, GatewayEventRouter } from '#libs/core';
import { until } from '#libs/testing';
import { ACCOUNT } from '../../libs/platforms/twilio/test/wire.js';
import { type DialOffice, DialTape } from './dial-office.js';
import { PUBLIC, TOKEN } from './site.js';

export const POLICY: RecordingPolicy = { announcement: null, fromAnswer: false, keepForMs: null };

/** A call at the simulated Twilio, shown to the plug-in as the gateway shows its calls to observers. */
export class RecordedCallView implements CallView {
  readonly id = 'call-1';
  readonly backend = 'echo';
  readonly state = 'active';
  readonly startedAt = Date.now();
  readonly offeredMs: number;
  readonly agent: AgentCard;
  readonly router: CallEventRouter;

  private constructor(
    readonly info: LegInfo,
    recording: RecordingPolicy | null,
    private readonly office: DialOffice,
    /** Twilio's end. */
    readonly call: TwilioCall,
  ) {
    const { clock, log } = office.site;
    this.offeredMs = clock.nowMs();
    this.agent = { name: 'desk', version: 1, recording, privacy: { redact: [], keepForMs: null } };
    const path = () =>
      new AudioPath({ holdMs: 0, onTapFailure: (err) => log.error({ err }, 'A tap threw.') });
    const gateway = new GatewayEventRouter(clock, log);
    this.router = new CallEventRouter(this.id, clock, gateway, { caller: path(), agent: path() });
  }

  /** Somebody calls; he is heard, and the call is offered. */
  static async incoming(office: DialOffice, policy: RecordingPolicy | null = POLICY) {
    const call = placeTwilioCall({
      webhookUrl: `${office.site.origin}/twilio/voice`,
      publicUrl: PUBLIC,
      authToken: TOKEN,
      accountSid: ACCOUNT,
    });
    office.api.add(call);
    return RecordedCallView.offer(office, policy, call);
  }

  static async dialled(
    office: DialOffice,
    policy: RecordingPolicy | null = POLICY,
    order: Partial<DialOrder> = { recordAtPlatform: true },
  ) {
    await office.dialler.dial(office.order(order), new DialTape());
    return RecordedCallView.offer(office, policy, office.api.dialled.at(-1)!);
  }

  get callSid(): string {
    return this.call.callSid;
  }

  /** What Twilio has recorded, or is recording. */
  get recording() {
    return this.call.recordings[0]!;
  }

  answered(): void {
    this.router.publish('call.answered', { setupMs: 1 });
  }

  connected(): void {
    const format = { encoding: 'mulaw', sampleRate: 8000 } as const;
    this.router.publish('call.connected', {
      platform: 'twilio',
      backend: 'echo',
      callerFormat: format,
      agentFormat: format,
      aiCallerFormat: format,
      aiAgentFormat: format,
      setupMs: 1,
    });
  }

  /** The call is connected, Twilio records it, and the gateway knows it. */
  async begun(): Promise<this> {
    this.connected();
    const { lines } = this.office.site.log;
    const isOurs = (fields: object) => 'callSid' in fields && fields.callSid === this.callSid;
    await until(
      () => lines.some(({ message, fields }) => message.includes('is in-progress') && isOurs(fields)),
      'the beginning of the recording',
    );
    return this;
  }

  /** The call is over for the gateway; at Twilio it goes on until somebody hangs up. */
  ended(reason: EndReason = 'caller-hung-up'): void {
    this.router.publish('call.ended', { reason, code: null, durationMs: 1 });
  }

  async hangUp(): Promise<void> {
    this.call.hangUp();
    this.ended();
    await this.call.ended;
  }

  collecting(sensitive = true): void {
    this.router.publish('digits.collecting', { sensitive });
  }

  collected(sensitive = true): void {
    this.router.publish('digits.collected', { digits: '', complete: true, sensitive });
  }

  private static async offer(office: DialOffice, policy: RecordingPolicy | null, call: TwilioCall) {
    const legOf = () => office.site.intake.calls.find(({ leg }) => leg.info.platformCallId === call.callSid);
    await until(() => (legOf()?.heardMs ?? 0) > 200, 'sound of the caller');
    const view = new RecordedCallView(legOf()!.leg.info, policy, office, call);
    view.recordings.onCall(view);
    return view;
  }

  private get recordings() {
    return this.office.site.adapter.recordings!;
  }
}
