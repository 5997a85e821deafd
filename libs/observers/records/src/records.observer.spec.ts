import { beforeEach, describe, expect, it } from '@jest/globals';
import { frameFromBytes } from '#libs/audio';
import type {
  AgentCard,
  AudioFormat,
  CallRecord,
  CallState,
  CallView,
  ConversationFigures,
  JournalEntry,
  LegInfo,
  Redaction,
  TranscriptItem,
} from '#libs/contracts';
import { AudioPath, CallEventRouter, GatewayEventRouter } from '#libs/core';
import { CapturedLog, ManualClock } from '#libs/testing';
import { RecordsConfig } from './records.config.js';
import { RecordsObserver } from './records.observer.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const STARTED_AT = 1_763_700_000_000;

class Call implements CallView {
  readonly id = 'one';
  readonly backend = 'echo';
  readonly startedAt = STARTED_AT;
  readonly offeredMs: number;
  readonly state: CallState = 'active';
  readonly info: LegInfo = {
    platform: 'twilio',
    platformCallId: 'CA1',
    direction: 'inbound',
    from: '+4930111',
    to: '+4930222',
    callerFormats: [MULAW],
    agentFormats: [MULAW],
    parameters: {},
    orderId: 'order-1',
    capabilities: {
      marks: true,
      resumeWithinMs: null,
      continuousCallerAudio: true,
      transfer: false,
      dial: false,
    },
  };
  readonly agentPath: AudioPath;
  readonly router: CallEventRouter;

  constructor(
    clock: ManualClock,
    readonly agent: AgentCard,
  ) {
    this.offeredMs = clock.nowMs();
    const log = new CapturedLog();
    const path = () => new AudioPath({ holdMs: 0, onTapFailure: () => undefined });
    const paths = { caller: path(), agent: path() };
    this.agentPath = paths.agent;
    this.router = new CallEventRouter(this.id, clock, new GatewayEventRouter(clock, log), paths);
  }
}

