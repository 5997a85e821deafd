import type { Refusal } from './refusal.js';

/** The part of JSON Schema 2020-12 that the schemas of OpenAI Realtime's client events use. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The keys by which the variants of a union are told apart; the first that differs decides. */
const DISCRIMINATORS = ['type', 'role'] as const;

/**
 * Checks a value as OpenAI does: the first thing wrong, with OpenAI's code, wording and path. A general validator knows
 * that no variant of a union fits, but not which variant was meant, so it could not name the parameter.
 */
export class SchemaCheck {
  private readonly patterns = new Map<string, RegExp>();

  constructor(private readonly root: Schema) {}

  /** Null when `value` is what the schema asks. */
  check(value: unknown): Refusal | null {
    return this.visit(this.root, value, '');
  }

  private visit(schema: Schema, value: unknown, path: string): Refusal | null {
    const union = this.variants(schema);
    if (union !== null) return this.visitUnion(union, value, path);
    const { $ref, type } = schema;
    if ($ref !== undefined) return this.visit(this.resolve($ref), value, path);
    const allowed = choices(schema);
    if (allowed !== null && !allowed.includes(value)) return wrongChoice(value, allowed, path);
    if (type !== undefined && !hasType(type, value)) return wrongType(type, value, path);
    if (typeof value === 'string') return this.visitString(schema, value, path);
    if (typeof value === 'number') return visitNumber(schema, value, path);
    if (Array.isArray(value)) return this.visitArray(schema, value, path);
    if (isObject(value)) return this.visitObject(schema, value, path);
    return null;
  }

  private visitObject(schema: Schema, value: Record<string, unknown>, path: string): Refusal | null {
    for (const key of schema.required ?? []) {
      if (value[key] === undefined)
        return refusal('missing_required_parameter', 'Missing required parameter', at(path, key));
    }
    const { properties = {}, additionalProperties = true, propertyNames, maxProperties } = schema;
    const keys = Object.keys(value);
    if (maxProperties !== undefined && keys.length > maxProperties) {
      return refusal('object_above_max_properties', `More than ${maxProperties} properties in`, path);
    }
    if (additionalProperties === false) {
      const unknown = keys.find((key) => !Object.hasOwn(properties, key));
      if (unknown !== undefined) return refusal('unknown_parameter', 'Unknown parameter', at(path, unknown));
    }
    for (const key of keys) {
      const named = propertyNames === undefined ? null : this.visit(propertyNames, key, at(path, key));
      if (named !== null) return named;
      const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
      const rule = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      const found = rule === undefined ? null : this.visit(rule, value[key], at(path, key));
      if (found !== null) return found;
    }
    return null;
  }

  private visitArray(schema: Schema, value: readonly unknown[], path: string): Refusal | null {
    if (schema.minItems !== undefined && value.length < schema.minItems) {
      return refusal('empty_array', `Expected at least ${schema.minItems} element(s) in`, path);
    }
    if (schema.maxItems !== undefined && value.length > schema.maxItems) {
      return refusal('array_above_max_length', `Expected at most ${schema.maxItems} element(s) in`, path);
    }
    if (schema.items === undefined) return null;
    for (const [index, element] of value.entries()) {
      const found = this.visit(schema.items, element, `${path}[${index}]`);
      if (found !== null) return found;
    }
    return null;
  }

  private visitString(schema: Schema, value: string, path: string): Refusal | null {
    // JSON Schema counts code points; UTF-16 units are at least as many, so only doubtful lengths are counted.
    const length = () => Array.from(value).length;
    if (schema.maxLength !== undefined && value.length > schema.maxLength && length() > schema.maxLength) {
      return refusal('string_above_max_length', `String longer than ${schema.maxLength} characters in`, path);
    }
    if (schema.minLength !== undefined && length() < schema.minLength) {
      return refusal(
        'string_below_min_length',
        `String shorter than ${schema.minLength} characters in`,
        path,
      );
    }
    if (schema.pattern !== undefined && !this.pattern(schema.pattern).test(value)) {
      return refusal('invalid_value', `Not of the form ${schema.pattern} is`, path);
    }
    return null;
  }

