import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallScript,
  type OpenAiSim,
  type OpenAiSimOptions,
  placeTwilioCall,
  SHIPPED_WORDS,
  shippedSpeech,
  startOpenAiSim,
} from '#apps/simulator';
import { decodeMulaw, MULAW_SILENCE } from '#libs/audio';
import { until } from '#libs/testing';
import { MonitorClient } from '../../libs/observers/live-monitor/test/monitor-client.js';
import { type Booted, boot, closeAll } from './boot.js';

const sims: OpenAiSim[] = [];
const viewers: MonitorClient[] = [];

afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.socket.terminate();
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
});

async function bridge(simOptions: OpenAiSimOptions = {}): Promise<Booted & { sim: OpenAiSim }> {
  const sim = await startOpenAiSim({ apiKey: 'sim-key', ...simOptions });
  sims.push(sim);
  const booted = await boot({
    AI_BACKEND: 'openai-realtime',
    OPENAI_API_KEY: 'sim-key',
    OPENAI_REALTIME_URL: sim.url,
  });
  return { ...booted, sim };
}

async function view({ wsOrigin }: Booted): Promise<MonitorClient> {
  const viewer = await MonitorClient.open(wsOrigin);
  viewers.push(viewer);
  return viewer;
}

/** A Twilio call, and what left the caller and reached him, byte by byte. */
function ring({ origin }: Booted, script: CallScript) {
  const spoken: Uint8Array[] = [];
  const heard: Uint8Array[] = [];
  const call = placeTwilioCall({
    webhookUrl: `${origin}/twilio/voice`,
    script,
    onCallerSound: (frame) => {
      spoken.push(frame === null ? new Uint8Array(160).fill(MULAW_SILENCE) : Uint8Array.from(frame.bytes));
    },
    onAgentSound: (bytes) => heard.push(Uint8Array.from(bytes)),
  });
  return { report: call.ended, spoken, heard };
}

/** The call that is there next, as the list tells. */
async function nextCall(viewer: MonitorClient): Promise<string> {
  await viewer.ask('calls.subscribe');
  return (await viewer.until('call.changed', ({ state }) => state === 'connecting' || state === 'active'))
    .callId;
}

const agentBytes = (sim: OpenAiSim) =>
  Buffer.concat(sim.sessions[0]!.everyItem.filter((item) => item.isAgentSound).map((item) => item.bytes));

const offeredMs = ({ gateway }: Booted, callId: string) =>
  gateway.switchboard.desk.find(callId)!.view.offeredMs;

/** Share of the power of μ-law sound that is a tone of this frequency. */
function toneShare(bytes: Uint8Array, hz: number): number {
  const samples = decodeMulaw(bytes);
  let re = 0;
  let im = 0;
  let power = 0;
  for (const [i, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * hz * i) / 8000);
    im += sample * Math.sin((2 * Math.PI * hz * i) / 8000);
    power += sample * sample;
  }
  return power === 0 ? 0 : (2 * (re * re + im * im)) / (samples.length * power);
}

