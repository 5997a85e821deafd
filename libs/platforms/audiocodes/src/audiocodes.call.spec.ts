import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Switchboard } from '#libs/core';
import {
  callHouse,
  type EventTape,
  ManualClock,
  type ScriptedAiSession,
  type ScriptedBackend,
} from '#libs/testing';
import { Desk } from '../test/desk.js';
import type { Vaic } from '../test/vaic.js';

const AI_FORMAT = { encoding: 'pcm16', sampleRate: 24000 } as const;

describe('an AudioCodes call with the core behind it', () => {
  let clock: ManualClock;
  let backend: ScriptedBackend;
  let switchboard: Switchboard;
  let tape: EventTape;
  let desk: Desk;
  let vaic: Vaic;
  let ai: ScriptedAiSession;

  beforeEach(async () => {
    clock = new ManualClock();
    const house = callHouse({ clock, formats: [AI_FORMAT], maxCalls: 2 });
    ({ tape, backend, switchboard } = house);
    desk = new Desk(clock, house.log, undefined, switchboard);
    vaic = await desk.connect();
    vaic.initiate();
    expect(await vaic.next()).toEqual({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' });
    ai = backend.session;
    vaic.start();
    expect((await vaic.next()).activities[0].name).toBe('config');
    expect(ai.greetings).toBe(1);
  });

  afterEach(async () => {
    await desk.close();
    switchboard.close();
    clock.advance(120_000);
    await Promise.resolve();
    expect(desk.conversations.size).toBe(0);
    expect(switchboard.callCount).toBe(0);
  });

  it('truncates the AI at the millisecond that was heard when the caller interrupts, even if the AI has finished', async () => {
    ai.say('item-1', 3000);
    ai.finish('item-1');
    clock.advance(1000);
    ai.listener.onCallerSpeech('started', 0);
    ai.listener.onInterrupted();
    const types = (await vaic.rest()).map(({ type, activities }) => activities?.[0].name ?? type);
    expect(types.slice(-3)).toEqual(['userStream.speech.started', 'playStream.stop', 'abortPrompts']);
    expect(ai.interruptions).toEqual([[{ itemId: 'item-1', sentMs: 3000, heardMs: 1000, complete: true }]]);
    const sentMs = types.filter((type) => type === 'playStream.chunk').length * 20;
    expect(sentMs).toBeGreaterThan(1000);
    expect(sentMs).toBeLessThanOrEqual(1400);
  });

  it('hears the caller, and silence while VoiceAI Connect holds the sound back', async () => {
    vaic.send({ type: 'userStream.start', conversationId: 'call-1' });
    await vaic.next();
    vaic.chunk(Buffer.alloc(640, 1).toString('base64'));
    vaic.send({ type: 'userStream.stop', conversationId: 'call-1' });
    await vaic.next();
    const spoken = ai.frames.length;
    expect(spoken).toBeGreaterThan(0);
    expect(ai.frames[0]!.format).toEqual(AI_FORMAT);
    clock.advance(1000);
    const silent = ai.frames.slice(spoken).reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(silent).toBeGreaterThanOrEqual(900);
    expect(silent).toBeLessThanOrEqual(1000);
  });

  it('goes on with the same AI session after the socket was lost and came back', async () => {
    ai.say('item-1', 1000);
    vaic.socket.terminate();
    await vaic.closed();
    const second = await desk.connect();
    second.send({ type: 'session.resume', conversationId: 'call-1' });
    expect(await second.next()).toEqual({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' });
    expect(backend.sessions).toHaveLength(1);
    ai.say('item-2', 20);
    expect(await second.next()).toMatchObject({ type: 'playStream.start', streamId: '2' });
    expect(tape.types.filter((type) => type.startsWith('call.'))).toEqual([
      'call.offered',
      'call.answered',
      'call.connected',
      'call.suspended',
      'call.resumed',
    ]);
    expect(ai.greetings).toBe(1);
  });

  it('is over on both sides when it was not resumed in time', async () => {
    vaic.socket.terminate();
    await vaic.closed();
    const second = await desk.connect();
    // The gateway has noticed the loss once it answers here.
    second.send({ type: 'connection.validate' });
    await second.next();
    clock.advance(30_000);
    expect(ai.closed).toBe(true);
    const third = await desk.connect();
    third.send({ type: 'session.resume', conversationId: 'call-1' });
    expect(await third.next()).toMatchObject({ type: 'session.error', reason: 'conversation not found' });
    expect(tape.last('call.ended')).toMatchObject({ reason: 'leg-lost' });
  });

  it('ends with a hangup when the AI is done', async () => {
    ai.listener.onAiClosed(null);
    expect((await vaic.next()).activities[0]).toMatchObject({
      name: 'hangup',
      activityParams: { hangupReason: 'agent-hung-up' },
    });
    vaic.send({ type: 'session.end', conversationId: 'call-1', reasonCode: 'bot-disconnected', reason: '' });
    expect(await vaic.closed()).toBe(1000);
  });

  it('has its number of calls limited exactly', async () => {
    const others = await Promise.all([2, 3, 4].map(() => desk.connect()));
    for (const [index, other] of others.entries()) other.initiate({ conversationId: `call-${index + 2}` });
    const answers = await Promise.all(others.map((other) => other.next()));
    expect(answers.map(({ type }) => type).sort()).toEqual([
      'session.accepted',
      'session.error',
      'session.error',
    ]);
  });

  it('refuses a second call under the id of a running one, which goes on', async () => {
    const second = await desk.connect();
    second.initiate();
    expect(await second.next()).toMatchObject({ type: 'session.error' });
    ai.say('item-1', 20);
    expect(await vaic.next()).toMatchObject({ type: 'playStream.start' });
    expect(switchboard.callCount).toBe(1);
  });
});