  /** The variant that was meant is the one whose discriminators agree; what is wrong with that one is reported. */
  private visitUnion(variants: readonly Schema[], value: unknown, path: string): Refusal | null {
    const [only, ...others] = variants;
    if (only !== undefined && others.length === 0) return this.visit(only, value, path);
    let best: Schema | null = null;
    let bestRank = Number.NEGATIVE_INFINITY;
    for (const variant of variants) {
      if (this.visit(variant, value, path) === null) return null;
      const rank = rankOf(variant, value);
      if (rank > bestRank) {
        best = variant;
        bestRank = rank;
      }
    }
    if (isObject(value)) {
      for (const key of DISCRIMINATORS) {
        const given = value[key];
        const known = variants.flatMap((variant) => choices(variant.properties?.[key]) ?? []);
        if (given === undefined || known.length === 0 || known.includes(given)) continue;
        return wrongChoice(given, [...new Set(known)], at(path, key));
      }
    } else if (variants.every((variant) => choices(variant) !== null)) {
      return wrongChoice(
        value,
        variants.flatMap((variant) => choices(variant) ?? []),
        path,
      );
    }
    return this.visit(best!, value, path);
  }

  /** The variants of a union with references and unions within it unfolded; null where there is no union. */
  private variants(schema: Schema): readonly Schema[] | null {
    const union = schema.anyOf ?? schema.oneOf;
    if (union === undefined) return null;
    return union.flatMap((variant) => {
      const target = variant.$ref === undefined ? variant : this.resolve(variant.$ref);
      return this.variants(target) ?? [target];
    });
  }

  private resolve(reference: string): Schema {
    const name = reference.replace('#/$defs/', '');
    const target = this.root.$defs?.[name];
    if (target === undefined) throw new Error(`The schema refers to ${reference}, which it does not define.`);
    return target;
  }

  private pattern(source: string): RegExp {
    let pattern = this.patterns.get(source);
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u');
      this.patterns.set(source, pattern);
    }
    return pattern;
  }
}

function rankOf(variant: Schema, value: unknown): number {
  if (variant.type !== undefined && !hasType(variant.type, value)) return -10;
  if (!isObject(value)) return 0;
  let rank = 0;
  for (const key of DISCRIMINATORS) {
    const known = choices(variant.properties?.[key]);
    if (known !== null && value[key] !== undefined) rank += known.includes(value[key]) ? 2 : -2;
  }
  return rank;
}

function visitNumber(schema: Schema, value: number, path: string): Refusal | null {
  const kind = schema.type === 'integer' ? 'integer' : 'number';
  if (schema.maximum !== undefined && value > schema.maximum) {
    return refusal(`${kind}_above_max_value`, `Greater than ${schema.maximum} is`, path);
  }
  if (schema.minimum !== undefined && value < schema.minimum) {
    return refusal(`${kind}_below_min_value`, `Less than ${schema.minimum} is`, path);
  }
  return null;
}

function choices(schema: Schema | undefined): readonly unknown[] | null {
  if (schema === undefined) return null;
  return schema.const !== undefined ? [schema.const] : (schema.enum ?? null);
}

function wrongChoice(value: unknown, allowed: readonly unknown[], path: string): Refusal {
  const names = allowed.map((choice) => `'${String(choice)}'`);
  const hint =
    names.length === 1 ? `Value must be ${names[0]}.` : `Supported values are: ${names.join(', ')}.`;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return { code: 'invalid_value', message: `Invalid value: '${shown}'. ${hint}`, param: path || null };
}

function wrongType(type: string, value: unknown, path: string): Refusal {
  const given =
    value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  return {
    code: 'invalid_type',
    message: `Invalid type for '${path}': expected ${type}, but got ${given} instead.`,
    param: path || null,
  };
}

function refusal(code: string, what: string, path: string): Refusal {
  return { code, message: `${what}: '${path}'.`, param: path || null };
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  return typeof value === type;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
