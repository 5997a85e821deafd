import {
  type AiListener,
  type AiSession,
  type CallControl,
  type CallState,
  type CallView,
  type Cancel,
  type EndReason,
  type GatewayError,
  type LegInfo,
  type LegListener,
  type PlatformLeg,
} from '#libs/contracts';
import { neverConnected, notResumed } from '../errors.js';
import type { AgentVoice } from '../media/agent-voice.js';
import { formatsOf, type NegotiatedFormats, negotiate } from '../media/negotiate.js';
import type { CallEventRouter } from '../routing/event-router.js';
import { AiConnection } from './ai-connection.js';
import { AiEar } from './ai-ear.js';
import { CallAiListener } from './call-ai-listener.js';
import { withDetails, withLeg } from './call-info.js';
import { type CallMedia, createCallMedia } from './call-media.js';
import type { CallSessionOptions } from './call-options.js';
import { checkMove } from './call-state.js';
import { CallerKeys } from './caller-keys.js';
import { Farewell } from './farewell.js';
import { LegFaults } from './leg-faults.js';
import { type LegEnd, LegLink } from './leg-link.js';
import { ObserversOfCall } from './observers-of-call.js';
import { StepIn } from './step-in.js';
import { ToolDesk } from './tool-desk.js';

/**
 * One call: a leg to the platform and a session at the AI, either of which may come late or go away and return. It only
 * conducts; what is hard has a class of its own. Outlives its sockets.
 */
export class CallSession implements LegEnd, CallView {
  readonly id: string;
  readonly router: CallEventRouter;
  readonly startedAt = Date.now();
  private currentState: CallState = 'offered';
  private currentInfo: LegInfo;
  private readonly formats: NegotiatedFormats;
  private readonly media: CallMedia;
  private readonly voice: AgentVoice;
  private readonly keys: CallerKeys;
  private readonly aiEar: AiEar;
  private readonly farewell: Farewell;
  private readonly stepIn: StepIn;
  private readonly tools: ToolDesk;
  private readonly ai: AiConnection;
  private readonly observers: ObserversOfCall;
  private readonly faults: LegFaults;
  private readonly offeredMs: number;
  private aiSession: AiSession | null = null;
  private leg: PlatformLeg | null = null;
  private answeredLeg: PlatformLeg | null = null;
  private legIsReady = false;
  private responding = false;
  private owesAnswer = false;
  private connected = false;
  private suspendedMs = 0;
  private cancelLegTimer: Cancel | null = null;

  /** Throws GatewayError CALL_NO_COMMON_FORMAT. Starts connecting the AI. */
  constructor(private readonly options: CallSessionOptions) {
    const { id, info, backend, clock, limits, log } = options;
    this.id = id;
    this.currentInfo = info;
    this.formats = negotiate(info, backend.capabilities);
    this.offeredMs = clock.nowMs();
    this.observers = new ObserversOfCall(clock, log);
    this.media = createCallMedia(options, this.formats.ai.agent, () => this.playedOut());
    this.router = this.media.router;
    this.voice = this.media.voice;
    this.faults = new LegFaults(this.router, log);
    this.keys = new CallerKeys(clock, this.voice, limits.keysInterrupt);
    this.aiEar = new AiEar(this.media.callerPath, this.formats.leg.caller, this.formats.ai.caller);
    this.farewell = new Farewell(clock, this.voice, (reason, error) => this.end(reason, error));
    this.stepIn = new StepIn({
      ...this.media,
      view: this,
      clock,
      aiEar: this.aiEar,
      farewell: this.farewell,
      format: this.formats.ai.agent,
      isOver: () => this.isOver,
      lineIsOpen: () => this.legIsReady,
      session: () => this.aiSession,
      hangUp: () => this.end('operator-hung-up', null),
    });
    this.tools = new ToolDesk({
      ...options,
      callId: id,
      router: this.router,
      timeoutMs: limits.toolTimeoutMs,
      onBusy: (busy) => (busy ? this.voice.fill('tool-running') : this.voice.stopFilling('tool-running')),
    });
    this.ai = new AiConnection({
      ...options,
      callId: id,
      tools: options.toolBox.definitions,
      callerFormat: this.formats.ai.caller,
      agentFormat: this.formats.ai.agent,
    });
    this.observers.admit(options.observers, this);
    this.router.publish('call.offered', {
      platform: info.platform,
      backend: backend.name,
      direction: info.direction,
    });
    this.moveTo('connecting');
    this.ai.open(
      this.aiListener(),
      (session, tookMs) => this.aiReady(session, tookMs),
      (error) => this.aiFailed(error),
    );
  }

  /** For an operator. */
  get control(): CallControl {
    return this.stepIn;
  }

  get info(): LegInfo {
    return this.currentInfo;
  }

  get state(): CallState {
    return this.currentState;
  }

  get backend(): string {
    return this.options.backend.name;
  }

  get isOver(): boolean {
    return this.currentState === 'ending' || this.currentState === 'ended';
  }

  get hasLeg(): boolean {
    return this.leg !== null;
  }

  /** Without a leg by then, the call is given up. */
  expectLeg(withinMs: number): void {
    this.cancelLegTimer = this.options.clock.after(withinMs, () =>
      this.end('never-connected', neverConnected()),
    );
  }

