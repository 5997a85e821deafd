import { afterEach, describe, expect, it } from '@jest/globals';
import type { Prompt } from './answers.js';
import { closeSims, connected } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

type Json = Record<string, unknown>;

describe('functions', () => {
  const tools = [
    { type: 'function', name: 'lookup', parameters: { type: 'object' } },
    { type: 'function', name: 'transfer', parameters: { type: 'object' } },
  ];

  it('are called with a preamble and in parallel, and answered by what they gave', async () => {
    const answer = ({ toolOutputs }: Prompt) =>
      toolOutputs.length > 0
        ? { say: `It says ${toolOutputs.map(({ output }) => output).join(' and ')}.` }
        : [
            { say: 'One moment.', sound: { hz: 440, ms: 200 } },
            { call: 'lookup', arguments: { number: 'A17' }, callId: 'call_1' },
            { call: 'transfer' },
          ];
    const { client, session } = await connected({ answer }, { tools });
    client.send({ type: 'response.create' });
    const { response } = (await client.next('response.done')) as { response: Json };
    const output = response.output as Json[];
    expect(output).toMatchObject([
      { type: 'message', status: 'completed' },
      {
        type: 'function_call',
        status: 'completed',
        call_id: 'call_1',
        name: 'lookup',
        arguments: '{"number":"A17"}',
      },
      { type: 'function_call', status: 'completed', name: 'transfer', arguments: '{}' },
    ]);
    expect(await client.next('response.output_item.added', 2)).toMatchObject({
      output_index: 1,
      item: { type: 'function_call', status: 'in_progress', arguments: '' },
    });
    const pieces = client.journal.ofType('response.function_call_arguments.delta').map(({ event }) => event);
    expect(
      pieces
        .filter(({ call_id }) => call_id === 'call_1')
        .map(({ delta }) => delta)
        .join(''),
    ).toBe('{"number":"A17"}');
    for (const call of output.slice(1)) {
      client.send({
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id: call.call_id, output: 'done' },
      });
    }
    client.send({ type: 'response.create' });
    await client.next('response.done', 2);
    expect(session.items.at(-1)?.transcript).toBe('It says done and done.');
  });

  it('are answered only if they were called', async () => {
    const { client } = await connected();
    const item = { type: 'function_call_output', call_id: 'call_9', output: '{}' };
    expect(await client.refusalOf({ type: 'conversation.item.create', item })).toMatchObject({
      code: 'invalid_tool_call_id',
      param: 'item.call_id',
    });
  });

  it('fail the response where the script calls one that the session lacks', async () => {
    const { client } = await connected({ answer: () => ({ call: 'nothing' }) });
    client.send({ type: 'response.create' });
    expect(await client.next('response.done')).toMatchObject({ response: { status: 'failed' } });
  });
});
