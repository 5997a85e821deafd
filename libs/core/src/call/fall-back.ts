import {
  type AgentSettings,
  type AudioFormat,
  asGatewayError,
  type CallAgent,
  type Cancel,
  type Clock,
  type EndReason,
  type GatewayError,
  type Log,
  type PlatformLeg,
  type TextLine,
} from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';
import { type Announcement, type Announcements, announcementFrames } from '../media/announcements.js';
import type { LastWord } from '../media/last-word.js';
import type { CallEventRouter } from '../routing/event-router.js';
import { TextConversation } from './text-conversation.js';

export interface FallBackParts {
  readonly agent: CallAgent;
  readonly announcements: Announcements;
  readonly router: CallEventRouter;
  readonly voice: AgentVoice;
  readonly lastWord: LastWord;
  /** What the agent's track takes. */
  readonly format: AudioFormat;
  readonly clock: Clock;
  readonly log: Log;
  isOver(): boolean;
  leg(): PlatformLeg | null;
  /** The caller can hear what is said. */
  lineIsOpen(): boolean;
  /** The caller has heard us before, if only by another leg. */
  wasAnswered(): boolean;
  /** Answers the call, if it is not answered yet; `go` is called when the line is open. */
  openLine(leg: PlatformLeg): void;
  /** What the agent was told; null: nothing. */
  settings(): AgentSettings | null;
  soFar(): readonly TextLine[];
  /** Somebody is handing the caller on already. */
  isHandingOn(): boolean;
  /** Ends the call when it worked; rejects when the call goes on. */
  transfer(to: string): Promise<void>;
  /** `told`: the caller has heard that the call cannot go on. */
  end(reason: EndReason, error: GatewayError, told: boolean): void;
}

/**
 * What a caller gets whose AI cannot be had: an announcement, then whoever takes him — a number, or a text model in turns where
 * the platform can — or the end. `go` takes the next step; it is called again whenever one may be possible: the line is open,
 * what was announced was heard, an operator has given the line back.
 */
export class FallBack {
  private step: 'begin' | 'loading' | 'holding' | 'handing-on' | 'in-turns' | 'goodbye' = 'begin';
  private told = false;
  private cancelTimer: Cancel | null = null;
  /** What follows the announcement. */
  private next: 'holding' | 'goodbye' = 'holding';
  /** The leg that the announcement is being heard on. */
  private toldOn: PlatformLeg | null = null;
  private why: { readonly reason: EndReason; readonly error: GatewayError } | null = null;

  constructor(private readonly parts: FallBackParts) {}

  go(reason: EndReason, error: GatewayError): void {
    this.why ??= { reason, error };
    if (this.toldOn !== null && this.toldOn !== this.parts.leg()) this.rewind();
    if (this.step === 'begin') this.begin();
    else if (this.step === 'holding') this.handOn();
    else if (this.step === 'goodbye') this.end();
  }

  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  /** The leg was lost in the middle of the announcement, so nobody was told: it is heard from its beginning on the one that comes back. */
  private rewind(): void {
    this.close();
    this.toldOn = null;
    this.told = false;
    this.step = 'begin';
  }

  private begin(): void {
    const leg = this.parts.leg();
    // One that is announced or may come back is waited for.
    if (leg === null) return;
    if (this.parts.lineIsOpen()) this.announce(this.next);
    // A platform that keeps the line ringing may know somebody else who answers, unless this plan does.
    else if (this.mayOpen(leg)) this.parts.openLine(leg);
    else this.handOn();
  }

  private mayOpen(leg: PlatformLeg): boolean {
    const { agent, wasAnswered } = this.parts;
    if (leg.info.capabilities.earlyMedia || wasAnswered()) return true;
    return this.number !== null || agent.away.announcement !== null;
  }

