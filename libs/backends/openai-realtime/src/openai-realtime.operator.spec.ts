import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CapturedLog, type ManualClock } from '#libs/testing';
import { Rig } from '../test/rig.js';
import { type Event, type Peer } from '../test/scripted-server.js';
import {
  acknowledged,
  allWords,
  COMMITTED,
  created,
  done,
  heard,
  pcmu,
  refused,
  SPEECH_STARTED,
  SPEECH_STOPPED,
  sound,
  soundDone,
} from '../test/server-events.js';

let rig: Rig<ManualClock>;
let log: CapturedLog;

const WORDS = { purpose: 'words' };

beforeEach(async () => {
  log = new CapturedLog();
  rig = await Rig.manual({}, log);
  await rig.connect(pcmu, { greeting: null });
});

afterEach(async () => {
  expect(await rig.end()).toEqual([]);
});

/** The text that a request asks to be said; `answer` where it asks for the model's own words. */
function askedOf(event: Event): string {
  const { response } = event as unknown as { response?: { instructions: string; metadata: object } };
  if (response === undefined) return 'answer';
  expect(response).toMatchObject({ tool_choice: 'none', metadata: WORDS });
  return /---\n([\s\S]*)\n---$/.exec(response.instructions)![1]!;
}

const asked = (peer: Peer = rig.peer): string[] => peer.ofType('response.create').map(askedOf);
const notes = (peer: Peer = rig.peer) => peer.ofType('conversation.item.create').map((event) => event.item);
const said = (id: string) => [
  created(id, WORDS),
  sound(id, `a-${id}`, 100),
  soundDone(id, `a-${id}`),
  done(id),
];

async function speak(...texts: string[]): Promise<void> {
  for (const text of texts) rig.session.speak!(text);
  await rig.settled();
}

/** The connection breaks, and the next one is up. */
async function broken(meanwhile: () => void = () => undefined): Promise<Peer> {
  rig.peer.socket.terminate();
  await rig.ear.told('lost');
  meanwhile();
  rig.clock.advance(3000);
  rig.peer = await rig.server.peer(2);
  await rig.ear.told('restored');
  await rig.settled();
  return rig.peer;
}

