import type { Tool } from '../tool.js';
import { BuiltInTool, BY_AGENT } from './built-in-tool.js';

export function hangUpTool(): Tool {
  return new BuiltInTool({
    name: 'hang_up',
    description:
      'Ends the call when the caller has heard what you are saying. Say goodbye first; what you say afterwards is not heard.',
    parameters: { type: 'object', properties: {}, additionalProperties: false },
    act: (_, control) => {
      control.hangUpAfterLastWord(BY_AGENT);
      return 'The call ends when the caller has heard your last words. Say nothing more.';
    },
  });
}