describe('a call with OpenAI over Twilio, seen from the monitor', () => {
  it('is seen, read and listened to: the AI’s very samples at the pace they are heard, the caller’s very bytes', async () => {
    const booted = await bridge({ thinkMs: 500 });
    const viewer = await view(booted);
    const { report, spoken } = ring(booted, async (caller) => {
      await caller.listen();
      await caller.say(shippedSpeech('caller-hours'));
      await caller.listen();
      await caller.pause(500);
    });
    const callId = await nextCall(viewer);
    const story = await viewer.ask('call.subscribe', { callId });
    expect(story.event).toBe('call');
    const started = await viewer.ask('audio.subscribe', { callId, speakers: ['AI', 'Caller'] });
    expect(started).toMatchObject({ event: 'audio.started', data: { callId, speakers: ['AI', 'Caller'] } });
    const zeroMs = offeredMs(booted, callId);
    expect(await report).toMatchObject({ breaches: [], failures: [], ok: true });
    await viewer.until('audio.ended', ({ reason }) => reason === 'call-ended');

    expect(viewer.sound('AI').equals(agentBytes(booted.sim))).toBe(true);
    const caller = viewer.sound('Caller');
    expect(caller.length).toBeGreaterThan(8000 * 4);
    expect(Buffer.concat(spoken).includes(caller)).toBe(true);
    for (const { speaker, format, sampleRate, atMs, bytes, stream, arrivedMs } of viewer.frames) {
      expect(stream).toBe(started.data.stream);
      if (speaker === 'Caller') expect([format, sampleRate]).toEqual(['mulaw', 8000]);
      else {
        expect([format, sampleRate]).toEqual(['pcm16', 24_000]);
        expect(zeroMs + atMs + bytes.length / 48 - arrivedMs).toBeLessThanOrEqual(201);
      }
    }
    const { data } = await viewer.ask('call.subscribe', { callId });
    expect(
      data.transcript.map(({ speaker, text }: { speaker: string; text: string }) => [speaker, text]),
    ).toEqual([
      ['agent', SHIPPED_WORDS['agent-greeting']],
      ['caller', SHIPPED_WORDS['caller-hours']],
      ['agent', SHIPPED_WORDS['agent-answer']],
    ]);
    // Where the caller began, though his words came after he had ended.
    const beganMs = booted.tape.all('caller.speech.started')[0]!.startedMs;
    expect(Math.abs(zeroMs + data.transcript[1].atMs - beganMs)).toBeLessThan(5);
    expect(data.summary).toMatchObject({ state: 'ended', reason: 'caller-hung-up', platform: 'twilio' });
    expect(data.summary.costUsd).toBeGreaterThan(0);
    expect(data.samples.length).toBeGreaterThan(8);
    expect(viewer.all('levels').some(({ calls }) => calls[0]?.[2] > -40)).toBe(true);
    expect(booted.tape.all('operator.acted')).toEqual([{ action: 'listen', by: 'this machine' }]);
    expect(booted.tape.all('audio.dropped')).toEqual([]);
    expect(viewer.all('error')).toEqual([]);
  }, 40_000);

  it('is cut for the listener too where the caller interrupted, and the words with it', async () => {
    const booted = await bridge({
      thinkMs: 500,
      speed: Number.POSITIVE_INFINITY,
      answer: { hz: 600, ms: 6000 },
    });
    const viewer = await view(booted);
    const { report } = ring(booted, async (caller) => {
      await caller.interrupt(1500, shippedSpeech('caller-stop'));
      await caller.pause(300);
    });
    const callId = await nextCall(viewer);
    await viewer.ask('call.subscribe', { callId });
    await viewer.ask('audio.subscribe', { callId, speakers: ['AI'] });
    const [bargeIn] = (await report).bargeIns;
    const cut = viewer.all('audio.cut')[0];
    const before = viewer.frames.filter(({ atMs }) => atMs < cut.atMs);
    const heardMs = before.reduce(
      (sum, { atMs, bytes }) => sum + Math.min(bytes.length / 48, cut.atMs - atMs),
      0,
    );
    expect(Math.abs(heardMs - bargeIn!.heardMs)).toBeLessThan(150);
    expect(agentBytes(booted.sim).indexOf(Buffer.concat(before.map(({ bytes }) => bytes)))).toBe(0);
    const sentMs = viewer.frames
      .filter(({ atMs }) => atMs < cut.atMs + 400)
      .reduce((sum, { bytes }) => sum + bytes.length / 48, 0);
    expect(sentMs).toBeLessThan(heardMs + 250);
    const line = (await viewer.ask('call.subscribe', { callId })).data.transcript[0];
    expect(line).toMatchObject({ speaker: 'agent', cut: true });
    expect(line.text.startsWith(line.heardText)).toBe(true);
    expect(line.heardText.length).toBeLessThan(line.text.length);
    expect(viewer.events('transcript.heard')[0].data).toMatchObject({ itemId: line.itemId, cut: true });
  }, 40_000);

  it('is told to one who comes late from the beginning, and listened to by simple clients as JSON', async () => {
    const booted = await bridge();
    const early = await view(booted);
    const { report } = ring(booted, async (caller) => {
      await caller.listen();
      await caller.say(shippedSpeech('caller-hours'));
      await caller.listen();
    });
    const callId = await nextCall(early);
    await until(() => booted.tape.types.includes('agent.item.heard'), 'the greeting');
    const late = await view(booted);
    expect((await late.ask('calls.subscribe')).data.calls).toMatchObject([{ callId, state: 'active' }]);
    const { data } = await late.ask('call.subscribe', { callId });
    expect(data.events.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['call.offered', 'call.connected', 'agent.item.heard']),
    );
    expect(data.transcript[0]).toMatchObject({ text: SHIPPED_WORDS['agent-greeting'], cut: false });
    expect(data.speech[0]).toMatchObject({ speaker: 'agent', toMs: expect.any(Number) });
    await late.ask('audio.subscribe', { callId, speakers: ['AI'], form: 'json' });
    await report;
    await late.until('audio.ended');
    const pieces = late.all('audio');
    expect(pieces[0]).toMatchObject({ callId, format: 'pcm16', sampleRate: 24_000, speaker: 'AI' });
    const sound = Buffer.concat(pieces.map(({ audio }) => Buffer.from(audio, 'base64')));
    const answer = booted.sim.sessions[0]!.everyItem.filter((item) => item.isAgentSound).at(-1)!;
    expect(sound.equals(Buffer.from(answer.bytes))).toBe(true);
    expect(late.frames).toEqual([]);
  }, 40_000);

  it('does not notice a viewer who stops reading: he loses frames, and is told how many', async () => {
    const booted = await bridge();
    const [slow, quick] = [await view(booted), await view(booted)];
    let over = false;
    const { report, spoken } = ring(booted, async (caller) => {
      while (!over) await caller.pause(200);
    });
    const callId = await nextCall(quick);
    for (const viewer of [slow, quick])
      await viewer.ask('audio.subscribe', { callId, speakers: ['AI', 'Caller'] });
    slow.socket.pause();
    const heard = () => quick.frames.filter(({ speaker }) => speaker === 'Caller').length;
    await until(() => heard() > 250, 'five seconds of sound', 20_000);
    slow.socket.resume();
    const lost = () => slow.all('audio.lost').reduce((sum, { frames }) => sum + frames, 0);
    await until(() => lost() > 50, 'the number of lost frames');
    over = true;
    expect(await report).toMatchObject({ ok: true, breaches: [], agent: { gaps: [] } });
    await quick.until('audio.ended');
    expect(quick.all('audio.lost')).toEqual([]);
    expect(Buffer.concat(spoken).includes(quick.sound('Caller'))).toBe(true);
    expect(booted.tape.all('audio.dropped')).toEqual([]);
  }, 40_000);
});