  /** The call's media connection is there, for the first time or again. */
  attach(leg: PlatformLeg): LegListener {
    this.cancelLegTimer?.();
    this.cancelLegTimer = null;
    this.leg = leg;
    this.legIsReady = false;
    this.currentInfo = withLeg(this.currentInfo, leg.info);
    // The leg gets its listener before anything is asked of it.
    const link = new LegLink(this, this.media, this.keys, (other) => other === this.leg && !this.isOver, leg);
    queueMicrotask(() => this.settleLeg(leg));
    return link;
  }

  // What the leg tells.

  legReady(): void {
    this.legIsReady = true;
    this.voice.lineOpened(this.sinceOfferMs);
    this.bothReady();
  }

  details(details: Parameters<LegListener['onDetails']>[0]): void {
    this.currentInfo = withDetails(this.currentInfo, details);
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
    this.owesAnswer ||= unheard.length > 0 || this.responding;
    // Also where nothing was sent yet: what the AI says into the void must not count as said.
    this.aiSession?.interrupt(unheard);
    this.router.publish('call.suspended', { code: error.code });
    this.cancelLegTimer = this.options.clock.after(resumeWithinMs, () => this.end('leg-lost', notResumed()));
  }

  legHungUp(reason: EndReason): void {
    this.end(reason, null);
  }

  /** Once a second: what is measured becomes events. */
  tick(): void {
    this.voice.tick();
    this.media.drops.publish();
  }

  /**
   * Ends the call, once. The order: no more sound, the AI, the leg, `call.ended`, the observers' closers, the registry.
   */
  end(reason: EndReason, error: GatewayError | null): void {
    if (this.isOver) return;
    this.moveTo('ending');
    this.cancelLegTimer?.();
    this.farewell.close();
    this.keys.close();
    this.media.callerPath.disconnect();
    this.voice.close();
    this.tools.close();
    this.ai.close();
    this.aiSession = null;
    this.leg?.hangUp(reason);
    this.leg = null;
    this.media.drops.publish();
    this.router.publish('call.ended', { reason, code: error?.code ?? null, durationMs: this.sinceOfferMs });
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

  private aiListener(): AiListener {
    return new CallAiListener({
      ...this.media,
      log: this.options.log,
      backend: this.backend,
      isOver: () => this.isOver,
      leg: () => this.leg,
      session: () => this.aiSession,
      onToolCall: (call) => {
        if (this.aiSession !== null) this.tools.run(call, this.aiSession);
      },
      onResponse: (running) => {
        this.responding = running;
      },
      onAway: () => this.aiEar.away(true),
      onBack: () => this.aiEar.away(false),
      onClosed: (error) => this.farewell.aiLeft(error === null ? 'agent-hung-up' : 'ai-closed', error),
    });
  }

  private aiReady(session: AiSession, tookMs: number): void {
    this.aiSession = session;
    this.router.publish('backend.connected', { backend: this.backend, tookMs });
    this.voice.stopFilling('connecting');
    this.aiEar.aiReady(session);
    if (this.leg !== null) this.settleLeg(this.leg);
    this.keys.aiReady(session);
  }

  private aiFailed(error: GatewayError): void {
    this.options.log.error(
      { code: error.code, reason: error.message, advice: error.advice },
      'The AI could not be reached; the call ends.',
    );
    this.router.publish('backend.failed', { backend: this.backend, code: error.code, fatal: true });
    this.farewell.aiLeft('ai-unavailable', error);
  }

  /** Answers the leg as soon as both sides are there; an open line is answered early and filled. */
  private settleLeg(leg: PlatformLeg): void {
    if (this.leg !== leg || this.isOver) return;
    if (this.state === 'suspended') {
      this.moveTo('connecting');
      this.forgetUnsaid();
      this.router.publish('call.resumed', { afterMs: this.options.clock.nowMs() - this.suspendedMs });
    }
    if (this.aiSession === null) {
      if (!leg.info.capabilities.earlyMedia) return;
      this.voice.fill('connecting');
    } else if (this.state === 'connecting') this.moveTo('active');
    if (this.answeredLeg === leg) {
      this.bothReady();
      return;
    }
    this.answeredLeg = leg;
    this.voice.connect(leg, this.formats.leg);
    leg.answer(this.formats.leg);
  }

  /** Both sides are there: the caller is greeted, once; one who was away gets what is still owed. */
  private bothReady(): void {
    const { aiSession } = this;
    if (!this.legIsReady || aiSession === null || this.isOver) return;
    if (!this.connected) {
      this.connected = true;
      this.router.publish('call.connected', {
        platform: this.currentInfo.platform,
        backend: this.backend,
        ...formatsOf(this.formats),
        setupMs: this.sinceOfferMs,
      });
      // Who has taken over has greeted, and what was owed is the operator's now.
      if (!this.stepIn.takenOver) aiSession.greet();
    } else if (this.owesAnswer && !this.stepIn.takenOver) aiSession.goOn?.();
    this.owesAnswer = false;
  }

  /** What the AI said while nobody was there counts as not heard, and is owed. */
  private forgetUnsaid(): void {
    const unsaid = this.voice.interrupt('leg-lost');
    if (unsaid.length === 0) return;
    this.owesAnswer = true;
    this.aiSession?.interrupt(unsaid);
  }

  private playedOut(): void {
    if (!this.farewell.playedOut()) this.aiSession?.playedOut?.();
  }

  private moveTo(state: CallState): void {
    checkMove(this.currentState, state);
    this.currentState = state;
  }
}
