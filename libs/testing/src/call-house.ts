import type { AgentDirectory, AiBackend, AudioFormat, CallAgent, CallObserver, Clock } from '#libs/contracts';
import { type CallLimits, type CallSession, GatewayEventRouter, Switchboard } from '#libs/core';
import { CapturedLog } from './captured-log.js';
import { EventTape } from './event-tape.js';
import { ManualClock } from './manual-clock.js';
import { ScriptedAgent } from './scripted-agent.js';
import { ScriptedBackend } from './scripted-ai.js';
import { ScriptedLeg, type ScriptedLegOptions } from './scripted-leg.js';

export interface CallHouseOptions<C extends Clock = ManualClock> {
  /** A ManualClock unless given. */
  readonly clock?: C;
  readonly agent?: Partial<CallAgent>;
  /** In place of a ScriptedBackend. */
  readonly backend?: AiBackend;
  /** What the ScriptedBackend speaks. */
  readonly formats?: readonly AudioFormat[];
  readonly limits?: Partial<CallLimits>;
  readonly observers?: readonly CallObserver[];
  readonly maxCalls?: number;
  readonly callerHashKey?: string | null;
  /** In place of the directory that knows the one scripted agent. */
  readonly agents?: AgentDirectory;
}

/** Lets promises that are already settled run on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** A switchboard with one scripted agent, on a clock that stands still unless another is given: where calls are tried without an AI. */
export function callHouse<C extends Clock = ManualClock>(options: CallHouseOptions<C> = {}) {
  const clock = (options.clock ?? new ManualClock()) as C;
  const log = new CapturedLog();
  const events = new GatewayEventRouter(clock, log);
  const tape = new EventTape(events);
  const backend = new ScriptedBackend(options.formats);
  const agent = new ScriptedAgent(options.backend ?? backend, options.agent);
  const switchboard = new Switchboard({
    agents: options.agents ?? agent.directory,
    observers: options.observers ?? [],
    events,
    clock,
    log,
    maxCalls: options.maxCalls ?? 10,
    callerHashKey: options.callerHashKey ?? null,
    limits: {
      earlyAudioMs: 2000,
      fillerAfterMs: 1500,
      toolTimeoutMs: 5000,
      keysInterrupt: true,
      closersMs: 5000,
      ...options.limits,
    },
  });
  /** A call whose leg is there; its AI is, once promises are settled. */
  const offer = (legOptions: ScriptedLegOptions = {}) => {
    const leg = new ScriptedLeg(legOptions);
    leg.listener = switchboard.offer(leg, switchboard.reserve());
    const session: CallSession = switchboard.calls.at(-1)!;
    return { leg, session, control: session.control };
  };
  return { clock, log, events, tape, backend, agent, switchboard, offer };
}

/** A house with one call in it, whose AI is there. */
export async function connectedCall(options: CallHouseOptions = {}, legOptions: ScriptedLegOptions = {}) {
  const house = callHouse(options);
  const call = house.offer(legOptions);
  await settled();
  return { ...house, ...call, ai: house.backend.session };
}
