import { describe, expect, it } from '@jest/globals';
import { Transcript } from './transcript.js';

const agent = (itemId: string, text: string) => ({ speaker: 'agent', itemId, text }) as const;
const caller = (itemId: string, text: string) => ({ speaker: 'caller', itemId, text }) as const;

describe('Transcript', () => {
  it('grows a line and knows when it is complete and heard', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', 'Good'), false, 5);
    transcript.words(agent('a', 'Good morning.'), true, 9);
    transcript.heard('a');
    expect(transcript.lines).toEqual([
      {
        itemId: 'a',
        speaker: 'agent',
        text: 'Good morning.',
        final: true,
        atMs: 5,
        heardText: 'Good morning.',
        cut: false,
      },
    ]);
  });

  it('holds words for heard that come after the sound was heard to its end', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', 'Good'), false, 5);
    transcript.heard('a');
    expect(transcript.words(agent('a', 'Good morning.'), true, 9)).toEqual([]);
    expect(transcript.line('a')).toMatchObject({ heardText: 'Good morning.', cut: false });
  });

  it('cuts a line at the last whole word that was heard, and what stood behind it altogether', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', 'one two three four'), true, 0);
    transcript.words(caller('c', 'stop'), true, 1);
    transcript.words(agent('b', 'and five'), true, 2);
    expect(transcript.cut('a', 0.5).map(({ itemId, heardText }) => [itemId, heardText])).toEqual([
      ['a', 'one two'],
      ['b', ''],
    ]);
    expect(transcript.lines.map(({ cut }) => cut)).toEqual([true, false, true]);
  });

  it('keeps the whole line when the backend repeats it shortened after the cut', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', 'one two three four'), false, 0);
    transcript.cut('a', 0.45);
    const [line] = transcript.words(agent('a', 'one two three'), true, 3);
    expect(line).toMatchObject({
      text: 'one two three four',
      heardText: 'one two three',
      cut: true,
      final: true,
    });
  });

  it('cuts words that come after the interruption', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', ''), false, 0);
    expect(transcript.cut('a', 0.5)).toEqual([]);
    expect(transcript.words(agent('a', 'one two three four'), true, 1)[0]?.heardText).toBe('one two');
  });

  it('leaves a line whole that was interrupted in its silence at the end', () => {
    const transcript = new Transcript(10);
    transcript.words(agent('a', 'one two'), true, 0);
    expect(transcript.cut('a', 1)).toEqual([]);
    expect(transcript.lines[0]).toMatchObject({ heardText: 'one two', cut: false });
  });

  it('places the caller’s words where they were spoken, though they come after the answer began', () => {
    const transcript = new Transcript(10);
    transcript.callerBegan(100);
    transcript.callerBegan(700);
    transcript.callerTurn(1500);
    transcript.words(agent('a', 'Yes.'), false, 1600);
    transcript.words(caller('c', 'Hello?'), true, 1700);
    expect(transcript.lines.map(({ itemId, atMs }) => [itemId, atMs])).toEqual([
      ['c', 100],
      ['a', 1600],
    ]);
  });

  it('places words that come while the caller still speaks, and does not give their turn to the next ones', () => {
    const transcript = new Transcript(10);
    transcript.callerBegan(100);
    transcript.words(caller('c', 'Hel'), false, 600);
    transcript.callerStopped(900);
    transcript.callerTurn(1400);
    transcript.words(caller('c', 'Hello?'), true, 1700);
    transcript.callerBegan(3000);
    transcript.callerStopped(3500);
    transcript.callerTurn(4000);
    transcript.words(caller('d', 'Anybody?'), true, 4200);
    expect(transcript.lines.map(({ itemId, atMs }) => [itemId, atMs])).toEqual([
      ['c', 100],
      ['d', 3000],
    ]);
  });

  it('does not take a cough long before for the beginning of a turn', () => {
    const transcript = new Transcript(10);
    transcript.callerBegan(100);
    transcript.callerStopped(200);
    transcript.callerBegan(60_000);
    transcript.callerStopped(60_500);
    transcript.callerBegan(61_000);
    transcript.callerTurn(62_000);
    transcript.words(caller('c', 'Hello?'), true, 62_300);
    expect(transcript.lines[0]?.atMs).toBe(60_000);
  });

  it('places words by their arrival where the turn is not known', () => {
    const transcript = new Transcript(10);
    transcript.words(caller('c', 'Hello?'), true, 500);
    transcript.callerBegan(1000);
    transcript.callerTurn(1500);
    transcript.words(caller('d', 'Too late.'), true, 30_000);
    expect(transcript.lines.map(({ atMs }) => atMs)).toEqual([500, 30_000]);
  });

  it('keeps the newest lines', () => {
    const transcript = new Transcript(2);
    for (const id of ['a', 'b', 'c']) transcript.words(agent(id, id), true, 0);
    expect(transcript.lines.map(({ itemId }) => itemId)).toEqual(['b', 'c']);
  });
});
