import { expect, it } from '@jest/globals';
import { callRecord, transcriptItem } from '../testing/records.js';
import { transcriptAs } from './transcript-as.js';

const call = callRecord('one', { startedAt: Date.UTC(2030, 0, 2, 3, 4, 5) });
const items = [
  transcriptItem('one', 'a', { said: 'Hello <b>\nthere --> & you', heard: 'Hello <b>\nthere --> & you' }),
  transcriptItem('one', 'b', {
    speaker: 'agent',
    atMs: 3_661_500,
    endMs: 3_662_750.4,
    said: 'one two three',
    heard: 'one',
  }),
  transcriptItem('one', 'c', { speaker: 'operator', atMs: 3_700_000, said: 'never', heard: '' }),
];

it('gives a transcript as text that shows what was not heard', () => {
  expect(transcriptAs('text', call, items)).toBe(
    `Call one, 2030-01-02T03:04:05.000Z, agent reception

[00:00:00] Caller: Hello <b> there --> & you
[01:01:01] Agent: one [cut off; was to be: one two three]
[01:01:40] Operator: [not heard: never]
`,
  );
});

it('gives a transcript as subtitles of what was heard, which no words can break', () => {
  expect(transcriptAs('vtt', call, items)).toBe(
    `WEBVTT

00:00:00.100 --> 00:00:01.767
<v Caller>Hello &lt;b&gt; there --&gt; &amp; you

01:01:01.500 --> 01:01:02.750
<v Agent>one
`,
  );
});

it('gives a transcript as JSON with every field of its lines', () => {
  const { items: lines, ...head } = JSON.parse(transcriptAs('json', call, items));
  expect(head).toEqual({
    callId: 'one',
    agent: 'reception',
    agentVersion: 1,
    startedAt: call.startedAt,
    endedAt: null,
  });
  expect(lines.map((line: object) => ({ callId: 'one', ...line }))).toEqual(items);
});