  private announce(next: 'holding' | 'goodbye'): void {
    const { agent, announcements, leg, log, isOver, voice } = this.parts;
    // Null: what ships with Patchbay.
    const path = next === 'holding' ? agent.away.announcement : null;
    this.next = next;
    const lasts = next === 'goodbye' || !this.someoneTakes;
    this.step = 'loading';
    const shipped = () => announcements.shipped(lasts ? 'sorry-goodbye' : 'sorry-hold');
    const clip =
      path === null
        ? shipped()
        : announcements.file(path).catch((thrown: unknown) => {
            const { code, message } = asGatewayError(thrown, 'ANNOUNCEMENT_UNREADABLE', 'No announcement');
            log.error({ code, reason: message }, 'The caller hears the shipped announcement.');
            return shipped();
          });
    clip.then(
      (sound) => {
        if (isOver()) return;
        // Its loss came while the clip was being read; one that comes back is told.
        this.step = leg() === null ? 'begin' : next;
        if (this.step === 'begin') return;
        // The operator has the line; this goes on when it is given back.
        if (voice.floor === 'operator') return;
        this.play(sound);
        if (path !== null || lasts) this.told = true;
      },
      (thrown: unknown) => {
        if (isOver()) return;
        const { code, message } = asGatewayError(thrown, 'ANNOUNCEMENT_UNREADABLE', 'No announcement');
        log.error({ code, reason: message }, 'The caller hears no announcement.');
        this.step = next;
        this.goOn();
      },
    );
  }

  private play(clip: Announcement): void {
    const { voice, router, clock, format, lastWord, leg } = this.parts;
    this.toldOn = leg();
    const itemId = voice.newOwnItem('announcement');
    for (const frame of announcementFrames(clip, format, clock.nowMs())) voice.send(frame, itemId);
    voice.finishItem(itemId);
    router.publish('call.fell.back', { to: 'message', code: this.why!.error.code });
    const all = { next: 'none', shielded: true, last: false } as const;
    this.cancelTimer = lastWord.whenHeard(all, () => this.goOn());
  }

  /** As `go`, of its own accord. */
  private goOn(): void {
    const { isOver, isHandingOn, voice } = this.parts;
    if (isOver() || isHandingOn() || voice.floor === 'operator') return;
    this.go(this.why!.reason, this.why!.error);
  }

  private get number(): string | null {
    const leg = this.parts.leg();
    return leg?.transfer && leg.info.capabilities.transfer ? this.parts.agent.away.transferTo : null;
  }

  private get turns(): TextConversation | null {
    const { agent, leg, settings, soFar, log, router, isOver } = this.parts;
    const told = settings();
    const vendor = [agent.backend, ...agent.otherBackends].find(({ text }) => text !== undefined);
    if (!agent.away.turns || !leg()?.takeTurns || vendor?.text === undefined || told === null) return null;
    return new TextConversation({
      model: vendor.text,
      backend: vendor.name,
      settings: told,
      soFar: soFar(),
      router,
      log,
      isOver,
      onOver: () => {
        if (!isOver()) this.end();
      },
    });
  }

  private get someoneTakes(): boolean {
    return this.number !== null || this.turns !== null;
  }

  private handOn(): void {
    this.close();
    // The leg is lost and may come back.
    if (this.parts.leg() === null) return;
    const { number } = this;
    this.toldOn = null;
    this.step = 'handing-on';
    if (number === null) this.goInTurns();
    else void this.transfer(number);
  }

  private async transfer(to: string): Promise<void> {
    const { router, log, isOver, transfer } = this.parts;
    router.publish('call.fell.back', { to: 'number', code: this.why!.error.code });
    try {
      await transfer(to);
    } catch (thrown) {
      const { code, message } = asGatewayError(thrown, 'TRANSFER_FAILED', 'The caller was not taken');
      log.error({ code, reason: message }, 'A caller without an AI could not be handed on.');
      if (!isOver()) this.goInTurns();
    }
  }

  private goInTurns(): void {
    const { leg, router, lineIsOpen } = this.parts;
    const { turns } = this;
    if (turns !== null && leg()?.takeTurns?.(turns)) {
      router.publish('call.fell.back', { to: 'turns', code: this.why!.error.code });
      this.told = true;
      this.step = 'in-turns';
      turns.begin();
    } else if (this.told || !lineIsOpen()) this.end();
    else this.announce('goodbye');
  }

  private end(): void {
    this.close();
    this.parts.end(this.why!.reason, this.why!.error, this.told);
  }
}