describe('stepping in', () => {
  it('lets an operator speak through the agent, whisper to it, mute it, take over and hang up', async () => {
    const booted = await bridge();
    const viewer = await view(booted);
    const { report, heard } = ring(booted, (caller) => caller.pause(30_000));
    const callId = await nextCall(viewer);
    await until(() => booted.tape.types.includes('agent.item.heard'), 'the greeting', 15_000);
    const received = () => JSON.stringify(booted.sim.sessions[0]!.received);

    expect((await viewer.ask('call.whisper', { callId, text: 'Offer a discount.' })).event).toBe('done');
    await until(() => received().includes('Offer a discount.'), 'the whisper at the AI');
    expect((await viewer.ask('call.say', { callId, text: 'One moment please.' })).event).toBe('done');
    await until(() => received().includes('One moment please.'), 'the words at the AI');

    expect((await viewer.ask('call.mute', { callId, muted: true })).event).toBe('done');
    await viewer.until('call.changed', ({ muted }) => muted === true);
    expect((await viewer.ask('call.say', { callId, text: 'Unheard.' })).data.code).toBe(
      'MONITOR_BACKEND_CANNOT',
    );

    expect((await viewer.ask('call.take-over', { callId })).event).toBe('done');
    await viewer.until('call.changed', ({ takenOver }) => takenOver === true);
    const other = await view(booted);
    expect((await other.ask('call.take-over', { callId })).data.code).toBe('MONITOR_LINE_TAKEN');
    expect((await other.ask('call.give-back', { callId })).data.code).toBe('MONITOR_NOT_TAKEN_OVER');
    const before = heard.length;
    const tone = Int16Array.from(
      { length: 480 },
      (_, i) => 10_000 * Math.sin((2 * Math.PI * 1000 * i) / 24_000),
    );
    for (let i = 0; i < 40; i++) viewer.socket.send(Buffer.from(tone.buffer));
    const operatorSound = () => Buffer.concat(heard.slice(before));
    await until(() => operatorSound().length >= 700 * 8, 'the operator’s voice at the caller');
    expect(toneShare(operatorSound().subarray(800, 5600), 1000)).toBeGreaterThan(0.95);

    viewer.socket.send(Buffer.alloc(3));
    await viewer.until('error', ({ code }) => code === 'MONITOR_BAD_SOUND');
    expect((await viewer.ask('call.give-back', { callId })).event).toBe('done');
    expect((await viewer.ask('call.hang-up', { callId })).event).toBe('done');
    await report;
    await viewer.until('call.changed', ({ reason }) => reason === 'operator-hung-up');
    expect((await viewer.ask('call.hang-up', { callId })).data.code).toBe('MONITOR_CALL_ENDED');
    expect(booted.tape.all('operator.acted').map(({ action }) => action)).toEqual([
      'whisper',
      'say',
      'mute',
      'take-over',
      'give-back',
      'hang-up',
    ]);
  }, 40_000);

  it('gives the line back when the operator’s microphone falls silent, and says so', async () => {
    const booted = await bridge();
    const [viewer, other] = [await view(booted), await view(booted)];
    const { report } = ring(booted, async (caller) => {
      await caller.pause(6000);
    });
    const callId = await nextCall(viewer);
    await viewer.ask('call.take-over', { callId });
    viewer.socket.send(Buffer.alloc(960));
    await viewer.until('error', ({ code }) => code === 'MONITOR_MICROPHONE_GONE');
    const acted = booted.tape.entries.filter(({ type }) => type === 'operator.acted');
    expect(acted.map(({ data }) => data)).toEqual([
      { action: 'take-over', by: 'this machine' },
      { action: 'give-back', by: 'this machine' },
    ]);
    const heldMs = acted[1]!.stamp.atMs - acted[0]!.stamp.atMs;
    expect(heldMs).toBeGreaterThanOrEqual(3000);
    expect(heldMs).toBeLessThan(4000);
    expect((await viewer.ask('call.give-back', { callId })).data.code).toBe('MONITOR_NOT_TAKEN_OVER');
    expect((await other.ask('call.take-over', { callId })).event).toBe('done');
    expect((await report).ok).toBe(true);
  }, 30_000);

  it('gives the line back when the operator’s socket is gone', async () => {
    const booted = await bridge();
    const [viewer, other] = [await view(booted), await view(booted)];
    const { report } = ring(booted, async (caller) => {
      await caller.pause(1500);
    });
    const callId = await nextCall(viewer);
    await viewer.ask('call.take-over', { callId });
    viewer.socket.terminate();
    await until(
      () => booted.tape.all('operator.acted').at(-1)?.action === 'give-back',
      'the line given back',
    );
    expect((await other.ask('call.take-over', { callId })).event).toBe('done');
    expect((await report).ok).toBe(true);
  }, 30_000);
});

