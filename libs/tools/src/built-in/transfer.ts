import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { GatewayError } from '#libs/contracts';
import { toolRefused } from '../errors.js';
import type { Tool } from '../tool.js';
import { BuiltInTool, BY_AGENT } from './built-in-tool.js';

export interface TransferDestination {
  /** An E.164 number or a SIP address. The model never sees it. */
  readonly to: string;
  /** For the model: when to choose it. */
  readonly description: string | null;
  /** Said and heard before. */
  readonly say: string | null;
}

export interface TransferSettings {
  readonly destinations: ReadonlyMap<string, TransferDestination>;
  /** Numbers that begin so may be chosen by the model itself (`+4930`); empty: none. */
  readonly anyNumber: readonly string[];
}

/** The platform plays what is said before and then takes the caller over. */
/** Longer than platforms take to tell that nobody answered: until then the caller may still be on the way. */
const TIMEOUT_MS = 75_000;

/**
 * Hands the caller on. The model chooses a name; which number that is, and whether a number of its own is allowed, is decided
 * here, whatever the model writes.
 */
export function transferTool(settings: TransferSettings): Tool {
  const { destinations, anyNumber } = settings;
  const names = [...destinations.keys()];
  const lines = names.map((name) => {
    const description = destinations.get(name)!.description;
    return description === null ? name : `${name}: ${description}`;
  });
  const byName = names.length > 0 && {
    destination: { type: 'string', enum: names, description: lines.join('; ') },
  };
  const byNumber = anyNumber.length > 0 && {
    number: { type: 'string', description: `With country code; must begin with ${anyNumber.join(' or ')}.` },
  };
  return new BuiltInTool({
    name: 'transfer',
    description:
      'Hands the caller on to somebody else. Tell the caller before; your part of the call then ends.',
    parameters: {
      type: 'object',
      properties: { ...byName, ...byNumber },
      ...(anyNumber.length === 0 && { required: ['destination'] }),
      additionalProperties: false,
    },
    timeoutMs: TIMEOUT_MS,
    act: async ({ destination, number }, control) => {
      // Models fill in what they do not mean with nothing.
      const order = orderOf(settings, destination, number || undefined);
      try {
        await control.transfer({ to: order.to, say: order.say }, BY_AGENT);
      } catch (thrown) {
        const code = thrown instanceof GatewayError ? thrown.code : 'TRANSFER_FAILED';
        throw new GatewayError(code, 'The transfer did not work; the caller is still with you.', {
          cause: thrown,
        });
      }
      return 'The caller was handed on. Say nothing more.';
    },
  });
}

function orderOf(
  { destinations, anyNumber }: TransferSettings,
  destination: unknown,
  number: unknown,
): { readonly to: string; readonly say: string | null } {
  if (typeof destination === 'string' && number === undefined) {
    const chosen = destinations.get(destination);
    if (chosen !== undefined) return chosen;
  }
  if (typeof number !== 'string' || destination !== undefined) {
    throw toolRefused('Name one destination to transfer to.');
  }
  // Read as a whole number with its country code, so that "+49 (30)…" cannot pass for another country's.
  const parsed = parsePhoneNumberFromString(number);
  if (
    !parsed?.isPossible() ||
    parsed.ext !== undefined ||
    !anyNumber.some((prefix) => parsed.number.startsWith(prefix))
  ) {
    throw toolRefused('The caller must not be transferred to this number.');
  }
  return { to: parsed.number, say: null };
}
