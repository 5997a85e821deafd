import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frameFromBytes } from '#libs/audio';
import type { ManualClock } from '#libs/testing';
import { MULAW } from '../test/call-options.js';
import { Rig } from '../test/rig.js';
import {
  acknowledged,
  allWords,
  COMMITTED,
  call,
  created,
  done,
  heard,
  itemAdded,
  pcmu,
  refused,
  SPEECH_STARTED,
  SPEECH_STOPPED,
  sound,
  soundDone,
  words,
} from '../test/server-events.js';

let rig: Rig<ManualClock>;

beforeEach(async () => {
  rig = await Rig.manual();
});

afterEach(async () => {
  expect(await rig.end()).toEqual([]);
});

describe('the greeting', () => {
  it('is asked for with all instructions, once', async () => {
    await rig.connect(pcmu);
    rig.session.greet();
    const { response } = await rig.peer.next('response.create');
    expect(response).toMatchObject({ tool_choice: 'none', metadata: { purpose: 'greeting' } });
    expect((response as { instructions: string }).instructions).toMatch(
      /^You answer the phone for Acme\.\n\n.*Good morning/,
    );
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('is left out where there is none', async () => {
    await rig.connect(pcmu, { greeting: null });
    rig.session.greet();
    await rig.settled();
    expect(rig.sent()).toEqual([]);
  });

  it('is left out when the caller spoke first', async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED);
    rig.session.greet();
    await rig.says(SPEECH_STOPPED, COMMITTED, created('r1'), sound('r1', 'a1', 100), done('r1'));
    expect(rig.sent()).toEqual([]);
  });

  it('gives way to an answer that the server began by itself', async () => {
    await rig.connect(pcmu);
    rig.session.greet();
    const asked = await rig.peer.next('response.create');
    await rig.says(created('r1'), refused(asked, 'conversation_already_has_active_response'));
    await rig.says(sound('r1', 'a1', 100), done('r1'));
    expect(rig.sent()).toEqual(['response.create']);
    expect(rig.ear.frames).toHaveLength(1);
  });

  it('is cancelled when the caller begins to speak before it does', async () => {
    await rig.connect(pcmu);
    rig.session.greet();
    await rig.peer.next('response.create');
    await rig.says(SPEECH_STARTED, created('r1', { purpose: 'greeting' }), sound('r1', 'a1', 100));
    expect(rig.of('response.cancel').map((event) => event.response_id)).toEqual(['r1']);
    await rig.says(done('r1', 'cancelled'), SPEECH_STOPPED, COMMITTED, created('r2'), sound('r2', 'a2', 100));
    expect([...rig.ear.sounds.keys()]).toEqual(['a2']);
    expect(rig.of('response.create')).toHaveLength(1);
  });
});

