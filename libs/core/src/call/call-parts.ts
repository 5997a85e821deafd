import type { CallView, EndReason, GatewayError, LegInfo, PlatformLeg } from '#libs/contracts';
import type { NegotiatedFormats } from '../media/negotiate.js';
import { AiEar } from './ai-ear.js';
import { AiLine } from './ai-line.js';
import { BY_GATEWAY } from './by-whom.js';
import { type CallMedia, createCallMedia } from './call-media.js';
import type { CallSessionOptions } from './call-options.js';
import { CallerKeys } from './caller-keys.js';
import { Endings } from './endings.js';
import { StepIn } from './step-in.js';
import { ToolDesk } from './tool-desk.js';
import { Welcome } from './welcome.js';

/** What the parts of a call ask of the call itself. */
export interface CallPartsOwner {
  readonly view: CallView;
  readonly formats: NegotiatedFormats;
  /** What is known of the call now. */
  info(): LegInfo;
  isOver(): boolean;
  leg(): PlatformLeg | null;
  /** The caller can hear what is said. */
  lineIsOpen(): boolean;
  /** The caller has heard us before, if only by another leg. */
  wasAnswered(): boolean;
  openLine(leg: PlatformLeg): void;
  /** The AI is there. */
  aiReady(): void;
  /** `told`: the caller has heard why. */
  end(reason: EndReason, error?: GatewayError | null, told?: boolean): void;
}

/** Who does the work of a call. */
export interface CallParts {
  readonly media: CallMedia;
  readonly keys: CallerKeys;
  readonly endings: Endings;
  readonly stepIn: StepIn;
  readonly tools: ToolDesk;
  readonly ai: AiLine;
  readonly welcome: Welcome;
}

/** Wires the parts of a call to each other, once per call. */
export function createCallParts(options: CallSessionOptions, owner: CallPartsOwner): CallParts {
  const { id, agent, clock, limits } = options;
  const { formats, lineIsOpen } = owner;
  const media = createCallMedia(options, formats.ai.agent, () => {
    endings.playedOut();
    ai.session?.playedOut?.();
  });
  const { voice, callerPath } = media;
  const keys = new CallerKeys({
    ...media,
    clock,
    interrupting: limits.keysInterrupt,
    sensitiveKeys: agent.tools.sensitiveKeys ?? false,
  });
  const aiEar = new AiEar(callerPath, formats.leg.caller, formats.ai.caller);
  const call = {
    ...media,
    ...options,
    ...owner,
    callId: id,
    keys,
    aiEar,
    /** What the agent's track takes. */
    format: formats.ai.agent,
    session: () => ai.session,
  };
  const endings: Endings = new Endings({
    ...call,
    settings: () => ai.settings,
    hearsCaller: () => ai.speechEvents,
    isBusy: () => !lineIsOpen() || !ai.isThere || ai.responding || tools.isBusy,
    isHandingOn: () => stepIn.handingOn,
    transfer: (to) => stepIn.transfer({ to, say: null }, BY_GATEWAY),
  });
  const stepIn: StepIn = new StepIn({ ...call, farewell: endings.farewell });
  const tools = new ToolDesk({
    ...call,
    toolBox: agent.tools,
    timeoutMs: limits.toolTimeoutMs,
    bridgeAfterMs: limits.fillerAfterMs,
    isSilent: () => lineIsOpen() && voice.floor === 'agent' && !voice.isPlaying,
    onWaiting: (waiting) => (waiting ? voice.fill('tool-running') : voice.stopFilling('tool-running')),
  });
  const sessionGone = () => {
    aiEar.aiGone();
    keys.aiGone();
    tools.drop();
    voice.stopFilling('ai-lost');
  };
  const ai: AiLine = new AiLine({
    ...call,
    formats: formats.ai,
    onToolCall: (toolCall, session) => tools.run(toolCall, session),
    onAway: (isAway) => aiEar.away(isAway),
    onReady: (session) => {
      voice.stopFilling('connecting');
      aiEar.aiReady(session);
      owner.aiReady();
      keys.aiReady(session);
    },
    onReplaced: () => {
      sessionGone();
      if (owner.wasAnswered()) voice.fill('connecting');
    },
    onGone: (reason, error) => {
      sessionGone();
      voice.stopFilling('connecting');
      endings.aiLeft(reason, error);
    },
  });
  const welcome = new Welcome(
    ai,
    () => lineIsOpen() && !owner.isOver(),
    () => stepIn.takenOver,
  );
  return { media, keys, endings, stepIn, tools, ai, welcome };
}
