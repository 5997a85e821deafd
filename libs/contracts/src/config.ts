/** What a plug-in's setting is, for the start, the environment and the generated reference. */
export interface SettingOptions {
  /** One sentence for the operator. */
  readonly doc: string;
  /** Environment variable that sets it; wins over the file. */
  readonly env?: string;
  /** Never printed or logged. */
  readonly secret?: boolean;
  /** An agent cannot have a value of its own; so it is with every secret, and with the address that a secret is sent to. */
  readonly gatewayOnly?: boolean;
}

export interface SettingInfo extends SettingOptions {
  readonly key: string;
}

export type ConfigClass<C extends object = object> = new () => C;

const settings = new WeakMap<object, SettingInfo[]>();

/**
 * Declares a property of a configuration class as a setting. The property's initial value is its default; its
 * class-validator decorators are its check; its type is taken from the default (or the `@Type`) when it comes as text
 * from the environment.
 */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (prototype, key) => {
    const list = settings.get(prototype) ?? [];
    list.push({ ...options, key: String(key) });
    settings.set(prototype, list);
  };
}

export function settingsOf(type: ConfigClass): readonly SettingInfo[] {
  return settings.get(type.prototype) ?? [];
}