describe('the door of the monitor', () => {
  it('lets in this machine alone while there is no token, and no page of another site', async () => {
    const { wsOrigin } = await boot();
    expect(await MonitorClient.status(wsOrigin, {})).toBe(101);
    expect(await MonitorClient.status(wsOrigin, { 'X-Forwarded-For': '203.0.113.9' })).toBe(403);
    expect(await MonitorClient.status(wsOrigin, { Origin: 'https://evil.example' })).toBe(403);
    expect(await MonitorClient.status(wsOrigin, { Origin: wsOrigin.replace('ws', 'http') })).toBe(101);
  });

  it('asks for the token before the upgrade where there is one', async () => {
    const { wsOrigin, tape } = await boot({ ADMIN_TOKEN: 'a-long-enough-token' });
    expect(await MonitorClient.status(wsOrigin, {})).toBe(401);
    expect(await MonitorClient.status(wsOrigin, { Authorization: 'Bearer wrong' })).toBe(401);
    const right = { Authorization: 'Bearer a-long-enough-token' };
    expect(await MonitorClient.status(wsOrigin, right)).toBe(101);
    expect(await MonitorClient.status(wsOrigin, { ...right, Origin: 'https://evil.example' })).toBe(403);
    expect(tape.all('upgrade.rejected').map(({ reason }) => reason)).toEqual([
      'no-credentials',
      'bad-credentials',
      'foreign-origin',
    ]);
  });

  it('closes when as many watch as may, and opens again when one leaves', async () => {
    const yaml =
      'platforms: { loopback: {} }\nbackends: { echo: {} }\nobservers: { live-monitor: { maxViewers: 1 } }\n';
    const booted = await boot({}, { yaml });
    const viewer = await view(booted);
    expect(await MonitorClient.status(booted.wsOrigin, {})).toBe(503);
    await viewer.close();
    let status = 0;
    while (status !== 101) status = await MonitorClient.status(booted.wsOrigin, {});
    expect(booted.tape.all('upgrade.rejected')[0]).toEqual({ reason: 'full', path: '/monitor' });
  });
});

