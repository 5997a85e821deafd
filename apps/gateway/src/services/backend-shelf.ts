import type { AiBackend, BackendDefinition, PluginHost } from '#libs/contracts';
import { GatewayError, settingsOf } from '#libs/contracts';
import type { Configured } from '../config/configuration.js';
import { readSettings, unknownKey } from '../config/settings.js';

/** Where agents find the backends that they name. */
export interface BackendShelf {
  /**
   * The backend of this name, with an agent's settings in place of the gateway's own. The same settings give the same backend.
   * Throws GatewayError BACKEND_UNKNOWN or BACKEND_SETTINGS_INVALID that names each thing that is wrong.
   */
  get(name: string | null, settings: Readonly<Record<string, unknown>>): AiBackend;
}

/** More variants of backends than agents have is a sign of a mistake; the oldest are forgotten, running calls keep theirs. */
const MOST_VARIANTS = 1000;

export class ConfiguredBackends implements BackendShelf {
  private readonly made = new Map<string, AiBackend>();

  constructor(
    private readonly configured: readonly Configured<BackendDefinition>[],
    private readonly fallback: string,
    private readonly host: PluginHost,
  ) {}

  get(name: string | null, settings: Readonly<Record<string, unknown>>): AiBackend {
    const wanted = name ?? this.fallback;
    const key = `${wanted} ${JSON.stringify(sorted(settings))}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const backend = this.create(wanted, settings);
    this.made.set(key, backend);
    if (this.made.size > MOST_VARIANTS) this.made.delete(this.made.keys().next().value!);
    return backend;
  }

  private create(name: string, settings: Readonly<Record<string, unknown>>): AiBackend {
    const found = this.configured.find(({ definition }) => definition.name === name);
    if (found === undefined) {
      const names = this.configured.map(({ definition }) => definition.name);
      throw new GatewayError('BACKEND_UNKNOWN', unknownKey(`backend "${name}"`, name, names), {
        advice: 'Backends are loaded by naming them in the configuration file.',
      });
    }
    const { definition, config } = found;
    const problems = settingsOf(definition.config)
      .filter(({ key, secret, gatewayOnly }) => (secret || gatewayOnly) && Object.hasOwn(settings, key))
      .map(({ key }) => `settings of ${name}.${key} belongs to the gateway; an agent cannot set it.`);
    // The gateway's own settings are the section; the agent's lie over it. The environment was read into the former already.
    const own = readSettings(
      { type: definition.config, at: `settings of ${name}`, section: { ...config, ...settings }, env: {} },
      problems,
    );
    if (problems.length > 0) {
      throw new GatewayError('BACKEND_SETTINGS_INVALID', problems.join(' '), {
        advice: 'An agent takes the settings that config/README.md lists for its backend.',
      });
    }
    return definition.create(own, { ...this.host, backend: name });
  }
}

function sorted(settings: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
}
