import {
  type AgentCard,
  type CallAnnouncement,
  type CallControl,
  type CallState,
  type CallView,
  type Cancel,
  type EndReason,
  type GatewayError,
  type GatewayEvents,
  type LegInfo,
  type LegListener,
  type PlatformLeg,
} from '#libs/contracts';
import { neverConnected, notResumed } from '../errors.js';
import type { AgentVoice } from '../media/agent-voice.js';
import { formatsOf, type NegotiatedFormats, negotiate } from '../media/negotiate.js';
import type { CallEventRouter } from '../routing/event-router.js';
import { withDetails, withLeg } from './call-info.js';
import type { CallSessionOptions } from './call-options.js';
import { type CallParts, createCallParts } from './call-parts.js';
import { checkMove } from './call-state.js';
import { LegFaults } from './leg-faults.js';
import { type LegEnd, LegLink } from './leg-link.js';
import { ObserversOfCall } from './observers-of-call.js';

/**
 * One call: a leg to the platform and a session at the AI, either of which may come late or go away and return. It only
 * conducts; what is hard has a class of its own. Outlives its sockets.
 */
export class CallSession implements LegEnd, CallView {
  readonly id: string;
  readonly router: CallEventRouter;
  readonly startedAt = Date.now();
  readonly offeredMs: number;
  readonly agent: AgentCard;
  private currentState: CallState = 'offered';
  private currentInfo: LegInfo;
  private readonly formats: NegotiatedFormats;
  private readonly parts: CallParts;
  private readonly voice: AgentVoice;
  private readonly observers: ObserversOfCall;
  private readonly faults: LegFaults;
  private leg: PlatformLeg | null = null;
  private answeredLeg: PlatformLeg | null = null;
  private legIsReady = false;
  private connected = false;
  private suspendedMs = 0;
  private cancelLegTimer: Cancel | null = null;
  private onOverBeforeLeg: CallAnnouncement['onOver'] | null = null;

  /** Throws GatewayError CALL_NO_COMMON_FORMAT. Starts connecting the AI. */
  constructor(private readonly options: CallSessionOptions) {
    const { id, info, agent, clock, log } = options;
    const { name, version, recording, privacy } = agent;
    this.id = id;
    const sensitiveKeys = agent.tools.sensitiveKeys ?? false;
    this.agent = { name, version, recording, privacy, ...(sensitiveKeys ? { sensitiveKeys } : {}) };
    this.currentInfo = info;
    this.formats = negotiate(info, agent.backend.capabilities);
    this.offeredMs = clock.nowMs();
    this.observers = new ObserversOfCall(clock, log);
    const parts = createCallParts(options, {
      view: this,
      formats: this.formats,
      info: () => this.currentInfo,
      isOver: () => this.isOver,
      leg: () => this.leg,
      lineIsOpen: () => this.legIsReady,
      wasAnswered: () => this.answeredLeg !== null,
      openLine: (leg) => this.openLine(leg),
      aiReady: () => {
        if (this.leg !== null) this.settleLeg(this.leg);
      },
      end: (reason, error = null, told = false) => this.end(reason, error, told),
    });
    this.parts = parts;
    this.router = parts.media.router;
    this.voice = parts.media.voice;
    this.faults = new LegFaults(this.router, log);
    this.observers.admit(options.observers, this);
    this.router.publish('call.offered', {
      platform: info.platform,
      backend: this.backend,
      direction: info.direction,
      agent: name,
      agentVersion: version,
    });
    this.moveTo('connecting');
    parts.ai.open();
  }

  /** For an operator. */
  get control(): CallControl {
    return this.parts.stepIn;
  }

  get info(): LegInfo {
    return this.currentInfo;
  }

  get state(): CallState {
    return this.currentState;
  }

  get backend(): string {
    return this.parts.ai.backend;
  }

  get isOver(): boolean {
    return this.currentState === 'ending' || this.currentState === 'ended';
  }

  get hasLeg(): boolean {
    return this.leg !== null;
  }

  /** Without a leg in time, the call is given up. */
  expectLeg({ expiresInMs, onOver }: CallAnnouncement): void {
    this.onOverBeforeLeg = onOver ?? null;
    this.cancelLegTimer = this.options.clock.after(expiresInMs, () =>
      this.end('never-connected', neverConnected()),
    );
  }

  /** The call's media connection is there, for the first time or again. */
  attach(leg: PlatformLeg): LegListener {
    this.cancelLegTimer?.();
    this.cancelLegTimer = null;
    this.onOverBeforeLeg = null;
    this.leg = leg;
    this.legIsReady = false;
    this.currentInfo = withLeg(this.currentInfo, leg.info);
    this.parts.ai.informed();
    // The leg gets its listener before anything is asked of it.
    const link = new LegLink(
      this,
      this.parts.media,
      this.parts.keys,
      (other) => other === this.leg && !this.isOver,
      leg,
    );
    queueMicrotask(() => this.settleLeg(leg));
    return link;
  }

  // What the leg tells.

