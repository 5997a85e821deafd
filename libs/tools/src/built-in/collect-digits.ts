import type { Tool } from '../tool.js';
import type { WebhookTool } from '../webhook/webhook-tool.js';
import { BuiltInTool } from './built-in-tool.js';

export interface CollectDigitsSettings {
  readonly name: string;
  /** For the model: what is collected, and when. */
  readonly description: string | null;
  readonly maxDigits: number;
  readonly finishKey: string | null;
  /** Without a key for so long it is over. */
  readonly timeoutMs: number;
  /**
   * Where the digits go in place of the model, as `{"digits": "…"}`; its answer is what the model is told. They are sensitive then:
   * no event, journal or recording has them. Null: the model is told the digits.
   */
  readonly deliverTo: WebhookTool | null;
}

/** Collects keys from the caller: for numbers that are easier pressed than said, or that the model shall not know. */
export function collectDigitsTool(settings: CollectDigitsSettings): Tool {
  const { name, description, maxDigits, finishKey, timeoutMs, deliverTo } = settings;
  const sensitive = deliverTo !== null;
  const finish = finishKey === null ? '' : ` and end with ${finishKey}`;
  return new BuiltInTool({
    name,
    description:
      description ??
      `Waits until the caller has pressed up to ${maxDigits} keys${finish}. Ask the caller for it before. ${
        deliverTo === null ? 'You are told the digits.' : 'You are not told the digits.'
      }`,
    parameters: { type: 'object', properties: {}, additionalProperties: false },
    timeoutMs: timeoutMs * (maxDigits + 1) + (deliverTo?.timeoutMs ?? 0),
    sensitiveKeys: sensitive,
    act: async (_, control, run) => {
      const order = { maxDigits, finishKey, timeoutMs, sensitive };
      const { digits, complete } = await control.collectDigits(order, run.signal);
      if (digits === '') return 'The caller pressed nothing in time.';
      if (deliverTo !== null) {
        if (!complete) return 'The caller did not press all the keys in time. Nothing was done with them.';
        return deliverTo.send({ digits }, run);
      }
      const spaced = [...digits].join(' ');
      return complete
        ? `The caller pressed: ${spaced}`
        : `The caller pressed ${spaced} and then nothing more.`;
    },
  });
}
