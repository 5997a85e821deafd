import { afterEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { FAULTS, type Fault, type FaultKind, Faults, parseFault } from './faults.js';
import { PCM, quiet, speak } from './testing/caller-voice.js';
import { PlainClient } from './testing/plain-client.js';
import { closeSims, connected, join, startSim } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const slow = { speed: 1, answer: { hz: 440, ms: 5000 } } as const;

function withFault(kind: FaultKind, value?: number | string): { faults: Fault[] } {
  return { faults: [value === undefined ? { kind } : { kind, value }] };
}

describe('faults of the connection', () => {
  it.each([401, 403, 429, 500])('refuse an upgrade with %i, once, and then all is well', async (status) => {
    const sim = await startSim(withFault('refuse-upgrade', status));
    const refused = PlainClient.open(`${sim.url}?model=m`);
    const got = await new Promise((resolve) =>
      refused.socket.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    refused.socket.terminate();
    expect(got).toBe(status);
    await join(sim);
  });

  it('leave an upgrade without an answer', async () => {
    const sim = await startSim(withFault('hang-upgrade'));
    const hanging = PlainClient.open(`${sim.url}?model=m`);
    await join(sim);
    expect(hanging.socket.readyState).toBe(hanging.socket.CONNECTING);
    hanging.socket.terminate();
  });

  it('tell of trouble with the account after the upgrade', async () => {
    const sim = await startSim(withFault('refuse-account', 'insufficient_quota'));
    const client = PlainClient.open(`${sim.url}?model=m`);
    expect(await client.next('error')).toMatchObject({ error: { code: 'insufficient_quota' } });
    expect(await client.closed).toEqual({ code: 4000, reason: 'invalid_request_error.insufficient_quota' });
  });

  it('never say a word', async () => {
    const sim = await startSim(withFault('mute'));
    const client = PlainClient.open(`${sim.url}?model=m`);
    await new Promise((resolve) => client.socket.once('open', resolve));
    client.send({ type: 'response.create' });
    await join(sim);
    expect(client.events).toEqual([]);
    client.socket.terminate();
  });
});

describe('faults of the configuration', () => {
  it('refuse it', async () => {
    const { client, session } = await connected(withFault('refuse-update', 'server_busy'));
    const error = await client.refusalOf({
      type: 'session.update',
      event_id: 'u',
      session: { type: 'realtime', instructions: 'New.' },
    });
    expect(error).toMatchObject({ code: 'server_busy', event_id: 'u' });
    expect(session.config.instructions).not.toBe('New.');
    await client.update({ instructions: 'Second.' });
  });

  it('answer it late', async () => {
    const clock = new ManualClock();
    const { client } = await connected({ clock, ...withFault('delay-update', 3000) });
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    await client.settled();
    clock.advance(2999);
    await client.settled();
    expect(client.types).not.toContain('session.updated');
    clock.advance(1);
    await client.next('session.updated');
  });

  it('refuse a wrong one that is answered late, too', async () => {
    const clock = new ManualClock();
    const { client } = await connected({ clock, ...withFault('delay-update', 10) });
    client.send({ type: 'session.update', session: { type: 'realtime', model: 'other' } });
    await client.settled();
    clock.advance(10);
    expect(await client.next('error')).toMatchObject({ error: { param: 'session.model' } });
  });

  it('never answer it', async () => {
    const { client, session } = await connected(withFault('ignore-update'));
    client.send({ type: 'session.update', session: { type: 'realtime', instructions: 'New.' } });
    await client.settled();
    expect(client.types).not.toContain('session.updated');
    expect(session.config.instructions).toBe('New.');
  });
});

describe('faults of a response', () => {
  it.each(['server_error', 'rate_limit_exceeded', 'insufficient_quota', 'inference_rate_limit_exceeded'])(
    'let it fail with %s',
    async (code) => {
      const { client } = await connected(withFault('fail-response', code));
      client.send({ type: 'response.create' });
      expect(await client.next('response.done')).toMatchObject({
        response: {
          status: 'failed',
          status_details: { type: 'failed', error: { code } },
          output: [],
          usage: null,
        },
      });
      client.send({ type: 'response.create' });
      expect(await client.next('response.done', 2)).toMatchObject({ response: { status: 'completed' } });
    },
  );

  it('filter its content', async () => {
    const { client } = await connected(withFault('incomplete-response'));
    client.send({ type: 'response.create' });
    expect(await client.next('response.done')).toMatchObject({
      response: { status: 'incomplete', status_details: { type: 'incomplete', reason: 'content_filter' } },
    });
  });

  it('forget it', async () => {
    const { client, session } = await connected(withFault('silent-response'));
    client.send({ type: 'response.create' });
    await client.settled();
    expect(client.types).not.toContain('response.created');
    expect(session.responses).toEqual([]);
  });

  it('send sound after it was cancelled', async () => {
    const { client } = await connected({ ...slow, ...withFault('late-deltas', 2) });
    client.send({ type: 'response.create' });
    await client.next('response.output_audio.delta', 1);
    client.send({ type: 'response.cancel' });
    await client.next('response.done');
    await client.settled();
    const after = client.types.slice(client.types.indexOf('response.done'));
    expect(after.filter((type) => type === 'response.output_audio.delta')).toHaveLength(2);
  });

  it('send an error that nobody asked for, and go on', async () => {
    const { client, sim } = await connected(withFault('stray', 'rate_limit_exceeded'));
    client.send({ type: 'response.create' });
    expect(await client.next('error')).toMatchObject({
      error: { code: 'rate_limit_exceeded', event_id: null },
    });
    expect(await client.next('response.done')).toMatchObject({ response: { status: 'completed' } });
    expect(sim.breaches.filter(({ kind }) => kind === 'refused')).toEqual([]);
  });

  it('send nonsense, and go on', async () => {
    const sim = await startSim(withFault('nonsense'));
    const client = PlainClient.open(`${sim.url}?model=m`);
    await client.next('session.created');
    client.send({ type: 'response.create' });
    expect(await client.next('response.done', 2)).toMatchObject({ response: { status: 'completed' } });
    expect(client.invalid.length).toBeGreaterThan(5);
  });
});

describe('faults in the middle of an answer', () => {
  it('drop the connection: 1006', async () => {
    const { client, session } = await connected({ ...slow, ...withFault('cut', 100) });
    client.send({ type: 'response.create' });
    expect((await client.closed).code).toBe(1006);
    expect(client.types).not.toContain('response.done');
    expect(session.responses).toMatchObject([{ status: 'in_progress', doneAtMs: null }]);
    expect(session.items[0]?.audioMs).toBe(130);
  });

  it('close it with a code', async () => {
    const { client, session } = await connected({ ...slow, ...withFault('close', 1011) });
    client.send({ type: 'response.create' });
    expect((await client.closed).code).toBe(1011);
    expect(client.types).not.toContain('response.done');
    expect((await session.ended).code).toBe(1011);
  });

  it('end the session: session_expired, then 1001', async () => {
    const { client } = await connected({ ...slow, ...withFault('expire') });
    client.send({ type: 'response.create' });
    const { error } = await client.next('error');
    expect(error).toMatchObject({ code: 'session_expired', message: expect.stringContaining('60 minutes') });
    expect(await client.closed).toEqual({ code: 1001, reason: (error as { message: string }).message });
  });

  it('fall silent: no event, no pong, and the socket stays', async () => {
    const { client, session } = await connected({ ...slow, ...withFault('stall', 130) });
    client.send({ type: 'response.create' });
    await client.next('response.output_audio.delta');
    const before = client.events.length;
    let pongs = 0;
    client.socket.on('pong', () => {
      pongs += 1;
    });
    client.socket.ping();
    client.send({ type: 'response.cancel' });
    await session.received.wait('response.cancel');
    expect(session.stalled).toBe(true);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    const said = session.sent.events.length;
    session.expire();
    expect(session.sent.events.length).toBe(said);
    // What was sent before the goodbye arrives before it.
    await client.closed;
    expect([client.events.length, pongs]).toEqual([before, 0]);
  });

  it('come at the end of an answer that is shorter than they wait', async () => {
    const { client } = await connected({ answer: { hz: 440, ms: 130 }, ...withFault('cut', 10_000) });
    client.send({ type: 'response.create' });
    expect((await client.closed).code).toBe(1006);
    expect(client.types).toContain('response.output_audio.done');
    expect(client.types).not.toContain('response.done');
  });
});

describe('the session limit', () => {
  it('is announced and kept', async () => {
    const clock = new ManualClock();
    const { client } = await connected({ clock, sessionLimitMs: 120_000 });
    const { session } = (await client.next('session.created')) as { session: { expires_at: number } };
    expect(Math.abs(session.expires_at - Date.now() / 1000 - 120)).toBeLessThan(10);
    clock.advance(119_999);
    await client.settled();
    clock.advance(1);
    expect(await client.next('error')).toMatchObject({ error: { code: 'session_expired' } });
    expect((await client.closed).code).toBe(1001);
  });

  it('leaves no timer behind when the client goes before', async () => {
    const clock = new ManualClock();
    const { client, session, sim } = await connected({ clock, ...slow });
    await client.update({
      audio: { input: { transcription: { model: 'whisper-1' }, turn_detection: null } },
    });
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    sim.faults.add({ kind: 'delay-update' });
    client.send({ type: 'session.update', session: { type: 'realtime' } });
    client.send({ type: 'response.create' });
    await client.next('response.created');
    client.socket.close(1000);
    expect((await session.ended).code).toBe(1000);
    expect(session.closed?.code).toBe(1000);
    await sim.close();
    expect(clock.pending).toBe(0);
  });
});

describe('a session in the hands of a test', () => {
  it('is cut, closed and silenced at any time', async () => {
    const sim = await startSim();
    const clients = [await join(sim), await join(sim)];
    sim.sessions[0]?.cut();
    sim.sessions[1]?.close(1013, 'try again later');
    expect((await clients[0]!.closed).code).toBe(1006);
    expect(await clients[1]!.closed).toEqual({ code: 1013, reason: 'try again later' });
  });
});

describe('the text of a fault', () => {
  it.each<[string, Fault]>([
    ['cut', { kind: 'cut', times: 1 }],
    ['cut=500', { kind: 'cut', value: 500, times: 1 }],
    [
      'fail-response=rate_limit_exceeded*3',
      { kind: 'fail-response', value: 'rate_limit_exceeded', times: 3 },
    ],
    ['refuse-upgrade=500*', { kind: 'refuse-upgrade', value: 500, times: Number.POSITIVE_INFINITY }],
    ['nonsense*2', { kind: 'nonsense', times: 2 }],
  ])('%s is read', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each(['', 'cat', 'cut=', 'cut=soon', 'toString', 'cut*x'])('"%s" is refused', (text) => {
    expect(() => parseFault(text)).toThrow();
  });

  it('covers every kind', () => {
    for (const kind of Object.keys(FAULTS)) expect(parseFault(kind).kind).toBe(kind);
  });
});

describe('waiting faults', () => {
  it('are used up one by one, and can be called off', () => {
    const faults = new Faults([{ kind: 'cut', times: 2 }]);
    faults.add({ kind: 'stall', value: 7 });
    expect([faults.takeNumber('cut'), faults.takeNumber('cut'), faults.takeNumber('cut')]).toEqual([
      200,
      200,
      null,
    ]);
    faults.clear();
    expect(faults.takeNumber('stall')).toBeNull();
  });
});