  legReady(): void {
    this.legIsReady = true;
    this.voice.lineOpened(this.sinceOfferMs);
    if (this.parts.endings.isDue) this.parts.endings.lineChanged();
    else this.bothReady();
  }

  details(details: Parameters<LegListener['onDetails']>[0]): void {
    this.currentInfo = withDetails(this.currentInfo, details);
    this.parts.ai.informed();
  }

  legFault(error: GatewayError): void {
    this.faults.tell(this.currentInfo.platform, error);
  }

  legLost(error: GatewayError): void {
    const { resumeWithinMs } = this.currentInfo.capabilities;
    this.router.publish('platform.failed', {
      platform: this.currentInfo.platform,
      code: error.code,
      fatal: resumeWithinMs === null,
    });
    if (resumeWithinMs === null) {
      this.end('leg-lost', error);
      return;
    }
    this.leg = null;
    this.legIsReady = false;
    this.moveTo('suspended');
    this.suspendedMs = this.options.clock.nowMs();
    const unheard = this.voice.disconnect();
    if (unheard.length > 0 || this.parts.ai.responding) this.parts.welcome.owe();
    // Also where nothing was sent yet: what the AI says into the void must not count as said.
    this.parts.ai.session?.interrupt(unheard);
    this.router.publish('call.suspended', { code: error.code });
    this.cancelLegTimer = this.options.clock.after(resumeWithinMs, () => this.end('leg-lost', notResumed()));
  }

  legHungUp(reason: EndReason): void {
    this.parts.stepIn.legEnded(reason);
    this.end(reason, null);
  }

  /** Once a second: what is measured becomes events. */
  tick(): void {
    this.voice.tick();
    this.parts.endings.tick();
    this.parts.media.drops.publish();
  }

  /**
   * Ends the call, once; `told`: the caller has heard why. The order: no more sound, the AI, the leg, `call.ended`, the observers' closers, the registry.
   */
  end(reason: EndReason, error: GatewayError | null, told = false): void {
    if (this.isOver) return;
    this.moveTo('ending');
    this.cancelLegTimer?.();
    this.parts.endings.close();
    this.parts.media.lastWord.close();
    this.parts.keys.close();
    this.parts.media.callerPath.disconnect();
    this.voice.close();
    this.parts.ai.close();
    this.leg?.hangUp(reason, told);
    this.onOverBeforeLeg?.(reason);
    this.leg = null;
    this.parts.media.drops.publish();
    const ending = { reason, code: error?.code ?? null, durationMs: this.sinceOfferMs };
    this.parts.tools.close(reason === 'transferred', () => this.ended(ending));
  }

  private ended(ending: GatewayEvents['call.ended']): void {
    this.router.publish('call.ended', ending);
    this.options.onOver();
    void this.observers.close(this.options.limits.closersMs).then(() => {
      this.moveTo('ended');
      this.router.close();
      this.options.onEnded();
    });
  }

  private get sinceOfferMs(): number {
    return this.options.clock.nowMs() - this.offeredMs;
  }

  /** Answers the leg as soon as both sides are there; an open line is answered early and filled. */
  private settleLeg(leg: PlatformLeg): void {
    if (this.leg !== leg || this.isOver) return;
    if (this.state === 'suspended') {
      this.moveTo('connecting');
      this.forgetUnsaid();
      this.router.publish('call.resumed', { afterMs: this.options.clock.nowMs() - this.suspendedMs });
    }
    if (this.parts.endings.isDue) {
      // A caller who was there before hears on: an operator, or what he gets in the AI's place.
      if (this.answeredLeg !== null) this.openLine(leg);
      this.parts.endings.lineChanged();
      return;
    }
    if (this.parts.ai.session === null) {
      if (!leg.info.capabilities.earlyMedia) return;
      this.voice.fill('connecting');
    } else if (this.state === 'connecting') this.moveTo('active');
    if (this.answeredLeg === leg) this.bothReady();
    else this.openLine(leg);
  }

  private openLine(leg: PlatformLeg): void {
    if (this.answeredLeg === leg) return;
    this.answeredLeg = leg;
    this.voice.connect(leg, this.formats.leg);
    leg.answer(this.formats.leg);
  }

  private bothReady(): void {
    const { session } = this.parts.ai;
    if (!this.legIsReady || session === null || this.isOver) return;
    if (!this.connected) {
      this.connected = true;
      this.router.publish('call.connected', {
        platform: this.currentInfo.platform,
        backend: this.backend,
        ...formatsOf(this.formats),
        setupMs: this.sinceOfferMs,
      });
    }
    this.parts.welcome.bothReady(session);
  }

  /** What the AI said while nobody was there counts as not heard, and is owed. */
  private forgetUnsaid(): void {
    const unsaid = this.voice.interrupt('leg-lost');
    if (unsaid.length === 0) return;
    this.parts.welcome.owe();
    this.parts.ai.session?.interrupt(unsaid);
  }

  private moveTo(state: CallState): void {
    checkMove(this.currentState, state);
    this.currentState = state;
  }
}
