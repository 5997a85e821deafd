import { afterEach, describe, expect, it } from '@jest/globals';
import { closeSims, connected } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const update = (session: Record<string, unknown>) => ({
  type: 'session.update',
  event_id: 'cfg-1',
  session: { type: 'realtime', ...session },
});

describe('session.update', () => {
  it('answers with the whole session, changed only where it was told', async () => {
    const { client, session } = await connected();
    const first = await client.update({
      instructions: 'Be brief.',
      audio: { output: { format: { type: 'audio/pcmu' }, voice: 'marin' } },
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
    });
    expect(first).toMatchObject({
      id: session.id,
      instructions: 'Be brief.',
      tools: [{ name: 'f' }],
      audio: {
        input: { format: { type: 'audio/pcm', rate: 24000 }, turn_detection: { type: 'server_vad' } },
        output: { format: { type: 'audio/pcmu' }, voice: 'marin', speed: 1 },
      },
    });
    const second = await client.update({
      instructions: '',
      tools: [],
      audio: { input: { turn_detection: null } },
    });
    expect(second).toMatchObject({
      instructions: '',
      tools: [],
      audio: { input: { turn_detection: null }, output: { voice: 'marin' } },
    });
  });

  it('fills up voice detection with its defaults', async () => {
    const { client } = await connected();
    const semantic = await client.update({ audio: { input: { turn_detection: { type: 'semantic_vad' } } } });
    expect(semantic).toMatchObject({
      audio: { input: { turn_detection: { eagerness: 'auto', create_response: true } } },
    });
    const server = await client.update({
      audio: { input: { turn_detection: { type: 'server_vad', threshold: 0.7 } } },
    });
    expect(server).toMatchObject({
      audio: {
        input: { turn_detection: { threshold: 0.7, prefix_padding_ms: 300, interrupt_response: true } },
      },
    });
    expect(JSON.stringify(server)).not.toContain('eagerness');
  });

  it('refuses the whole update for one unknown field, and names it', async () => {
    const { client, session, sim } = await connected();
    const error = await client.refusalOf(update({ instructions: 'New.', audio: { output: { volume: 1 } } }));
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      code: 'unknown_parameter',
      param: 'session.audio.output.volume',
      event_id: 'cfg-1',
    });
    expect(session.config.instructions).not.toBe('New.');
    expect(client.types).not.toContain('session.updated');
    expect(sim.breaches).toMatchObject([
      { kind: 'refused', code: 'unknown_parameter', eventType: 'session.update', sessionId: session.id },
    ]);
  });

  it('applies nothing of an update that breaks a rule of state', async () => {
    const { client, session } = await connected();
    const error = await client.refusalOf(
      update({
        instructions: 'New.',
        audio: { input: { turn_detection: { type: 'server_vad', threshold: 2 } } },
      }),
    );
    expect(error).toMatchObject({ param: 'session.audio.input.turn_detection.threshold' });
    expect(session.config.instructions).not.toBe('New.');
  });

  it.each([
    ['another model', { model: 'gpt-realtime' }, 'session.model'],
    ['more tokens than there are', { max_output_tokens: 5000 }, 'session.max_output_tokens'],
    [
      'one language and many',
      { audio: { input: { transcription: { language: 'en', languages: ['en'] } } } },
      'session.audio.input.transcription.languages',
    ],
  ])('refuses %s', async (_name, session, param) => {
    const { client } = await connected();
    expect(await client.refusalOf(update(session))).toMatchObject({ param });
  });

  it('takes the same model again', async () => {
    const { client } = await connected();
    expect(await client.update({ model: 'gpt-realtime-2.1' })).toMatchObject({ model: 'gpt-realtime-2.1' });
  });

  it('lets tracing be switched on once and not changed after', async () => {
    const { client } = await connected();
    await client.update({ tracing: 'auto' });
    expect(await client.refusalOf(update({ tracing: null }))).toMatchObject({ param: 'session.tracing' });
  });

  it('locks the voice with the first sound', async () => {
    const { client } = await connected();
    await client.update({ audio: { output: { voice: 'cedar' } } });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(await client.refusalOf(update({ audio: { output: { voice: 'cedar' } } }))).toMatchObject({
      code: 'cannot_update_voice',
      param: 'session.audio.output.voice',
    });
    expect(
      await client.refusalOf({
        type: 'response.create',
        response: { audio: { output: { voice: 'marin' } } },
      }),
    ).toMatchObject({ code: 'cannot_update_voice' });
    await client.update({ instructions: 'Without a voice it works.' });
  });

  it('leaves the voice open while there was only text', async () => {
    const { client } = await connected({}, { output_modalities: ['text'] });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(await client.update({ audio: { output: { voice: 'cedar' } } })).toMatchObject({
      audio: { output: { voice: 'cedar' } },
    });
  });

  it('does not give back the secrets of MCP servers', async () => {
    const { client } = await connected();
    const tool = {
      type: 'mcp',
      server_label: 'crm',
      server_url: 'https://mcp.example.com',
      authorization: 'secret-1',
    };
    const session = await client.update({ tools: [{ ...tool, headers: { 'x-key': 'secret-2' } }] });
    expect(session).toMatchObject({ tools: [{ server_label: 'crm' }] });
    expect(JSON.stringify(session)).not.toContain('secret');
  });
});

