import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { argumentsWrong } from './errors.js';
import { withinTime } from './within-time.js';

type Schema = Readonly<Record<string, unknown>>;

/** Longest arguments that are read, in characters. */
const LONGEST_ARGUMENTS = 32_000;
const LONGEST_SCHEMA = 32_000;
const MOST_PROBLEMS = 5;
/**
 * A schema can ask for work that grows without bound (`pattern` that tries again and again, `uniqueItems`, `$ref` that doubles), and what
 * is checked comes from a model that a caller talks to. Meanwhile no sound is carried.
 */
const CHECKED_WITHIN_MS = 50;
/** A compiler keeps something of each schema for as long as it lives itself. */
const SCHEMAS_OF_A_COMPILER = 50;

/** "format" is a hint for the model and is not checked. */
const newCompiler = () =>
  new Ajv2020({
    addUsedSchema: false,
    allErrors: true,
    allowUnionTypes: true,
    strict: true,
    strictTypes: true,
    strictTuples: true,
    validateFormats: false,
    logger: false,
  });

/** One for many schemas, since making one takes as long as a frame. */
let compiler = newCompiler();
let compiled = 0;

function compile(schema: Schema): ValidateFunction {
  if (++compiled > SCHEMAS_OF_A_COMPILER) {
    compiler = newCompiler();
    compiled = 1;
  }
  try {
    return compiler.compile(schema);
  } finally {
    compiler.removeSchema(schema);
  }
}

/** The arguments of one function: checked against its JSON Schema before anybody is asked to do anything. */
export class ToolArguments {
  private readonly validate: ValidateFunction;

  /** Throws an Error that says what is wrong with the schema. */
  constructor(
    private readonly tool: string,
    schema: Schema,
  ) {
    if (schema.type !== 'object') throw new Error('its type must be "object"');
    if (JSON.stringify(schema).length > LONGEST_SCHEMA) throw new Error('it is too long');
    // A schema's own dialect and name are not looked up anywhere.
    const { $schema: _, $id: __, ...own } = schema;
    if (JSON.stringify(own).includes('"$id":')) throw new Error('parts of it have an $id');
    this.validate = compile(own);
    if ('$async' in this.validate) throw new Error('it cannot be checked at once ($async)');
  }

  /** Throws GatewayError TOOL_ARGUMENTS_WRONG that tells the model which argument is wrong, without its value. */
  parse(text: string): Record<string, unknown> {
    const args = parseArguments(this.tool, text);
    const isRight = withinTime(CHECKED_WITHIN_MS, () => this.validate(args), null);
    if (isRight === true) return args;
    if (isRight === null) throw argumentsWrong(this.tool, ['they take too long to check']);
    const problems = (this.validate.errors ?? []).slice(0, MOST_PROBLEMS).map(inWords);
    throw argumentsWrong(this.tool, [...new Set(problems)]);
  }
}

/** A JSON object; no text at all is no arguments, as some models write it. Throws GatewayError TOOL_ARGUMENTS_WRONG. */
export function parseArguments(tool: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  if (text.length > LONGEST_ARGUMENTS) throw argumentsWrong(tool, ['they are too long']);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw argumentsWrong(tool, ['they are not valid JSON']);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw argumentsWrong(tool, ['they must be one JSON object']);
}

function inWords(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const inside = (name: unknown) => `"${path === '' ? '' : `${path}.`}${String(name)}"`;
  const { params } = error;
  if (error.keyword === 'required') return `${inside(params.missingProperty)} is missing`;
  if (error.keyword === 'additionalProperties') {
    return `${inside(params.additionalProperty)} is not an argument`;
  }
  const subject = path === '' ? 'the whole' : `"${path}"`;
  if (error.keyword === 'enum') {
    return `${subject} must be one of ${(params.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(', ')}`;
  }
  return `${subject} ${error.message ?? 'is wrong'}`;
}
