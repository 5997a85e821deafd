import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ManualClock } from '#libs/testing';
import { Rig } from '../test/rig.js';
import { pcmu, refused } from '../test/server-events.js';

const ADA = { instructions: 'You talk with Ada.', greeting: 'Hello, Ada.', voice: null, language: null };

let rig: Rig<ManualClock>;

beforeEach(async () => {
  rig = await Rig.manual();
  await rig.connect(pcmu);
});

afterEach(async () => {
  expect(await rig.end()).toEqual([]);
});

describe('an agent that adopts what it has learnt of its call', () => {
  it('tells the server the new instructions and greets with the new greeting', async () => {
    rig.session.adopt!(ADA);
    rig.session.greet();
    await rig.settled();
    const [first, second] = rig.peer.ofType('session.update') as unknown as {
      event_id: string;
      session: { instructions: string };
    }[];
    expect(second!.session).toEqual({ ...first!.session, instructions: ADA.instructions });
    expect(second!.event_id).not.toBe(first!.event_id);
    const [greeting] = rig.peer.ofType('response.create') as unknown as {
      response: { instructions: string };
    }[];
    expect(greeting!.response.instructions).toMatch(/^You talk with Ada\..*"Hello, Ada\."/s);
  });

  it('goes on where the server refuses it', async () => {
    rig.session.adopt!(ADA);
    await rig.settled();
    rig.peer.send(refused(rig.of('session.update').at(-1)!, 'invalid_value'));
    await rig.settled();
    rig.session.greet();
    await rig.settled();
    expect(rig.of('response.create')).toHaveLength(1);
  });
});