describe('frames', () => {
  it.each([
    ['no JSON', '{"type":', 'invalid_json'],
    ['a list', '[]', 'invalid_event'],
    ['null', 'null', 'invalid_event'],
    ['an unknown event', '{"type":"session.close","event_id":"e-9"}', 'invalid_value'],
  ])('answers %s by an error and goes on', async (_name, text, code) => {
    const { client } = await connected();
    client.socket.send(text);
    expect(await client.next('error')).toMatchObject({ error: { code } });
    await client.settled();
  });

  it('closes on a binary frame', async () => {
    const { client, sim } = await connected();
    client.socket.send(Buffer.from('{"type":"input_audio_buffer.clear"}'));
    expect((await client.closed).code).toBe(1003);
    expect(sim.breaches).toMatchObject([{ kind: 'refused', message: 'Only text frames are accepted.' }]);
  });

  it('answers pings', async () => {
    const { client } = await connected();
    const pong = new Promise((resolve) =>
      client.socket.once('pong', (data: Buffer) => resolve(data.toString())),
    );
    client.socket.ping('are you there');
    expect(await pong).toBe('are you there');
  });

  it('refuses to clear a buffer that only WebRTC has', async () => {
    const { client } = await connected();
    expect(await client.refusalOf({ type: 'output_audio_buffer.clear' })).toMatchObject({ param: 'type' });
  });
});

describe('input_audio_buffer.append', () => {
  it.each([
    ['nothing', '', 'invalid_value'],
    ['something that is no base64', 'a?==', 'invalid_value'],
    ['the alphabet of addresses', 'ab-_', 'invalid_value'],
    ['an odd byte', 'AAAA', 'invalid_value'],
    ['a number', 12, 'invalid_value'],
    ['no audio at all', undefined, 'invalid_value'],
  ])('refuses %s', async (_name, audio, code) => {
    const { client, session } = await connected();
    client.send({ type: 'input_audio_buffer.append', event_id: 'a-1', audio });
    await client.settled();
    expect(await client.next('error')).toMatchObject({ error: { code, param: 'audio', event_id: 'a-1' } });
    expect(session.appends.count).toBe(0);
  });

  it('refuses fields that it does not know, and ids that are too long', async () => {
    const { client } = await connected();
    const append = { type: 'input_audio_buffer.append', audio: 'AAAAAAAA' };
    expect(await client.refusalOf({ ...append, format: 'pcm' })).toMatchObject({
      code: 'unknown_parameter',
      param: 'format',
    });
    expect(await client.refusalOf({ ...append, event_id: 'x'.repeat(513) })).toMatchObject({
      param: 'event_id',
    });
  });

  it('is silent when all is well, counts the sound, and warns once of sound before session.updated', async () => {
    const { client, session, sim } = await connected();
    const audio = Buffer.alloc(960).toString('base64');
    client.send({ type: 'input_audio_buffer.append', audio });
    client.send({ type: 'input_audio_buffer.append', audio });
    await client.settled();
    expect(client.types).toEqual(['session.created', 'input_audio_buffer.cleared']);
    expect(session.appends).toMatchObject({ count: 2, ms: 40 });
    expect(session.appends.lastAtMs).toBeGreaterThanOrEqual(session.appends.firstAtMs ?? Number.NaN);
    expect(sim.breaches).toMatchObject([{ kind: 'unwise', eventType: 'input_audio_buffer.append' }]);
    await client.update({});
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(sim.breaches).toHaveLength(1);
  });
});