describe('the observer that keeps records', () => {
  let clock: ManualClock;
  let call: Call;
  let close: () => void;
  let calls: CallRecord[];
  let entries: JournalEntry[];
  let lines: Map<string, TranscriptItem>;

  function begin(
    rules: readonly Redaction[] = [],
    config: Partial<RecordsConfig> = {},
    card: Partial<AgentCard> = {},
  ) {
    clock = new ManualClock();
    calls = [];
    entries = [];
    lines = new Map();
    call = new Call(clock, {
      name: 'reception',
      version: 3,
      recording: { announcement: null, fromAnswer: false, keepForMs: 1000 },
      privacy: { redact: rules, keepForMs: 50_000 },
      ...card,
    });
    const observer = new RecordsObserver(Object.assign(new RecordsConfig(), config), {
      redact: (text, given) => (given.includes('numbers') ? text.replace(/\d{4,}/g, '[number]') : text),
      records: {
        put: (kept) => {
          if (kept.kind === 'call') calls.push(kept.call);
          else if (kept.kind === 'line') lines.set(kept.line.itemId, kept.line);
          else entries.push(kept.entry);
        },
      },
    });
    close = observer.onCall(call);
  }

  beforeEach(() => begin());

  const offer = () =>
    call.router.publish('call.offered', {
      platform: 'twilio',
      backend: 'echo',
      direction: 'inbound',
      agent: 'reception',
      agentVersion: 3,
    });
  const end = (reason: CallRecord['endReason'] = 'caller-hung-up') =>
    call.router.publish('call.ended', { reason: reason!, code: null, durationMs: 0 });

  /** The agent's sound, as it passes on its way to the platform. */
  function sound(ms: number): void {
    for (let at = 0; at < ms; at += 20)
      call.agentPath.push(frameFromBytes('agent', MULAW, clock.nowMs(), new Uint8Array(160)));
  }

  function speak(itemId: string, text: string, ms: number): void {
    call.router.publish('agent.audio.started', {
      itemId,
      leftMs: clock.nowMs(),
      turnLatencyMs: null,
      sinceConnectedMs: null,
    });
    sound(ms);
    call.router.publish('transcript.final', { speaker: 'agent', itemId, text });
    call.router.publish('agent.audio.heard', { itemId, heardAtMs: clock.nowMs(), by: 'mark' });
  }

  it('has the call from its offer on, and everything about it in the end', () => {
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      from: '+4930111',
      agent: 'reception',
      agentVersion: 3,
      orderId: 'order-1',
    });
    expect(calls[0]).toMatchObject({ startedAt: STARTED_AT, endedAt: null, forgetAt: STARTED_AT + 50_000 });
    clock.advance(200);
    call.router.publish('tool.answered', {
      toolCallId: 't',
      name: 'find',
      output: '',
      failed: false,
      cutShort: false,
      tookMs: 9,
    });
    call.router.publish('backend.used', {
      backend: 'echo',
      usage: { tokens: { text_in: 3 }, costUsd: 0.25 },
    });
    call.router.publish('recording.saved', { sampleRate: 8000, durationMs: 100, bytes: 3244 });
    clock.advance(800);
    end();
    call.router.publish('conversation.measured', { costUsd: 0.5 } as ConversationFigures);
    close();
    expect(calls.at(-1)).toMatchObject({
      endedAt: STARTED_AT + 1000,
      endReason: 'caller-hung-up',
      endOwner: 'caller',
      tools: [{ name: 'find', failed: false, tookMs: 9 }],
      recording: { state: 'saved', sampleRate: 8000, durationMs: 100, bytes: 3244 },
      costUsd: 0.5,
      forgetAt: STARTED_AT + 51_000,
      recordingDueAt: STARTED_AT + 2000,
    });
  });

  it('takes over what other observers tell after the call has ended', () => {
    end();
    close();
    call.router.publish('recording.saved', { sampleRate: 8000, durationMs: 100, bytes: 3244 });
    expect(calls.at(-1)!.recording).toMatchObject({ state: 'saved' });
  });

  it.each([
    ['agent', 'agent'],
    ['gateway', 'gateway'],
    ['Ada', 'operator'],
  ])('says who handed the caller on: %s', (by, owner) => {
    call.router.publish('call.transferring', { to: '+1', by });
    end('transferred');
    expect(calls.at(-1)!.endOwner).toBe(owner);
  });

  it('keeps of the agent what was said and what of it was heard', () => {
    speak('a', 'one two three four five', 1000);
    clock.advance(500);
    call.router.publish('agent.interrupted', {
      itemId: 'a',
      heardMs: 500,
      sentMs: 1000,
      stopMs: 1,
      cause: 'speech',
    });
    speak('b', 'all of this', 300);
    clock.advance(300);
    call.router.publish('agent.item.heard', { itemId: 'b', heardMs: 300, errorMs: 0 });
    expect(lines.get('a')).toMatchObject({ said: 'one two three four five', heard: 'one two', heardMs: 500 });
    expect(lines.get('a')).toMatchObject({ sentMs: 1000, atMs: 0, endMs: 500, speaker: 'agent' });
    expect(lines.get('b')).toMatchObject({ said: 'all of this', heard: 'all of this', heardMs: 300 });
  });

  it('keeps what a caller had heard who hung up in the middle of a sentence', () => {
    speak('a', 'heard to the end', 400);
    speak('b', 'one two three four five', 1000);
    clock.advance(500);
    speak('c', 'never begun', 0);
    call.router.publish('agent.item.unheard', { itemId: 'a', heardMs: 400, sentMs: 400 });
    call.router.publish('agent.item.unheard', { itemId: 'b', heardMs: 500, sentMs: 1000 });
    end();
    expect(lines.get('a')).toMatchObject({ heard: 'heard to the end', heardMs: 400, sentMs: 400 });
    expect(lines.get('b')).toMatchObject({ heard: 'one two', heardMs: 500, sentMs: 1000 });
    expect(lines.get('c')).toMatchObject({ said: 'never begun', heard: '' });
  });

  it('dates what the caller said by when he began to say it', () => {
    clock.advance(1000);
    call.router.publish('caller.speech.started', { startedMs: clock.nowMs() - 100 });
    clock.advance(2000);
    call.router.publish('caller.turn.committed', {});
    clock.advance(700);
    call.router.publish('transcript.final', { speaker: 'caller', itemId: 'x', text: 'Hello' });
    expect(lines.get('x')).toMatchObject({ speaker: 'caller', atMs: 900, said: 'Hello', heard: 'Hello' });
  });

  it('tells the words of an operator from those of the agent', () => {
    speak('a', 'the agent', 100);
    call.router.publish('operator.acted', { action: 'say', by: 'Ada' });
    call.router.publish('agent.item.heard', { itemId: 'a', heardMs: 100, errorMs: 0 });
    speak('b', 'the operator', 100);
    speak('c', 'the agent again', 100);
    expect([...lines.values()].map(({ speaker }) => speaker)).toEqual(['agent', 'operator', 'agent']);
  });

  it('lets nothing out that the agent’s rules name', () => {
    begin(['numbers', 'keys']);
    call.router.publish('transcript.final', { speaker: 'caller', itemId: 'x', text: 'I am 123456' });
    call.router.publish('tool.called', { toolCallId: 't', name: 'f', arguments: '{"number":"5551234"}' });
    call.router.publish('tool.answered', {
      toolCallId: 't',
      name: 'f',
      output: 'is 98765',
      failed: false,
      cutShort: false,
      tookMs: 1,
    });
    call.router.publish('call.transferring', { to: '+4930777', by: 'agent' });
    call.router.publish('caller.dtmf', { digit: '7' });
    call.router.publish('digits.collected', { digits: '4711', complete: true, sensitive: false });
    speak('a', 'You are 123456 I see', 1000);
    call.router.publish('agent.interrupted', {
      itemId: 'a',
      heardMs: 900,
      sentMs: 1000,
      stopMs: 1,
      cause: 'speech',
    });
    close();
    expect(lines.get('x')).toMatchObject({ said: 'I am [number]', heard: 'I am [number]' });
    expect(lines.get('a')).toMatchObject({ said: 'You are [number] I see', heard: 'You are [number] I' });
    const told = JSON.stringify(entries);
    for (const secret of ['123456', '5551234', '98765', '4930777', '"7"', '4711'])
      expect(told).not.toContain(secret);
    expect(entries.map(({ type }) => type)).toContain('tool.called');
  });

  it('never has keys of a collection that nobody shall keep, whatever the rules', () => {
    call.router.publish('caller.dtmf', { digit: '8' });
    call.router.publish('digits.collecting', { sensitive: true });
    call.router.publish('caller.dtmf', { digit: '9' });
    call.router.publish('digits.collected', { digits: '9', complete: true, sensitive: true });
    call.router.publish('caller.dtmf', { digit: '6' });
    close();
    const told = JSON.stringify(entries.map(({ data }) => data));
    expect(told).toContain('8');
    expect(told).toContain('6');
    expect(told).not.toContain('9');
  });

  it('journals events in their order on the call’s clock, but not those of every second', () => {
    offer();
    clock.advance(40);
    call.router.publish('audio.sampled', { track: 'caller', addedLatencyMs: 1 });
    call.router.publish('transcript.partial', { speaker: 'caller', itemId: 'x', text: 'H' });
    call.router.publish('caller.turn.committed', {});
    expect(entries.map(({ type, atMs }) => [type, atMs])).toEqual([
      ['call.offered', 0],
      ['caller.turn.committed', 40],
    ]);
  });

  it('folds a flood of keys, and loses none of the events beside it', () => {
    for (let i = 0; i < 1000; i++) {
      call.router.publish('caller.dtmf', { digit: '1' });
      clock.advance(1);
    }
    call.router.publish('caller.turn.committed', {});
    end();
    const keys = entries.filter(({ type }) => type === 'caller.dtmf');
    expect(keys).toHaveLength(11);
    expect(keys.at(-1)!.data).toMatchObject({ folded: 990 });
    expect(entries.map(({ type }) => type).slice(-2)).toEqual(['caller.turn.committed', 'call.ended']);
    expect(new Set(entries.map(({ seq }) => seq)).size).toBe(entries.length);
  });

  it('stops at its bound, says so once, and still has the end of the call', () => {
    begin([], { keptEvents: 5, eventsPerSecond: 1000 });
    for (let i = 0; i < 20; i++) call.router.publish('caller.turn.committed', {});
    end();
    const types = entries.map(({ type }) => type as string);
    expect(types.filter((type) => type === 'journal.full')).toHaveLength(1);
    expect(types).toHaveLength(7);
    expect(types.at(-1)).toBe('call.ended');
  });
});
