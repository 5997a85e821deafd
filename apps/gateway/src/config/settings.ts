import 'reflect-metadata';
import { getMetadataStorage, validateSync } from 'class-validator';
import { type ConfigClass, type SettingInfo, settingsOf } from '#libs/contracts';
import { closest } from './closest.js';

/** One class of settings and where they come from. `at` names the section for people: `platforms.twilio`. */
export interface SettingsSource<C extends object> {
  readonly type: ConfigClass<C>;
  readonly at: string;
  readonly section: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Builds and checks one configuration object. Everything that is wrong is added to `problems`, each in one sentence. */
export function readSettings<C extends object>(source: SettingsSource<C>, problems: string[]): C {
  const { type, at, env } = source;
  const config = new type() as C & Record<string, unknown>;
  const known = settingsOf(type);
  const section = asSection(source.section, at, problems);
  for (const key of Object.keys(section)) {
    if (!known.some((setting) => setting.key === key))
      problems.push(
        unknownKey(
          `${at}.${key}`,
          key,
          known.map((s) => s.key),
        ),
      );
  }
  for (const setting of known) {
    const fromEnv = setting.env === undefined ? undefined : env[setting.env];
    const value =
      fromEnv === undefined || fromEnv === ''
        ? section[setting.key]
        : fromText(fromEnv, type, setting, config);
    if (value !== undefined) (config as Record<string, unknown>)[setting.key] = value;
  }
  // A class without any setting has no checks either, and class-validator would refuse it for that.
  const errors = known.length === 0 ? [] : validateSync(config, { forbidUnknownValues: true });
  for (const error of errors) {
    const setting = known.find(({ key }) => key === error.property);
    const name = setting?.env ? `${setting.env} (${at}.${error.property})` : `${at}.${error.property}`;
    const reasons = Object.values(error.constraints ?? { nested: 'is not valid' });
    problems.push(`${name}: ${reasons.join(', ').replaceAll(`${error.property} `, '')}.`);
  }
  return config;
}

export function unknownKey(name: string, key: string, known: readonly string[]): string {
  const near = closest(key, known);
  return `${name} is not a setting${near === null ? '' : `; did you mean ${near}`}.`;
}

function asSection(section: unknown, at: string, problems: string[]): Record<string, unknown> {
  if (section === undefined || section === null) return {};
  if (typeof section === 'object' && !Array.isArray(section)) return section as Record<string, unknown>;
  problems.push(`${at} must be a list of "key: value" lines.`);
  return {};
}

/** Text from the environment becomes what the setting's check asks for, or else what its default is. */
function fromText(
  text: string,
  type: ConfigClass,
  setting: SettingInfo,
  config: Record<string, unknown>,
): unknown {
  const checks = getMetadataStorage()
    .getTargetValidationMetadatas(type, '', false, false)
    .filter((metadata) => metadata.propertyName === setting.key)
    .map((metadata) => metadata.name);
  const defaultValue = config[setting.key];
  if (checks.includes('isInt') || checks.includes('isNumber') || typeof defaultValue === 'number') {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  if (checks.includes('isBoolean') || typeof defaultValue === 'boolean') {
    return (
      { true: true, '1': true, yes: true, false: false, '0': false, no: false }[text.toLowerCase()] ?? text
    );
  }
  if (checks.includes('isArray') || Array.isArray(defaultValue)) {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  return text;
}
