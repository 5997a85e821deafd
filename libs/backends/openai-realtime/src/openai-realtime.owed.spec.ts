import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { frameFromBytes } from '#libs/audio';
import type { ManualClock } from '#libs/testing';
import { MULAW } from '../test/call-options.js';
import { Rig } from '../test/rig.js';
import {
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
} from '../test/server-events.js';

let rig: Rig<ManualClock>;

beforeEach(async () => {
  rig = await Rig.manual();
});

afterEach(async () => {
  expect(await rig.end()).toEqual([]);
});

describe('turns that the server should answer and does not', () => {
  beforeEach(async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED);
  });

  it('are asked to be answered, once', async () => {
    rig.clock.advance(1900);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(0);
    rig.clock.advance(3000);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
    await rig.says(created('r1'), sound('r1', 'a1', 20), done('r1'));
    rig.clock.advance(5000);
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('are answered once when the answer of the server comes late after all', async () => {
    rig.clock.advance(2000);
    const asked = await rig.peer.next('response.create');
    await rig.says(created('r1'), refused(asked, 'conversation_already_has_active_response'));
    await rig.says(sound('r1', 'a1', 20), done('r1'));
    expect(rig.of('response.create')).toHaveLength(1);
  });

  it('are asked for over a new connection when nothing comes of that either', async () => {
    rig.clock.advance(2000);
    await rig.settled();
    rig.clock.advance(9000);
    await rig.settled();
    expect(rig.ear.count('lost')).toBe(0);
    rig.clock.advance(2000);
    await rig.ear.told('lost OPENAI_RESPONSE_STALLED');
    rig.clock.advance(500);
    await rig.ear.told('restored reconnect');
    const next = await rig.server.peer(2);
    await next.next('response.create');
  });
});

describe('a caller who was away and is back', () => {
  const purposes = () =>
    rig.of('response.create').map((event) => (event.response as { metadata?: object } | undefined)?.metadata);
  const GREETING = { purpose: 'greeting' };
  const back = async () => {
    rig.session.goOn?.();
    await rig.settled();
  };

  const begun = created('r1', GREETING);
  const cancelled = done('r1', 'cancelled');

  it.each([
    ['was cut off', [begun, sound('r1', 'a1', 1000), done('r1')], heard('a1', 300, 1000), []],
    ['had not begun to sound', [begun], [], [cancelled]],
    ['had not begun', [], [], [begun, cancelled]],
  ])('is greeted again when the greeting %s', async (_what, before, items, after) => {
    await rig.connect(pcmu);
    rig.session.greet();
    await rig.says(...before);
    rig.session.interrupt(items);
    await rig.settled();
    await back();
    // The server ends what it was told to cancel.
    await rig.says(...after);
    expect(purposes()).toEqual([GREETING, GREETING]);
    await rig.says(created('r2', GREETING), sound('r2', 'a2', 100), done('r2'));
    rig.session.playedOut?.();
    await back();
    expect(purposes()).toHaveLength(2);
  });

  it('gets one answer when an answer was cut off while it was made', async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r1'), sound('r1', 'a1', 500));
    rig.session.interrupt(heard('a1', 100, 500, false));
    await back();
    expect(purposes()).toEqual([]);
    await rig.says(done('r1', 'cancelled'));
    expect(purposes()).toEqual([undefined]);
    await back();
    expect(purposes()).toEqual([undefined]);
  });

  it('gets one answer when an answer was cut off that was made long ago', async () => {
    await rig.connect(pcmu);
    rig.session.greet();
    await rig.says(created('r0', GREETING), sound('r0', 'a0', 100), done('r0'));
    rig.session.playedOut?.();
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r1'), sound('r1', 'a1', 500));
    await rig.says(allWords('r1', 'a1', 'We open at nine.'), done('r1'));
    rig.session.interrupt(heard('a1', 100, 500));
    await rig.settled();
    await back();
    expect(purposes()).toEqual([GREETING, undefined]);
  });

  it('gets nothing when the last answer was heard to its end', async () => {
    await rig.connect(pcmu);
    await rig.says(
      SPEECH_STARTED,
      SPEECH_STOPPED,
      COMMITTED,
      created('r1'),
      sound('r1', 'a1', 500),
      done('r1'),
    );
    rig.session.playedOut?.();
    await back();
    expect(purposes()).toEqual([]);
  });

  it('gets nothing else when an answer is on its way', async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r1'));
    await back();
    await rig.says(sound('r1', 'a1', 500), done('r1'));
    expect(purposes()).toEqual([]);
  });

  it('gets an answer, and no greeting, to what was said into the greeting', async () => {
    await rig.connect(pcmu);
    rig.session.greet();
    await rig.says(created('r1', GREETING), sound('r1', 'a1', 500));
    rig.ear.heard = () => heard('a1', 100, 500, false);
    await rig.says(SPEECH_STARTED, done('r1', 'cancelled'), SPEECH_STOPPED, COMMITTED);
    await rig.says(created('r2'));
    rig.session.interrupt([]);
    await rig.says(done('r2', 'cancelled'));
    await back();
    expect(purposes()).toEqual([GREETING, undefined]);
  });
});

describe('a conversation that is closed', () => {
  it('tells nothing any more and leaves nothing behind', async () => {
    await rig.connect(pcmu);
    await rig.says(created('r1'), sound('r1', 'a1', 20));
    const told = rig.ear.news.length;
    rig.session.close();
    rig.session.close();
    rig.peer.send(done('r1'));
    rig.session.greet();
    rig.session.dtmf('1');
    rig.session.interrupt([]);
    rig.session.answerTool('c1', 'x');
    expect(rig.session.push(frameFromBytes('caller', MULAW, 0, Buffer.from([1])))).toBe(false);
    expect(await rig.peer.gone()).toBe(1000);
    expect(rig.ear.news).toHaveLength(told);
  });

  it('is over for good when the server closes it in good order', async () => {
    await rig.connect(pcmu);
    rig.peer.socket.close(1000);
    await rig.ear.told('closed in order');
  });

  it.each([
    ['a response runs', [created('r1')]],
    ['a turn awaits its answer', [SPEECH_STARTED, SPEECH_STOPPED, COMMITTED]],
    ['the caller speaks', [SPEECH_STARTED]],
  ])('did not end in good order while %s', async (_what, events) => {
    await rig.connect(pcmu);
    await rig.says(...events);
    rig.peer.socket.close(1000);
    await rig.ear.told('closed OPENAI_CLOSED_EARLY');
    expect(rig.ear.count('lost')).toBe(0);
  });

  it('ended in good order once the answer was complete', async () => {
    await rig.connect(pcmu);
    await rig.says(SPEECH_STARTED, SPEECH_STOPPED, COMMITTED, created('r1'), sound('r1', 'a1', 20));
    await rig.says(allWords('r1', 'a1', 'Goodbye.'), done('r1'));
    rig.peer.socket.close(1000);
    await rig.ear.told('closed in order');
  });

  it('ended in good order after an answer whose words were never written down', async () => {
    await rig.connect(pcmu);
    await rig.says(
      SPEECH_STARTED,
      SPEECH_STOPPED,
      COMMITTED,
      created('r1'),
      sound('r1', 'a1', 20),
      done('r1'),
    );
    rig.peer.socket.close(1000);
    await rig.ear.told('closed in order');
  });
});
