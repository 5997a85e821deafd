import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { AgentsConfig } from '#libs/agents';
import {
  type BackendDefinition,
  type ConfigClass,
  GatewayError,
  type ObserverDefinition,
  type PlatformDefinition,
  settingsOf,
} from '#libs/contracts';
import { OutboundConfig } from '#libs/outbound';
import { OutgoingConfig } from '#libs/tools';
import { WebhooksConfig } from '#libs/webhooks';
import { ApiConfig } from '../api/api.config.js';
import { loadPlugins, type PluginSet } from '../plugins/plugin-loader.js';
import { AgentConfig, GatewayConfig } from './gateway.config.js';
import { readSettings, unknownKey } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A plug-in and its checked configuration. */
export interface Configured<D> {
  readonly definition: D;
  readonly config: object;
}

export interface Configuration {
  readonly gateway: GatewayConfig;
  readonly agent: AgentConfig;
  readonly agents: AgentsConfig;
  readonly outgoing: OutgoingConfig;
  readonly outbound: OutboundConfig;
  readonly api: ApiConfig;
  readonly webhooks: WebhooksConfig;
  /** Tools that agents name; read by the library of tools. */
  readonly tools: Readonly<Record<string, unknown>>;
  readonly platforms: readonly Configured<PlatformDefinition>[];
  readonly backends: readonly Configured<BackendDefinition>[];
  readonly observers: readonly Configured<ObserverDefinition>[];
  /** Name of the backend that answers. */
  readonly aiBackend: string;
}

const SECTIONS = [
  'gateway',
  'agent',
  'agents',
  'outgoing',
  'outbound',
  'api',
  'webhooks',
  'tools',
  'platforms',
  'backends',
  'observers',
] as const;

const CONFIG_FILE = 'PATCHBAY_CONFIG';

/**
 * Reads the file (PATCHBAY_CONFIG, or config/default.yaml), lets the environment win, loads the plug-ins that are named and
 * checks every setting. Throws GatewayError CONFIG_INVALID that names each thing that is wrong.
 */
export async function loadConfiguration(
  env: Environment,
  file = env[CONFIG_FILE] ?? 'config/default.yaml',
): Promise<Configuration> {
  const problems: string[] = [];
  const sections = readFile(file, problems);
  for (const key of Object.keys(sections)) {
    if (!(SECTIONS as readonly string[]).includes(key))
      problems.push(`${file}: ${unknownKey(key, key, SECTIONS)}`);
  }
  const plugins = await loadPlugins(sections, problems);
  const own = <C extends object>(type: ConfigClass<C>, at: (typeof SECTIONS)[number]): C =>
    readSettings({ type, at, section: sections[at], env }, problems);
  const configure = <D extends PluginSet[keyof PluginSet][number]>(
    kind: keyof PluginSet,
    list: readonly D[],
  ): Configured<D>[] =>
    list.map((definition) => {
      const section = (sections[kind] as Record<string, unknown> | undefined)?.[definition.name];
      const source = { type: definition.config, at: `${kind}.${definition.name}`, section, env };
      return { definition, config: readSettings(source, problems) };
    });
  const gateway = own(GatewayConfig, 'gateway');
  const agent = own(AgentConfig, 'agent');
  const backends = configure('backends', plugins.backends);
  const firstReady = backends.find(({ definition, config }) => definition.ready?.(config) ?? true);
  const configuration: Configuration = {
    gateway: { ...gateway, publicUrl: gateway.publicUrl?.replace(/\/+$/, '') ?? null },
    agent: { ...agent, greeting: agent.greeting || null },
    agents: own(AgentsConfig, 'agents'),
    outgoing: own(OutgoingConfig, 'outgoing'),
    outbound: own(OutboundConfig, 'outbound'),
    api: own(ApiConfig, 'api'),
    webhooks: own(WebhooksConfig, 'webhooks'),
    tools: asTools(sections.tools, problems),
    platforms: configure('platforms', plugins.platforms),
    backends,
    observers: configure('observers', plugins.observers),
    aiBackend: gateway.aiBackend ?? firstReady?.definition.name ?? '',
  };
  checkEnvironment(env, configuration, problems);
  if (!plugins.backends.some(({ name }) => name === configuration.aiBackend)) {
    const names = plugins.backends.map(({ name }) => name);
    problems.push(
      `AI_BACKEND (gateway.aiBackend): ${unknownKey(`backend "${configuration.aiBackend}"`, configuration.aiBackend, names)}`,
    );
  }
  if (problems.length > 0) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `The configuration is not valid:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
      {
        advice: 'config/README.md lists every setting.',
      },
    );
  }
  return configuration;
}

function readFile(file: string, problems: string[]): Record<string, unknown> {
  if (!existsSync(file)) {
    problems.push(`The file ${file} does not exist.`);
    return {};
  }
  try {
    const content: unknown = parse(readFileSync(file, 'utf8')) ?? {};
    if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>;
    problems.push(`${file} must be a list of sections.`);
  } catch (thrown) {
    problems.push(`${file} is no YAML: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return {};
}

function asTools(section: unknown, problems: string[]): Record<string, unknown> {
  if (section === undefined || section === null) return {};
  if (typeof section === 'object' && !Array.isArray(section)) return section as Record<string, unknown>;
  problems.push('tools must be a list of "name: definition".');
  return {};
}

/**
 * A misspelt variable stops the start, if it begins like one of a plug-in's own: TWILIO_AUTH_TOKN is ours, whoever has read
 * TWILIO_AUTH_TOKEN. Other people's variables are left alone.
 */
function checkEnvironment(env: Environment, configuration: Configuration, problems: string[]): void {
  const namesOf = (type: ConfigClass) => settingsOf(type).flatMap((setting) => setting.env ?? []);
  const plugins = [...configuration.platforms, ...configuration.backends, ...configuration.observers];
  const ofPlugins = [CONFIG_FILE, ...plugins.flatMap(({ definition }) => namesOf(definition.config))];
  const ofGateway = [
    GatewayConfig,
    AgentConfig,
    AgentsConfig,
    OutgoingConfig,
    OutboundConfig,
    ApiConfig,
    WebhooksConfig,
  ].flatMap(namesOf);
  const known = [...ofPlugins, ...ofGateway];
  const prefixes = new Set(ofPlugins.map((name) => `${name.split('_', 1)[0]}_`));
  for (const name of Object.keys(env)) {
    const ours = [...prefixes].some((prefix) => name.startsWith(prefix));
    if (ours && !known.includes(name)) problems.push(unknownKey(`Environment variable ${name}`, name, known));
  }
}