describe('an interruption', () => {
  beforeEach(async () => {
    await rig.connect(pcmu);
    await rig.says(created('r1'), itemAdded('r1', 'a1'), sound('r1', 'a1', 1000));
  });

  it.each([
    ['cuts at the whole millisecond that was heard', 612.9, 1000, 612],
    ['never cuts beyond the sound that came', 1400, 1500, 1000],
    ['never cuts beyond the sound that was sent on', 990, 800, 800],
  ])('%s', async (_what, heardMs, sentMs, audioEndMs) => {
    rig.ear.heard = () => heard('a1', heardMs, sentMs, false);
    await rig.says(SPEECH_STARTED);
    expect(rig.of('conversation.item.truncate').map((event) => event.audio_end_ms)).toEqual([audioEndMs]);
    expect(rig.sent()).toEqual(['conversation.item.truncate']);
  });

  it('deletes what was not heard at all, and what waited behind it', async () => {
    await rig.says(
      itemAdded('r1', 'a2'),
      sound('r1', 'a2', 500),
      itemAdded('r1', 'a3'),
      words('r1', 'a3', 'Unheard.'),
    );
    rig.ear.heard = () => [...heard('a1', 500, 1000), ...heard('a2', 0.4, 500, false)];
    await rig.says(SPEECH_STARTED);
    expect(rig.of('conversation.item.truncate').map((event) => event.item_id)).toEqual(['a1']);
    expect(rig.of('conversation.item.delete').map((event) => event.item_id)).toEqual(['a2', 'a3']);
  });

  it('leaves alone what was heard to its end', async () => {
    await rig.says(soundDone('r1', 'a1'), done('r1'));
    rig.ear.heard = () => heard('a1', 1000, 1000);
    await rig.says(SPEECH_STARTED);
    expect(rig.sent()).toEqual([]);
  });

  it('works just as well when the response was complete and only the platform still played', async () => {
    await rig.says(soundDone('r1', 'a1'), done('r1'));
    rig.ear.heard = () => heard('a1', 700, 1000);
    await rig.says(SPEECH_STARTED);
    expect(rig.sent()).toEqual(['conversation.item.truncate']);
  });

  it('drops whatever still comes of the response, and no other', async () => {
    rig.ear.heard = () => heard('a1', 700, 1000, false);
    await rig.says(SPEECH_STARTED, sound('r1', 'a1', 100), sound('r1', 'a9', 100), soundDone('r1', 'a1'));
    await rig.says(done('r1', 'cancelled', { type: 'cancelled', reason: 'turn_detected' }));
    await rig.says(SPEECH_STOPPED, COMMITTED, created('r2'), sound('r2', 'b1', 200));
    expect([...rig.ear.sounds]).toEqual([
      ['a1', 1000],
      ['b1', 200],
    ]);
    expect(rig.ear.count('audio done')).toBe(0);
    expect(rig.ear.news).toContain('response interrupted');
  });

  it('cancels by itself where the server does not', async () => {
    rig.session.interrupt(heard('a1', 700, 1000, false));
    await rig.settled();
    expect(rig.sent()).toEqual(['response.cancel', 'conversation.item.truncate']);
  });

  it('is over when it is reported twice', async () => {
    rig.ear.heard = () => heard('a1', 700, 1000, false);
    await rig.says(SPEECH_STARTED, SPEECH_STARTED);
    expect(rig.sent()).toEqual(['conversation.item.truncate']);
    expect(rig.ear.count('caller started')).toBe(1);
  });

  it('deletes an item that turns out to have no sound to cut', async () => {
    rig.ear.heard = () => heard('a1', 700, 1000, false);
    await rig.says(SPEECH_STARTED);
    const [cut] = rig.of('conversation.item.truncate');
    await rig.says(refused(cut!, 'unsupported_content_type'));
    expect(rig.of('conversation.item.delete').map((event) => event.item_id)).toEqual(['a1']);
    expect(rig.ear.errors.filter((error) => !error.message.includes('fence'))).toEqual([]);
  });

  it('takes no harm from a server that finds the cut too late', async () => {
    rig.ear.heard = () => heard('a1', 700, 1000, false);
    await rig.says(SPEECH_STARTED);
    await rig.says(refused(rig.of('conversation.item.truncate')[0]!, 'some_new_code'));
    expect(rig.ear.errors.filter((error) => !error.message.includes('fence'))).toEqual([]);
  });

  it('tells as final what was heard of the words', async () => {
    await rig.says(words('r1', 'a1', 'We are open '), words('r1', 'a1', 'every single day.'));
    rig.ear.heard = () => heard('a1', 500, 1000, false);
    await rig.says(SPEECH_STARTED, words('r1', 'a1', ' Late.'), allWords('r1', 'a1', 'All of it.'));
    expect(rig.ear.lines).toEqual([
      { speaker: 'agent', itemId: 'a1', text: 'We are open ', final: false },
      { speaker: 'agent', itemId: 'a1', text: 'We are open every single day.', final: false },
      { speaker: 'agent', itemId: 'a1', text: 'We are open', final: true },
    ]);
  });
});

describe('an interruption where the caller may not interrupt', () => {
  it('is only reported as speech', async () => {
    await rig.connect({ ...pcmu, interruptResponse: false });
    await rig.says(created('r1'), sound('r1', 'a1', 100), SPEECH_STARTED, sound('r1', 'a1', 100));
    expect(rig.ear.news).toContain('caller started');
    expect(rig.ear.news).not.toContain('interrupted');
    expect([...rig.ear.sounds]).toEqual([['a1', 200]]);
  });
});

describe('the words', () => {
  it('of the caller come in parts and as a whole, late ones too', async () => {
    await rig.connect(pcmu);
    const base = { item_id: 'u1', content_index: 0 };
    const type = 'conversation.item.input_audio_transcription';
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r1'), allWords('r1', 'a1', 'Yes.'));
    await rig.says(
      { type: `${type}.delta`, ...base, delta: 'Where ' },
      { type: `${type}.delta`, ...base, delta: 'is it' },
      {
        type: `${type}.completed`,
        ...base,
        transcript: 'Where is it?',
        usage: { type: 'duration', seconds: 60 },
      },
      { type: `${type}.completed`, item_id: 'u2', transcript: ' ', usage: null },
      {
        type: `${type}.failed`,
        item_id: 'u3',
        error: { type: 'x', code: 'audio_unintelligible', message: '' },
      },
    );
    const lines = rig.ear.lines.filter((line) => line.speaker === 'caller');
    expect(lines.map(({ text, final }) => [text, final])).toEqual([
      ['Where ', false],
      ['Where is it', false],
      ['Where is it?', true],
    ]);
    expect(rig.ear.usages).toEqual([{ tokens: {}, costUsd: 0.0045 }]);
    expect(rig.ear.news).toContain('fault OPENAI_TRANSCRIPTION_FAILED');
  });
});

