import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  type BackendDefinition,
  type ConfigClass,
  GatewayError,
  type ObserverDefinition,
  type PlatformDefinition,
  settingsOf,
} from '#libs/contracts';
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
  readonly platforms: readonly Configured<PlatformDefinition>[];
  readonly backends: readonly Configured<BackendDefinition>[];
  readonly observers: readonly Configured<ObserverDefinition>[];
  /** Name of the backend that answers. */
  readonly aiBackend: string;
}

const SECTIONS = ['gateway', 'agent', 'platforms', 'backends', 'observers'] as const;

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
  const gateway = readSettings(
    { type: GatewayConfig, at: 'gateway', section: sections.gateway, env },
    problems,
  );
  const agent = readSettings({ type: AgentConfig, at: 'agent', section: sections.agent, env }, problems);
  const configure = <D extends PluginSet[keyof PluginSet][number]>(
    kind: keyof PluginSet,
    list: readonly D[],
  ): Configured<D>[] =>
    list.map((definition) => {
      const section = (sections[kind] as Record<string, unknown> | undefined)?.[definition.name];
      const source = { type: definition.config, at: `${kind}.${definition.name}`, section, env };
      return { definition, config: readSettings(source, problems) };
    });
  const backends = configure('backends', plugins.backends);
  const firstReady = backends.find(({ definition, config }) => definition.ready?.(config) ?? true);
  const configuration: Configuration = {
    gateway: { ...gateway, publicUrl: gateway.publicUrl?.replace(/\/+$/, '') ?? null },
    agent: { ...agent, greeting: agent.greeting || null },
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

/**
 * A misspelt variable stops the start, if it begins like one of a plug-in's own: TWILIO_AUTH_TOKN is ours, whoever has read
 * TWILIO_AUTH_TOKEN. Other people's variables are left alone.
 */
function checkEnvironment(env: Environment, configuration: Configuration, problems: string[]): void {
  const namesOf = (type: ConfigClass) => settingsOf(type).flatMap((setting) => setting.env ?? []);
  const plugins = [...configuration.platforms, ...configuration.backends, ...configuration.observers];
  const ofPlugins = [CONFIG_FILE, ...plugins.flatMap(({ definition }) => namesOf(definition.config))];
  const known = [...ofPlugins, ...namesOf(GatewayConfig), ...namesOf(AgentConfig)];
  const prefixes = new Set(ofPlugins.map((name) => `${name.split('_', 1)[0]}_`));
  for (const name of Object.keys(env)) {
    const ours = [...prefixes].some((prefix) => name.startsWith(prefix));
    if (ours && !known.includes(name)) problems.push(unknownKey(`Environment variable ${name}`, name, known));
  }
}
