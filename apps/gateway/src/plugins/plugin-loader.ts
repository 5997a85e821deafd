import type {
  BackendDefinition,
  ObserverDefinition,
  PlatformDefinition,
  PluginDefinition,
} from '#libs/contracts';

export interface PluginSet {
  readonly platforms: readonly PlatformDefinition[];
  readonly backends: readonly BackendDefinition[];
  readonly observers: readonly ObserverDefinition[];
}

const KIND_OF_SHELF = { platforms: 'platform', backends: 'backend', observers: 'observer' } as const;

/**
 * Imports the plug-ins that the configuration names. A plain name is a folder of ours (`twilio` is libs/platforms/twilio);
 * a name with a slash or a dot in it is a package or file of somebody else's.
 */
export async function loadPlugins(
  sections: Readonly<Record<string, unknown>>,
  problems: string[],
): Promise<PluginSet> {
  const shelf = async <D extends PluginDefinition>(name: keyof typeof KIND_OF_SHELF): Promise<D[]> => {
    const loaded: D[] = [];
    for (const plugin of Object.keys((sections[name] as object | undefined) ?? {})) {
      const definition = await loadOne(name, plugin, problems);
      if (definition?.kind === KIND_OF_SHELF[name]) loaded.push(definition as D);
      else if (definition)
        problems.push(`${name}.${plugin} is a ${definition.kind}, not a ${KIND_OF_SHELF[name]}.`);
    }
    return loaded;
  };
  return {
    platforms: await shelf('platforms'),
    backends: await shelf('backends'),
    observers: await shelf('observers'),
  };
}

async function loadOne(shelf: string, name: string, problems: string[]): Promise<PluginDefinition | null> {
  const specifier = /^[a-z0-9-]+$/.test(name) ? `#libs/${shelf}/${name}` : name;
  try {
    const module = (await import(specifier)) as { default?: PluginDefinition };
    if (typeof module.default === 'object' && 'kind' in module.default) return module.default;
    problems.push(`${shelf}.${name}: the module has no plug-in definition as its default export.`);
  } catch (thrown) {
    problems.push(
      `${shelf}.${name} could not be loaded: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
    );
  }
  return null;
}