describe('words to be said as they stand', () => {
  it('are asked for with all instructions and without functions, at once where nothing is in the way', async () => {
    await speak('  We close at "five".\nPlease hold on. ');
    expect(asked()).toEqual(['We close at "five".\nPlease hold on.']);
    const [event] = rig.of('response.create');
    expect((event!.response as { instructions: string }).instructions).toMatch(
      /^You answer the phone for Acme\.\n/,
    );
    await rig.says(...said('r1'));
    expect([...rig.ear.sounds.keys()]).toEqual(['a-r1']);
    expect(asked()).toHaveLength(1);
  });

  it('wait for the end of what is being said, one after the other, and go before answers', async () => {
    await rig.says(created('r0'), sound('r0', 'a0', 100));
    await speak('One.', 'Two.');
    rig.session.dtmf('1');
    await rig.settled();
    expect(asked()).toEqual([]);
    await rig.says(soundDone('r0', 'a0'), done('r0'));
    expect(asked()).toEqual(['One.']);
    await rig.says(...said('r1'));
    expect(asked()).toEqual(['One.', 'Two.']);
    await rig.says(...said('r2'));
    expect(asked()).toEqual(['One.', 'Two.', 'answer']);
  });

  it('wait for a caller who speaks, and for the answer to that', async () => {
    await rig.says(SPEECH_STARTED);
    await speak('One.');
    await rig.says(SPEECH_STOPPED, COMMITTED);
    expect(asked()).toEqual([]);
    await rig.says(created('r1'), sound('r1', 'a1', 100), done('r1'));
    expect(asked()).toEqual(['One.']);
  });

  it('are said later when the caller takes the floor before they sound, and not again once they did', async () => {
    await speak('One.');
    await rig.says(SPEECH_STARTED, created('r1', WORDS));
    expect(rig.of('response.cancel').map((event) => event.response_id)).toEqual(['r1']);
    await rig.says(done('r1', 'cancelled'), SPEECH_STOPPED, COMMITTED);
    await rig.says(created('r2'), sound('r2', 'a2', 100), done('r2'));
    expect(asked()).toEqual(['One.', 'One.']);
    await rig.says(created('r3', WORDS), sound('r3', 'a3', 100));
    rig.ear.heard = () => heard('a3', 50, 100, false);
    await rig.says(SPEECH_STARTED, done('r3', 'cancelled'), SPEECH_STOPPED, COMMITTED);
    await rig.says(created('r4'), sound('r4', 'a4', 100), done('r4'));
    expect(asked()).toEqual(['One.', 'One.']);
  });

  it('are said later when their response had begun and nothing of them had sounded', async () => {
    await speak('One.');
    await rig.says(created('r1', WORDS), SPEECH_STARTED, done('r1', 'cancelled'));
    await rig.says(SPEECH_STOPPED, COMMITTED, created('r2'), sound('r2', 'a2', 100), done('r2'));
    expect(asked()).toEqual(['One.', 'One.']);
  });

  it('are asked for again when another response came first, and when their own failed', async () => {
    await speak('One.', 'Two.');
    const [request] = rig.of('response.create');
    await rig.says(created('r1'), refused(request!, 'conversation_already_has_active_response'));
    await rig.says(sound('r1', 'a1', 100), done('r1'));
    expect(asked()).toEqual(['One.', 'One.']);
    const failure = { type: 'failed', error: { type: 'server_error', code: 'server_error', message: '' } };
    await rig.says(created('r2', WORDS), done('r2', 'failed', failure));
    expect(asked()).toEqual(['One.', 'One.', 'One.']);
    await rig.says(...said('r3'));
    expect(asked().at(-1)).toBe('Two.');
  });

  it('do not take the place of an answer that is owed', async () => {
    await speak('One.');
    rig.session.dtmf('1');
    await rig.settled();
    // The server has the question before it begins to say the words.
    await rig.says(...rig.of('conversation.item.create').map(acknowledged), ...said('r1'));
    expect(asked()).toEqual(['One.', 'answer']);
  });

  it.each([
    ['were asked for', []],
    ['were half said', [created('r1', WORDS), sound('r1', 'a1', 50)]],
  ])('are said over the next connection when they %s on one that broke', async (_what, events) => {
    await speak('One.');
    await rig.says(...events);
    const next = await broken();
    expect(asked(next)).toEqual(['One.']);
    await rig.says(...said('r9'));
    expect(asked(next)).toEqual(['One.']);
  });

  it('wait for a connection that is being restored', async () => {
    const next = await broken(() => rig.session.speak!('One.'));
    expect(asked(next)).toEqual(['One.']);
  });

  it('that were said to their end are not said again over the next connection', async () => {
    await speak('One.');
    await rig.says(...said('r1'), allWords('r1', 'a-r1', 'One.'));
    expect(asked(await broken())).toEqual([]);
  });

  it('are said again to a caller who was away', async () => {
    await speak('One.');
    await rig.says(...said('r1'));
    rig.session.interrupt(heard('a-r1', 40, 100));
    rig.session.goOn!();
    await rig.settled();
    expect(asked()).toEqual(['One.', 'One.']);
  });

  it('are bounded in length and number, which the log tells without their text', async () => {
    await rig.says(created('r0'), sound('r0', 'a0', 100));
    await speak('', '   ', `${'x'.repeat(2500)} end`);
    for (let i = 0; i < 9; i++) rig.session.speak!(`Text ${i}.`);
    await rig.says(done('r0'));
    expect(asked()).toEqual(['x'.repeat(2000)]);
    const codes = log.lines.map(({ fields }) => (fields as { code?: string }).code);
    expect(codes.filter((code) => code === 'OPENAI_TEXT_CUT')).toHaveLength(1);
    expect(codes.filter((code) => code === 'OPENAI_TOO_MUCH_TO_SAY')).toHaveLength(2);
    expect(JSON.stringify(log.lines)).not.toContain('Text 8');
  });

  it('are nobody’s any more when the conversation is closed', async () => {
    rig.session.close();
    rig.session.speak!('One.');
    rig.session.instruct!('Note.');
    await rig.peer.gone();
    expect(rig.sent()).toEqual([]);
  });
});

describe('an instruction', () => {
  const system = (text: string) => ({
    type: 'message',
    role: 'system',
    content: [{ type: 'input_text', text }],
  });

  it('joins the conversation without an answer, also while the agent speaks', async () => {
    await rig.says(created('r0'), sound('r0', 'a0', 100));
    rig.session.instruct!(' She is a member. ');
    await rig.settled();
    expect(notes()).toMatchObject([system('She is a member.')]);
    await rig.says(done('r0'));
    expect(asked()).toEqual([]);
  });

  it('is part of what the next connection is told, in its place, and asks for no answer there', async () => {
    rig.session.instruct!('First.');
    await rig.says(created('r1'), sound('r1', 'a1', 100), allWords('r1', 'a1', 'Hello.'), done('r1'));
    const next = await broken(() => rig.session.instruct!('Second.'));
    expect(notes(next)).toMatchObject([system('First.'), { role: 'assistant' }, system('Second.')]);
    expect(asked(next)).toEqual([]);
  });

  it('hides no turn of the caller that still awaits its answer', async () => {
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED);
    rig.session.instruct!('Be kind.');
    const next = await broken();
    expect(notes(next)).toMatchObject([{ role: 'user' }, system('Be kind.')]);
    expect(asked(next)).toEqual(['answer']);
  });

  it('is bounded, so that it cannot push out the conversation', async () => {
    await rig.says(created('r1'), sound('r1', 'a1', 100), allWords('r1', 'a1', 'Hello.'), done('r1'));
    rig.session.instruct!('x'.repeat(50_000));
    const next = await broken();
    expect(notes(next)).toMatchObject([{ role: 'assistant' }, system('x'.repeat(4000))]);
    expect(log.lines.map(({ fields }) => (fields as { code?: string }).code)).toContain('OPENAI_TEXT_CUT');
  });
});
