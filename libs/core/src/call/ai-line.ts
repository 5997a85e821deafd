import {
  type AgentSettings,
  type AiBackend,
  type AiSession,
  type CallAgent,
  type Clock,
  type EndReason,
  type GatewayError,
  type LegFormats,
  type LegInfo,
  type Log,
  type PlatformLeg,
  sameFormat,
  type ToolCall,
} from '#libs/contracts';
import { AiConnection } from './ai-connection.js';
import { Briefing, sameSettings } from './briefing.js';
import { CallAiListener } from './call-ai-listener.js';
import type { CallMedia } from './call-media.js';

export interface AiLineParts extends Pick<CallMedia, 'router' | 'voice' | 'callerPath' | 'agentLatency'> {
  readonly callId: string;
  readonly agent: CallAgent;
  /** What is known of the call now. */
  readonly info: () => LegInfo;
  /** The AI's side of both paths, as agreed for the first backend. */
  readonly formats: LegFormats;
  readonly callerHash: string | null;
  readonly log: Log;
  readonly clock: Clock;
  isOver(): boolean;
  leg(): PlatformLeg | null;
  onToolCall(call: ToolCall, session: AiSession): void;
  /** The connection to the AI was lost and is being restored; and it is back. */
  onAway(isAway: boolean): void;
  /** A session is there, the first or another one. */
  onReady(session: AiSession): void;
  /** The session is gone and another backend is being asked. */
  onReplaced(): void;
  /** There is no AI any more, and none to be had. Null: it ended the conversation in good order. */
  onGone(reason: EndReason, error: GatewayError | null): void;
}

/** The AI's end of a call: one backend after another is asked until one answers, and told what the agent knows. */
export class AiLine {
  /** Null: not there yet, or not any more. */
  session: AiSession | null = null;
  /** A response is being made. */
  responding = false;
  private readonly backends: readonly AiBackend[];
  private readonly briefing: Briefing;
  private connection: AiConnection | null = null;
  private at = 0;
  private spoke = false;
  private isAway = false;

  constructor(private readonly parts: AiLineParts) {
    const { agent, formats, callId, info, router } = parts;
    this.backends = [
      agent.backend,
      ...agent.otherBackends.filter(
        ({ capabilities: { callerFormats, agentFormats } }) =>
          callerFormats.some((format) => sameFormat(format, formats.caller)) &&
          agentFormats.some((format) => sameFormat(format, formats.agent)),
      ),
    ];
    this.briefing = new Briefing(agent, callId, info, (settings) => this.adopt(settings));
    router.on('agent.audio.started', () => {
      this.spoke = true;
    });
  }

  /** Name of the backend that answers, or is being asked. */
  get backend(): string {
    return this.backends[this.at]!.name;
  }

  get speechEvents(): boolean {
    return this.backends[this.at]!.capabilities.speechEvents;
  }

  /** A session is there, and connected. */
  get isThere(): boolean {
    return this.session !== null && !this.isAway;
  }

  /** What the agent was told last; null: nothing yet. */
  get settings(): AgentSettings | null {
    return this.briefing.settings;
  }

  open(): void {
    const { parts } = this;
    const { callId, agent, formats, callerHash, log, clock } = parts;
    const connection = new AiConnection({
      callId,
      backend: this.backends[this.at]!,
      settings: () => this.briefing.get(),
      tools: agent.tools.definitions,
      callerFormat: formats.caller,
      agentFormat: formats.agent,
      callerHash,
      log,
      clock,
    });
    const listener = new CallAiListener({
      ...parts,
      backend: this.backend,
      isOver: () => parts.isOver(),
      leg: () => parts.leg(),
      session: () => this.session,
      onToolCall: (call) => {
        if (this.session !== null) parts.onToolCall(call, this.session);
      },
      onResponse: (running) => {
        this.responding = running;
      },
      onAway: () => this.away(true),
      onBack: () => this.away(false),
      onClosed: (error) => this.closed(error),
    });
    this.connection = connection;
    connection.open(
      listener,
      (session, told, tookMs) => this.ready(session, told, tookMs),
      (error) => this.failed(error),
    );
  }

  /** The call is better known now: the agent learns of it, as long as nothing was said. */
  informed(): void {
    if (!this.spoke) this.briefing.renew();
  }

  /** At once, or when the agent knows what it is being told. */
  whenBriefed(action: () => void): void {
    this.briefing.whenDone(action);
  }

  close(): void {
    this.briefing.close();
    this.connection?.close();
    this.session = null;
  }

  private away(isAway: boolean): void {
    this.isAway = isAway;
    this.parts.onAway(isAway);
  }

  private ready(session: AiSession, told: AgentSettings, tookMs: number): void {
    this.session = session;
    this.isAway = false;
    this.parts.router.publish('backend.connected', { backend: this.backend, tookMs });
    const { settings } = this.briefing;
    if (settings !== null && !sameSettings(settings, told)) this.adopt(settings);
    this.parts.onReady(session);
  }

  private adopt(settings: AgentSettings): void {
    if (!this.spoke) this.session?.adopt?.(settings);
  }

  private failed(error: GatewayError): void {
    const { backend } = this;
    this.parts.log.error(
      { backend, code: error.code, reason: error.message, advice: error.advice },
      'The AI could not be reached.',
    );
    this.parts.router.publish('backend.failed', { backend, code: error.code, fatal: true });
    if (!this.askNext(error)) this.parts.onGone('ai-unavailable', error);
  }

  private closed(error: GatewayError | null): void {
    if (error !== null && !this.spoke && this.askNext(error)) return;
    this.session = null;
    this.responding = false;
    this.parts.onGone(error === null ? 'agent-hung-up' : 'ai-closed', error);
  }

  /** False: there is no other backend. */
  private askNext(error: GatewayError): boolean {
    if (this.at + 1 >= this.backends.length) return false;
    this.connection?.close();
    this.session = null;
    this.responding = false;
    this.at++;
    this.parts.router.publish('call.fell.back', { to: 'backend', code: error.code });
    this.parts.onReplaced();
    this.open();
    return true;
  }
}
