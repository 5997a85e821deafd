import type { PlatformAdapter } from './adapter.js';
import type { Redact } from './agents.js';
import type { AiBackend } from './ai.js';
import type { Backlogs } from './backlogs.js';
import type { Clock } from './clock.js';
import type { ConfigClass } from './config.js';
import type { EventSource } from './events.js';
import type { Log } from './log.js';
import type { CallObserver } from './observer.js';
import type { RecordSink } from './records.js';

/** A class as the container knows it: whatever its constructor asks for is injected. */
// biome-ignore lint/suspicious/noExplicitAny: constructors of all shapes are meant.
export type Class<T> = new (...args: any[]) => T;

/** The shape of a Nest dynamic module, so that this library needs no Nest. */
export interface PluginModule {
  readonly module: Class<unknown>;
  readonly imports?: unknown[];
  readonly providers?: unknown[];
  readonly controllers?: unknown[];
  readonly exports?: unknown[];
}

/** What the gateway lends to a plug-in that is not a Nest module. */
export interface PluginHost {
  readonly log: Log;
  /** For who did what: its lines of level info are written whatever LOG_LEVEL says, but for `silent`. */
  readonly audit: Log;
  readonly clock: Clock;
  /** Events of all calls and of the gateway itself. */
  readonly events: EventSource;
  /** Names of the platforms that are loaded. */
  readonly platforms: readonly string[];
  /** Name of the backend that answers. */
  readonly backend: string;
  /** Calls that may run at once. */
  readonly maxCalls: number;
  /** Folder for what is kept. */
  readonly dataDir: string;
  readonly records: RecordSink;
  /** What waits. Not to be asked before the gateway stands. */
  readonly backlogs: Backlogs;
  /** Takes out of a text what must not be kept. */
  readonly redact: Redact;
}

export interface PlatformDefinition<C extends object = object> {
  readonly kind: 'platform';
  readonly name: string;
  readonly config: ConfigClass<C>;
  /** The class that the module provides as its adapter. */
  readonly adapter: Class<PlatformAdapter>;
  module(config: C): PluginModule;
}

export interface BackendDefinition<C extends object = object> {
  readonly kind: 'backend';
  readonly name: string;
  readonly config: ConfigClass<C>;
  /** Could it answer calls with this configuration? The first that could is chosen where AI_BACKEND names none. Default: yes. */
  ready?(config: C): boolean;
  create(config: C, host: PluginHost): AiBackend;
}

export interface ObserverDefinition<C extends object = object> {
  readonly kind: 'observer';
  readonly name: string;
  readonly config: ConfigClass<C>;
  create(config: C, host: PluginHost): CallObserver;
  /** For an observer that has something to show over HTTP. */
  module?(config: C, observer: CallObserver): PluginModule;
}

export type PluginDefinition = PlatformDefinition | BackendDefinition | ObserverDefinition;

export function definePlatform<C extends object>(
  definition: Omit<PlatformDefinition<C>, 'kind'>,
): PlatformDefinition {
  return { ...definition, kind: 'platform' } as unknown as PlatformDefinition;
}

export function defineBackend<C extends object>(
  definition: Omit<BackendDefinition<C>, 'kind'>,
): BackendDefinition {
  return { ...definition, kind: 'backend' } as unknown as BackendDefinition;
}

export function defineObserver<C extends object>(
  definition: Omit<ObserverDefinition<C>, 'kind'>,
): ObserverDefinition {
  return { ...definition, kind: 'observer' } as unknown as ObserverDefinition;
}
