import { afterEach, describe, expect, it } from '@jest/globals';
import { SHIPPED_WORDS, shippedSpeech } from '#apps/simulator';
import type { Answer } from '../../libs/tools/test/http-rig.js';
import { BRIDGE, closeLines, FlowerLine } from '../product/flower-line.js';
import { Moment } from '../product/moment.js';

const ADA = '+442079460001';
const SORRY = 'I could not find out.';
const SOUND = { hz: 440, ms: 700 };

afterEach(closeLines);

const TOOLS: readonly (readonly [string, Answer, string, RegExp])[] = [
  ['never answers', () => undefined, 'timeoutMs: 4000', /time/i],
  [
    'says JSON and sends a page',
    (_, response) =>
      setTimeout(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>secret</html>'),
        3000,
      ),
    'retries: 0',
    /JSON/,
  ],
  [
    'sends the gateway to a private address',
    (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/latest/meta-data' }).end(),
    'retries: 0',
    /redirect|elsewhere|address|another/i,
  ],
];

describe('a call whose tool', () => {
  it.each(TOOLS)(
    '%s goes on: the model is told in words, and the caller waits for nobody in silence',
    async (_what, tool, toolSettings, words) => {
      const told = new Moment();
      const outputs: string[] = [];
      const line = await FlowerLine.open({
        tool,
        toolSettings,
        answer: ({ instructions, toolOutputs, words: asked, request }) => {
          const wanted = `${instructions} ${JSON.stringify(request)}`;
          if (toolOutputs.length > 0) {
            outputs.push(...toolOutputs.map(({ output }) => output));
            return { say: SORRY, sound: SOUND };
          }
          if (wanted.includes(BRIDGE)) return { say: BRIDGE, sound: SOUND };
          if (asked === SHIPPED_WORDS['caller-order'])
            return { call: 'order_status', arguments: { order: '427' } };
          return { say: 'Hello.', sound: SOUND };
        },
        callees: {
          [ADA]: {
            call: {
              script: async (caller) => {
                await caller.listen();
                await caller.say(shippedSpeech('caller-order'));
                await told.came;
              },
            },
          },
        },
      });
      const { api, booted } = line;
      const { orderId } = await api.order({ to: ADA, agent: 'flowers', parameters: { customer: 'Ada' } });
      booted.gateway.events.on('agent.item.heard', () => {
        // The apology was heard to its end.
        const { entries } = booted.tape;
        if (
          entries.some(
            ({ type, data }) => type === 'transcript.final' && 'text' in data && data.text === SORRY,
          )
        )
          told.comes();
      });
      const { callId } = await api.when(
        () => api.orderOf(orderId),
        ({ state }) => state === 'over',
        'the end',
      );
      const record = await api.when(
        async () => (await api.calls()).items.find((one) => one.callId === callId),
        (one) => one?.endedAt != null,
        'the record',
      );
      expect(record).toMatchObject({
        endReason: 'caller-hung-up',
        tools: [{ name: 'order_status', failed: true }],
      });
      expect(outputs).toEqual([expect.stringMatching(words)]);
      expect(outputs[0]).not.toMatch(/secret|10\.0\.0\.1|127\.0\.0\.1/);
      const lines = (await api.transcript(callId!)).map(({ speaker, heard }) => `${speaker}: ${heard}`);
      const isQuick = _what.startsWith('sends');
      expect(lines).toEqual([
        'agent: Hello.',
        `caller: ${SHIPPED_WORDS['caller-order']}`,
        ...(isQuick ? [] : [`agent: ${BRIDGE}`]),
        `agent: ${SORRY}`,
      ]);
    },
    60_000,
  );
});
