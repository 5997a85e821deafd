import { toolRefused } from '../errors.js';
import type { Tool } from '../tool.js';
import { BuiltInTool, BY_AGENT } from './built-in-tool.js';

/** Longer rows of keys are no menu any more. */
const MOST_KEYS = 32;

export function sendDtmfTool(): Tool {
  return new BuiltInTool({
    name: 'send_dtmf',
    description:
      'Presses keys of the telephone, for instance to get through a menu. "w" waits half a second.',
    parameters: {
      type: 'object',
      properties: {
        digits: {
          type: 'string',
          pattern: `^[0-9*#A-Dw]{1,${MOST_KEYS}}$`,
          description: '0-9, *, #, A-D, w',
        },
      },
      required: ['digits'],
      additionalProperties: false,
    },
    act: ({ digits }, control) => {
      if (!control.sendDtmf(String(digits), BY_AGENT))
        throw toolRefused('The keys could not be sent just now.');
      return 'The keys were sent.';
    },
  });
}
