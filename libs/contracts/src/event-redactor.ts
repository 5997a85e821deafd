import type { Redact, Redaction } from './agents.js';
import type { EventType } from './events.js';

/** Fields of events in which words, digits and numbers of people stand. */
const PERSONAL = ['text', 'digit', 'digits', 'to', 'arguments', 'output'] as const;
const KEYS: ReadonlySet<string> = new Set(['digit', 'digits']);

/** What stands in place of keys. */
const KEY = '[key]';

/** Takes out of one call's events and words what its agent does not let be kept. */
export class EventRedactor {
  /** The caller is being asked for keys that nobody shall keep. */
  private isSensitive = false;

  constructor(
    private readonly redact: Redact,
    private readonly rules: readonly Redaction[],
  ) {}

  text(text: string): string {
    return this.rules.length === 0 ? text : this.redact(text, this.rules);
  }

  /** The event without what must not be kept; the same object where there is nothing to take out. Once per event, in order. */
  event(type: EventType, data: object): object {
    const told = data as Readonly<Record<string, unknown>>;
    if (type === 'digits.collecting') this.isSensitive = told.sensitive === true;
    let copy: Record<string, unknown> | null = null;
    for (const field of PERSONAL) {
      const value = told[field];
      if (typeof value !== 'string' || value === '') continue;
      const kept = KEYS.has(field) ? this.keys(value, told.sensitive === true) : this.text(value);
      if (kept === value) continue;
      copy ??= { ...told };
      copy[field] = kept;
    }
    if (type === 'digits.collected') this.isSensitive = false;
    return copy ?? data;
  }

  private keys(keys: string, isSensitive: boolean): string {
    return this.isSensitive || isSensitive || this.rules.includes('keys') ? KEY : this.text(keys);
  }
}
