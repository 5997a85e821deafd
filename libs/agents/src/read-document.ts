import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { AgentDocument } from './agent-document.dto.js';
import { isRecord } from './checks.js';
import { RouteDocument } from './route.dto.js';

/** A document as somebody wrote it: without the defaults, so that new defaults make no new versions. */
export type RawDocument = Readonly<Record<string, unknown>>;

const MOST_ROUTES = 1000;

/** Fills the defaults in and checks everything that can be checked without backends and tools. Mistakes are added to `problems`. */
export function readAgent(raw: unknown, problems: string[]): AgentDocument | null {
  if (!isRecord(raw)) {
    problems.push('An agent must be a list of "key: value" lines.');
    return null;
  }
  // These are no keys of a document, and are not seen by the check either.
  const foreign = Object.keys(raw).filter((key) => key in Object.prototype);
  for (const key of foreign) problems.push(`${key} is not known here.`);
  return foreign.length > 0 ? null : read(AgentDocument, withNamedBackends(raw), '', problems);
}

export function readRoutes(raw: unknown, problems: string[]): readonly RouteDocument[] | null {
  if (!Array.isArray(raw) || raw.length > MOST_ROUTES) {
    problems.push(`Routes must be a list of at most ${MOST_ROUTES}.`);
    return null;
  }
  const before = problems.length;
  const routes = raw.map((one, index) => {
    if (isRecord(one)) return read(RouteDocument, one, `${index + 1}. route: `, problems);
    problems.push(`${index + 1}. route: must be a list of "key: value" lines.`);
    return null;
  });
  return problems.length > before ? null : (routes as RouteDocument[]);
}

/** The same content gives the same text, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    isRecord(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

function read<T extends object>(
  type: new () => T,
  raw: RawDocument,
  at: string,
  problems: string[],
): T | null {
  const document = plainToInstance(type, raw);
  const found = validateSync(document, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  for (const error of found) tell(error, at, problems);
  return found.length > 0 ? null : document;
}

/** `[echo]` stands for `[{ name: echo }]`. */
function withNamedBackends(raw: RawDocument): RawDocument {
  const away = raw.whenAiIsAway;
  if (!isRecord(away) || !Array.isArray(away.otherBackends)) return raw;
  // The check takes a list within the list for more of the same, so it is shown none.
  const otherBackends = away.otherBackends.map((one) =>
    typeof one === 'string' ? { name: one } : isRecord(one) ? one : null,
  );
  return { ...raw, whenAiIsAway: { ...away, otherBackends } };
}

function tell(error: ValidationError, at: string, problems: string[]): void {
  const name = `${at}${error.property}`;
  for (const [kind, message] of Object.entries(error.constraints ?? {})) {
    problems.push(
      kind === 'whitelistValidation'
        ? `${name} is not known here; known: ${keysOf(error.target).join(', ')}.`
        : `${name} ${message.startsWith(`${error.property} `) ? message.slice(error.property.length + 1) : message}.`,
    );
  }
  for (const child of error.children ?? []) tell(child, `${name}.`, problems);
}

function keysOf(target: object | undefined): readonly string[] {
  if (target === undefined) return [];
  const checks = getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', false, false);
  return [...new Set(checks.map(({ propertyName }) => propertyName))];
}