describe('the sound', () => {
  it('of the caller goes up as it is', async () => {
    await rig.connect(pcmu);
    const frame = frameFromBytes('caller', MULAW, 0, Buffer.from([1, 2, 3]));
    expect(rig.session.push(frame)).toBe(true);
    expect(rig.session.push(frameFromBytes('caller', MULAW, 0, Buffer.alloc(0)))).toBe(true);
    await rig.settled();
    expect(rig.peer.appended).toEqual(['AQID']);
  });

  it('of the agent stays whole where a delta ends within a sample', async () => {
    await rig.connect({ audioFormat: 'pcm' });
    const delta = (bytes: number[]) => ({
      ...sound('r1', 'a1', 0),
      delta: Buffer.from(bytes).toString('base64'),
    });
    await rig.says(created('r1'), delta([1, 2, 3]), delta([4]), delta([]), delta([5, 6]));
    const bytes = rig.ear.frames.map(({ frame }) => [...frame.bytes]);
    expect(bytes).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it('ends with the response where the server does not end it before', async () => {
    await rig.connect(pcmu);
    await rig.says(created('r1'), sound('r1', 'a1', 100), done('r1'), soundDone('r1', 'a1'));
    expect(rig.ear.count('audio done a1')).toBe(1);
  });

  it('that never came is told', async () => {
    await rig.connect(pcmu);
    await rig.says(created('r1'), done('r1'));
    expect(rig.ear.news).toContain('fault OPENAI_ANSWER_WITHOUT_SOUND');
  });
});

describe('functions', () => {
  beforeEach(async () => {
    await rig.connect(pcmu);
    await rig.says(
      created('r1'),
      call('r1', 'c1'),
      call('r1', 'c2'),
      call('r1', 'c1'),
      call('r1', 'c3', 'incomplete'),
    );
  });

  it('are called once each, and only when the call is complete', () => {
    expect(rig.ear.toolCalls.map((tool) => tool.toolCallId)).toEqual(['c1', 'c2']);
  });

  it('are answered together, after the response has ended', async () => {
    rig.session.answerTool('c1', 'one');
    await rig.settled();
    expect(rig.sent()).toEqual(['conversation.item.create']);
    await rig.says(done('r1'));
    expect(rig.of('response.create')).toHaveLength(0);
    rig.session.answerTool('c2', '{"error":"timeout"}');
    rig.session.answerTool('c2', 'again');
    rig.session.answerTool('c9', 'unknown');
    await rig.settled();
    expect(rig.sent()).toEqual(['conversation.item.create', 'conversation.item.create', 'response.create']);
    expect(rig.of('conversation.item.create').map((event) => event.item)).toMatchObject([
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      { type: 'function_call_output', call_id: 'c2', output: '{"error":"timeout"}' },
    ]);
  });

  it('wait for a response that the caller caused meanwhile', async () => {
    await rig.says(done('r1'), SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r2'));
    rig.session.answerTool('c1', 'one');
    rig.session.answerTool('c2', 'two');
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(0);
    await rig.says(done('r2'));
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('need no response of their own when the answer to the caller knew their results', async () => {
    await rig.says(done('r1'), SPEECH_STARTED);
    rig.session.answerTool('c1', 'one');
    rig.session.answerTool('c2', 'two');
    await rig.settled();
    await rig.says(
      ...rig.of('conversation.item.create').map(acknowledged),
      SPEECH_STOPPED,
      COMMITTED,
      created('r2'),
    );
    await rig.says(done('r2'));
    expect(rig.of('response.create')).toHaveLength(0);
  });

  it('ask again when their request collided with a response that did not know the results', async () => {
    await rig.says(done('r1'));
    rig.session.answerTool('c1', 'one');
    rig.session.answerTool('c2', 'two');
    const asked = await rig.peer.next('response.create');
    await rig.says(created('r2'), refused(asked, 'conversation_already_has_active_response'));
    expect(rig.of('response.create')).toHaveLength(1);
    await rig.says(done('r2'));
    expect(rig.of('response.create')).toHaveLength(2);
  });

  it('answer with at most what OpenAI takes', async () => {
    rig.session.answerTool('c1', 'x'.repeat(300_000));
    await rig.settled();
    const [event] = rig.of('conversation.item.create');
    expect((event!.item as { output: string }).output).toHaveLength(200_000);
  });
});

describe('a response that failed', () => {
  const failed = (code: string, type = 'server_error') => ({
    type: 'failed',
    error: { type, code, message: '' },
  });

  beforeEach(async () => {
    await rig.connect(pcmu);
    rig.session.dtmf('1');
    await rig.peer.next('response.create');
  });

  it('is tried again once, then over a new connection', async () => {
    await rig.says(created('r1'), done('r1', 'failed', failed('server_error')));
    expect(rig.of('response.create')).toHaveLength(2);
    rig.peer.send(created('r2'));
    rig.peer.send(done('r2', 'failed', failed('server_error')));
    await rig.ear.told('lost OPENAI_SERVER_ERROR');
    rig.clock.advance(500);
    await rig.ear.told('restored reconnect');
    const next = await rig.server.peer(2);
    await next.next('response.create');
    expect(rig.ear.count('response failed OPENAI_SERVER_ERROR')).toBe(2);
  });

  it('waits as long as the limit asks, and for nothing when somebody answered meanwhile', async () => {
    const limits = [{ name: 'tokens', remaining: 0, reset_seconds: 3 }];
    await rig.says({ type: 'rate_limits.updated', rate_limits: limits });
    await rig.says(created('r1'), done('r1', 'failed', failed('rate_limit_exceeded')));
    expect(rig.ear.news).toContain('response failed OPENAI_RATE_LIMITED');
    rig.clock.advance(2900);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
    rig.clock.advance(200);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(2);
    await rig.says(created('r2'), sound('r2', 'a1', 20), done('r2'));
    await rig.says(created('r3'), done('r3', 'failed', failed('rate_limit_exceeded')));
    await rig.says(created('r4'), sound('r4', 'a2', 20), done('r4'));
    rig.clock.advance(9000);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(2);
  });

  it('ends the call when the account is the reason', async () => {
    rig.peer.send(created('r1'));
    rig.peer.send(done('r1', 'failed', failed('insufficient_quota', 'insufficient_quota')));
    await rig.ear.told('closed OPENAI_QUOTA_EXCEEDED');
    expect(await rig.peer.gone()).toBe(1000);
  });

  it('is told as cut short or interrupted by its own words, bare texts included', async () => {
    await rig.says(created('r1'), done('r1', 'incomplete', 'content_filter'));
    await rig.says(created('r2'), done('r2', 'cancelled', 'turn_detected'));
    expect(rig.ear.news).toEqual(
      expect.arrayContaining(['response incomplete OPENAI_RESPONSE_INCOMPLETE', 'response interrupted']),
    );
  });
});

describe('turns that the gateway answers', () => {
  it('are answered when nothing runs any more', async () => {
    await rig.connect({ ...pcmu, createResponse: false, interruptResponse: false });
    await rig.says(created('r1'), SPEECH_STARTED, SPEECH_STOPPED, COMMITTED);
    expect(rig.of('response.create')).toHaveLength(0);
    await rig.says(sound('r1', 'a1', 20), done('r1'));
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('do not block keys for long when the server forgets its own answer', async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED);
    rig.session.dtmf('5');
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(0);
    rig.clock.advance(2000);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
  });
});

describe('whatever a server says', () => {
  it('never stops the conversation, and everything that is sent stays within the schema', async () => {
    await rig.connect(pcmu);
    rig.ear.heard = () =>
      [...rig.ear.sounds].slice(-2).map(([itemId, ms]) => heard(itemId, ms / 2, ms, false)[0]!);
    rig.ear.onTool = ({ toolCallId }) => rig.session.answerTool(toolCallId, 'result');
    const id = fc.constantFrom('1', '2', '3');
    const event = fc.oneof(
      fc.constantFrom(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED),
      id.map((n) => created(`r${n}`)),
      id.map((n) => done(`r${n}`)),
      fc.tuple(id, id).map(([r, a]) => itemAdded(`r${r}`, `a${a}`)),
      fc.tuple(id, id, fc.nat(50)).map(([r, a, ms]) => sound(`r${r}`, `a${a}`, ms)),
      fc.tuple(id, id).map(([r, a]) => soundDone(`r${r}`, `a${a}`)),
      fc.tuple(id, id, fc.string()).map(([r, a, text]) => words(`r${r}`, `a${a}`, text)),
      fc.tuple(id, id, fc.string()).map(([r, a, text]) => allWords(`r${r}`, `a${a}`, text)),
      fc.tuple(id, fc.string({ minLength: 1, maxLength: 20 })).map(([r, c]) => call(`r${r}`, c)),
      fc.record({
        type: fc.constantFrom('response.done', 'conversation.item.added', 'novelty'),
        item: fc.jsonValue(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), fc.boolean(), async (events, keys) => {
        if (keys) rig.session.dtmf('1');
        await rig.says(...events);
        expect(rig.peer.invalid).toEqual([]);
        expect(rig.ear.count('closed') + rig.ear.count('lost')).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
