import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import { type AnswerPart, type AnswerScript, SHIPPED_WORDS } from '../openai/index.js';

/** Numbers that the German regulator keeps for films: nobody has them. */
export const SHOP_CALLS_FROM = '+493023125000';
export const CUSTOMER = '+493023125001';
export const SHOP = '+493023125099';

export const AGENT_NAME = 'flowers';
export const ORDER_NUMBER = '427';

/** The agent as its operator writes it; `toolUrl` and `secret` are those of the shop's own server. */
export function flowerShopAgent(toolUrl: string, secret: string): string {
  return `# The agent of the demo's outbound call. What else an agent may have: config/agents/example.yaml.txt.
instructions: |
  You call customers of a flower shop about their orders. You are talking to {{customer}}.
  Keep every answer to one short sentence.
greeting: Hello {{customer}}, this is the flower shop. I am calling about your order.
language: en
recording: { announcement: This call is recorded. }
privacy: { redact: [spoken-digits] }
tools:
  - webhook:
      name: order_status
      description: Says how far an order is.
      parameters:
        type: object
        properties: { order: { type: string, pattern: "^[0-9]{3}$", description: Number of the order } }
        required: [order]
        additionalProperties: false
      url: ${toolUrl}
      secret: ${secret}
  - transfer:
      destinations:
        shop: { to: "${SHOP}", description: A person in the shop, say: "${SHIPPED_WORDS['agent-transfer']}" }
`;
}

const SAYS: readonly ShippedSpeech[] = ['agent-recorded', 'agent-order', 'agent-transfer'];

/** What the agent is to have said, in order. */
export const AGENT_WORDS: readonly string[] = SAYS.map((name) => SHIPPED_WORDS[name]);

/**
 * The model behind the agent. It says what it is asked to say, word by word, so the greeting is heard only with the customer's name
 * filled in; everything else follows from what the customer says and what the tool answers.
 */
export function flowerShopAnswers(): AnswerScript {
  return ({ instructions, toolOutputs, words }) => {
    const asked = SAYS.find((name) => instructions.includes(SHIPPED_WORDS[name]));
    if (asked !== undefined) return spoken(asked);
    if (toolOutputs.some(({ output }) => output.includes('on its way'))) return spoken('agent-order');
    if (words === SHIPPED_WORDS['caller-order'])
      return { call: 'order_status', arguments: { order: ORDER_NUMBER } };
    if (words === SHIPPED_WORDS['caller-person'])
      return { call: 'transfer', arguments: { destination: 'shop' } };
    return { say: 'I did not expect this.' };
  };
}

function spoken(name: ShippedSpeech): AnswerPart {
  return { say: SHIPPED_WORDS[name], sound: shippedSpeech(name) };
}