describe('what makes no sense', () => {
  it('is answered with a code, and the viewer stays', async () => {
    const viewer = await view(await boot());
    const codeOf = async (event: string, data: object = {}) => (await viewer.ask(event, data)).data.code;
    expect(await codeOf('calls.destroy')).toBe('MONITOR_UNKNOWN_EVENT');
    expect(await codeOf('call.subscribe')).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('call.subscribe', { callId: 7 })).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('call.subscribe', { callId: 'x'.repeat(200) })).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('call.subscribe', { callId: 'none' })).toBe('MONITOR_CALL_UNKNOWN');
    expect(await codeOf('call.say', { callId: 'none', text: 'a'.repeat(3000) })).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('call.mute', { callId: 'none', muted: 'yes' })).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('audio.subscribe', { callId: 'none', speakers: ['God'] })).toBe('MONITOR_BAD_DATA');
    expect(await codeOf('audio.subscribe', { callId: 'none', speakers: 'AI' })).toBe('MONITOR_BAD_DATA');
    for (const text of ['{', '[]', 'null', '"x"', '{"event":5}', '{"event":"calls.subscribe","data":[]}'])
      viewer.socket.send(text);
    const faults = () => viewer.all('error').filter(({ code }) => code === 'MONITOR_BAD_MESSAGE');
    await until(() => faults().length === 6, 'an error for each');
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    for (const levels of [2, 1000, 5000])
      viewer.socket.send(`{"event":"call.subscribe","data":{"callId":"none","more":${deep(levels)}}}`);
    const refused = () => viewer.all('error').filter(({ message }) => /inside of others/.test(message));
    await until(() => refused().length === 3, 'an error for each');
    expect(new Set(refused().map(({ code }) => code))).toEqual(new Set(['MONITOR_BAD_DATA']));
    for (const id of [
      '1e400',
      '-1e400',
      '12345678901234567890',
      '[1]',
      '{"a":1}',
      'null',
      `"${'x'.repeat(65)}"`,
    ])
      viewer.socket.send(`{"event":"calls.subscribe","id":${id}}`);
    await until(() => faults().length === 6 + 7, 'an error for each');
    expect(viewer.all('error').map(({ code }) => code)).not.toContain('MONITOR_INTERNAL');
    for (let i = 0; i < 100; i++) viewer.socket.send(Buffer.from('{"event":"calls.subscribe"}'));
    await viewer.until('error', ({ code }) => code === 'MONITOR_NOT_TAKEN_OVER');
    expect((await viewer.ask('calls.subscribe')).event).toBe('calls');
    expect(viewer.all('calls')).toHaveLength(1);
    expect(viewer.all('error').filter(({ code }) => code === 'MONITOR_NOT_TAKEN_OVER')).toHaveLength(1);
    for (const { message } of viewer.all('error'))
      expect(message).not.toMatch(/must be|Bad Request|Exception/);
  });

  it('ends the connection when it is too big', async () => {
    const viewer = await view(await boot());
    viewer.socket.send('x'.repeat(70_000));
    await until(() => viewer.closedWith !== null, 'the end of the connection');
    expect(viewer.closedWith).toBe(1009);
  });

  it('is refused of a call that has ended, which can still be read', async () => {
    const booted = await boot();
    const viewer = await view(booted);
    const { report } = ring(booted, (caller) => caller.pause(300));
    const callId = await nextCall(viewer);
    expect((await viewer.ask('call.say', { callId, text: 'Hello.' })).data.code).toBe(
      'MONITOR_BACKEND_CANNOT',
    );
    await report;
    await viewer.until('call.changed', ({ state }) => state === 'ended');
    expect((await viewer.ask('audio.subscribe', { callId, speakers: ['AI'] })).data.code).toBe(
      'MONITOR_CALL_ENDED',
    );
    expect((await viewer.ask('call.mute', { callId, muted: true })).data.code).toBe('MONITOR_CALL_ENDED');
    expect((await viewer.ask('call.subscribe', { callId })).data.summary.state).toBe('ended');
  }, 20_000);
});
