import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type OpenAiSim,
  type OpenAiSimOptions,
  type ShippedSpeech,
  shippedSpeech,
  startOpenAiSim,
} from '#apps/simulator';
import { createConverter, frameFromBytes, frameFromSamples, silence } from '#libs/audio';
import type { AgentSettings, AiSession, AudioFormat, ToolDefinition } from '#libs/contracts';
import { CapturedLog, systemClock } from '#libs/testing';
import { CallEar } from '../test/call-ear.js';
import { callOptions, configWith, LOOKUP, MULAW, PCM } from '../test/call-options.js';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

interface Wishes {
  readonly sim?: OpenAiSimOptions;
  readonly config?: Partial<OpenAiRealtimeConfig>;
  readonly agent?: Partial<AgentSettings>;
  readonly tools?: readonly ToolDefinition[];
}

interface Call {
  readonly sim: OpenAiSim;
  readonly ear: CallEar;
  readonly session: AiSession;
  readonly log: CapturedLog;
  readonly format: AudioFormat;
}

const open: Call[] = [];

/** A call with the simulator, which is strict and takes note of every breach. */
async function call({ sim: simOptions, config: settings, agent, tools }: Wishes = {}): Promise<Call> {
  const sim = await startOpenAiSim({
    answer: { hz: 440, ms: 400 },
    speed: Number.POSITIVE_INFINITY,
    ...simOptions,
  });
  const config = configWith(sim.url, { audioFormat: 'pcmu', ...settings });
  const ear = new CallEar();
  const log = new CapturedLog();
  const options = callOptions({ config, clock: systemClock, log, agent, tools });
  const backend = new OpenAiRealtimeBackend(config);
  const session = await backend.connect(options, ear, new AbortController().signal);
  ear.session = session;
  const made = { sim, ear, session, log, format: options.callerFormat };
  open.push(made);
  return made;
}

/** The caller says something and then waits long enough for the turn to end. */
function say({ session, format }: Call, name: ShippedSpeech, pauseMs = 1000): void {
  const { samples, sampleRate } = shippedSpeech(name);
  const converter = createConverter({ encoding: 'pcm16', sampleRate }, format);
  const step = sampleRate / 50;
  for (let at = 0; at + step <= samples.length; at += step) {
    const frame = frameFromSamples('caller', converter.from, 0, samples.slice(at, at + step));
    const converted = converter.convert(frame);
    if (converted !== null) expect(session.push(converted)).toBe(true);
  }
  for (let ms = 0; ms < pauseMs; ms += 20) {
    session.push(frameFromBytes('caller', format, 0, silence(format, 20)));
  }
}

afterEach(async () => {
  const breaches = [];
  for (const { sim, session } of open.splice(0)) {
    session.close();
    breaches.push(...sim.breaches.map(({ code, message, eventType }) => `${eventType}: ${code} ${message}`));
    await sim.close();
  }
  expect(breaches).toEqual([]);
});

describe('a call over OpenAI Realtime', () => {
  it.each([
    ['pcm', PCM],
    ['pcmu', MULAW],
    ['pcma', { encoding: 'alaw', sampleRate: 8000 }],
  ] as const)('greets, hears a turn and answers it, in %s', async (audioFormat, format) => {
    const made = await call({ config: { audioFormat } });
    const { ear, session, sim } = made;
    session.greet();
    await ear.told('response completed');
    const simulated = await sim.session();
    expect(simulated.responses[0]?.metadata).toEqual({ purpose: 'greeting' });
    expect([...ear.sounds.values()]).toEqual([400]);
    expect(ear.frames[0]?.frame.format).toEqual(format);

    session.playedOut?.();
    say(made, 'caller-hello');
    await ear.told('response completed', 2);
    await ear.told('caller said');
    expect(simulated.responses[1]?.reason).toBe('turn');
    expect(simulated.turns).toHaveLength(1);
    expect([...ear.sounds.values()]).toEqual([400, 400]);
    expect(ear.words('agent')).toEqual(['A tone of 440 hertz.', 'A tone of 440 hertz.']);
    const order = ['caller started', 'interrupted', 'caller stopped', 'turn committed'];
    expect(ear.news.filter((line) => order.includes(line))).toEqual(order);
  });

  it('says an operator’s words after what is being said, and tells the model his instructions', async () => {
    const { ear, session, sim } = await call({ tools: [LOOKUP] });
    session.greet();
    session.speak?.('We close at five.');
    session.instruct?.('The caller is a member.');
    await ear.told('response completed', 2);
    const simulated = await sim.session();
    expect(simulated.responses.map(({ metadata }) => metadata)).toEqual([
      { purpose: 'greeting' },
      { purpose: 'words' },
    ]);
    expect([...ear.sounds.values()]).toEqual([400, 400]);
    const told = simulated.received.ofType('conversation.item.create');
    expect(told.map(({ event }) => event.item)).toMatchObject([
      { role: 'system', content: [{ type: 'input_text', text: 'The caller is a member.' }] },
    ]);
  });

  it('tells the model what the caller heard of an answer that was interrupted', async () => {
    const made = await call({ sim: { answer: { hz: 440, ms: 3000 } } });
    const { ear, session, sim } = made;
    session.greet();
    await ear.told('audio done');
    const [itemId] = [...ear.sounds.keys()];
    ear.heard = () => [{ itemId: itemId!, sentMs: 3000, heardMs: 1234.7, complete: true }];
    say(made, 'caller-stop');
    await ear.told('response completed', 2);
    const simulated = await sim.session();
    await simulated.received.wait('conversation.item.truncate');
    const greeting = simulated.everyItem.find((item) => item.id === itemId);
    expect(greeting?.truncatedAtMs).toBe(1234);
    expect(simulated.received.ofType('response.cancel')).toHaveLength(0);
  });

  it('makes the model forget an answer of which nothing was heard, and plays nothing of it that comes late', async () => {
    const made = await call({
      sim: { answer: { hz: 440, ms: 20_000 }, speed: 5, faults: [{ kind: 'late-deltas', value: 5 }] },
    });
    const { ear, session, sim } = made;
    session.greet();
    await ear.until(() => ear.frames.length > 3);
    const [itemId] = [...ear.sounds.keys()];
    let framesAtInterruption = 0;
    ear.heard = () => {
      framesAtInterruption = ear.frames.length;
      return [{ itemId: itemId!, sentMs: 400, heardMs: 0, complete: false }];
    };
    say(made, 'caller-stop', 100);
    await ear.told('response interrupted');
    const simulated = await sim.session();
    await simulated.received.wait('conversation.item.delete');
    expect(ear.frames).toHaveLength(framesAtInterruption);
    expect(ear.words('agent')).toEqual([]);
  });

  it('stops an answer by its own decision, too', async () => {
    const made = await call({ sim: { answer: { hz: 440, ms: 20_000 }, speed: 5 } });
    const { ear, session, sim } = made;
    session.greet();
    await ear.until(() => ear.frames.length > 3);
    const sentMs = [...ear.sounds.values()][0]!;
    session.interrupt([{ itemId: ear.frames[0]!.itemId, sentMs, heardMs: 150, complete: false }]);
    const frames = ear.frames.length;
    await ear.told('response interrupted');
    const simulated = await sim.session();
    await simulated.received.wait('conversation.item.truncate');
    expect(simulated.responses[0]?.status).toBe('cancelled');
    expect(simulated.everyItem[0]?.truncatedAtMs).toBe(150);
    expect(ear.frames).toHaveLength(frames);
  });

  it('runs every function of a response and asks for one answer to all of them', async () => {
    const made = await call({
      tools: [LOOKUP],
      sim: {
        answer: ({ toolOutputs, index }) =>
          index === 0
            ? [
                { say: 'One moment.' },
                { call: 'lookup_order', arguments: { number: 'A1' } },
                { call: 'lookup_order', arguments: { number: 'A2' } },
              ]
            : { say: toolOutputs.map(({ output }) => output).join(' and ') },
      },
    });
    const { ear, session, sim } = made;
    ear.onTool = ({ toolCallId, arguments: args }) => session.answerTool(toolCallId, `found ${args}`);
    session.dtmf('1');
    await ear.told('agent said found');
    expect(ear.toolCalls.map((tool) => tool.arguments)).toEqual(['{"number":"A1"}', '{"number":"A2"}']);
    expect(ear.words('agent').at(-1)).toBe('found {"number":"A1"} and found {"number":"A2"}');
    const simulated = await sim.session();
    expect(simulated.received.ofType('response.create')).toHaveLength(2);
  });

  it('hands keys to the model as text and asks for an answer', async () => {
    const { ear, session, sim } = await call({ sim: { answer: ({ text }) => ({ say: text ?? '' }) } });
    session.dtmf('12 34#');
    await ear.told('agent said [keypad] 1234#');
    expect((await sim.session()).responses[0]?.reason).toBe('request');
  });

  it('ends the turn with a key press where nothing else does', async () => {
    const made = await call({ config: { turnDetection: 'none' } });
    say(made, 'caller-hello');
    made.session.dtmf('#');
    await made.ear.told('response completed');
    const simulated = await made.sim.session();
    expect(simulated.turns.map((turn) => turn.how)).toEqual(['manual']);
    expect(made.ear.count('caller started')).toBe(0);
  });

  it('counts tokens and dollars of responses and transcriptions', async () => {
    const made = await call();
    say(made, 'caller-hello');
    await made.ear.told('usage', 2);
    const total = made.ear.usages.reduce((sum, usage) => sum + usage.costUsd!, 0);
    expect(total).toBeGreaterThan(0);
    const kinds = made.ear.usages.flatMap((usage) => Object.keys(usage.tokens));
    expect(kinds).toEqual(expect.arrayContaining(['audio_in', 'audio_out']));
  });

  it('understands servers that speak the beta names', async () => {
    const made = await call({ sim: { compat: true } });
    made.session.greet();
    await made.ear.told('response completed');
    expect([...made.ear.sounds.values()]).toEqual([400]);
    expect(made.ear.words('agent')).toHaveLength(1);
  });
});

describe('a call whose server is in trouble', () => {
  it('tries a response again that failed for trouble of the server', async () => {
    const { ear, session } = await call({ sim: { faults: [{ kind: 'fail-response' }] } });
    session.greet();
    await ear.told('response completed');
    expect(ear.count('response failed OPENAI_SERVER_ERROR')).toBe(1);
    expect(ear.frames).not.toHaveLength(0);
  });

  it('asks for the answer to a turn that the server forgot, if need be over a new connection', async () => {
    const made = await call({
      sim: { faults: [{ kind: 'silent-response', times: 2 }] },
      config: { responseTimeoutMs: 1000 },
    });
    say(made, 'caller-hello');
    await made.ear.told('lost OPENAI_RESPONSE_STALLED');
    await made.ear.told('response completed');
    expect(made.ear.frames).not.toHaveLength(0);
    expect((await made.sim.session(1)).received.ofType('response.create')).toHaveLength(1);
    expect((await made.sim.session(2)).received.ofType('response.create')).toHaveLength(1);
  });

  it('ends with the reason when the account is out of credit', async () => {
    const { ear, session } = await call({
      sim: { faults: [{ kind: 'fail-response', value: 'insufficient_quota' }] },
    });
    session.greet();
    await ear.told('closed OPENAI_QUOTA_EXCEEDED');
    expect(ear.news.filter((line) => line.startsWith('lost'))).toEqual([]);
  });

  it('tells of an answer that was cut short', async () => {
    const { ear, session } = await call({
      sim: { faults: [{ kind: 'incomplete-response', value: 'max_output_tokens' }] },
    });
    session.greet();
    await ear.told('response incomplete OPENAI_RESPONSE_INCOMPLETE');
  });

  it.each([
    ['cut', undefined],
    ['close', 1011],
    ['close', 1012],
    ['expire', undefined],
  ] as const)(
    'comes back after %s %s with the conversation so far, and finishes the answer it owes',
    async (kind, value) => {
      const made = await call({ sim: { answer: ({ index }) => ({ say: `Answer ${index}.` }) } });
      const { ear, session, sim } = made;
      session.dtmf('1');
      await ear.told('agent said Answer 0.');
      await ear.told('response completed');
      sim.faults.add({ kind, ...(value === undefined ? {} : { value }) });
      session.dtmf('2');
      await ear.told('lost');
      expect(session.push(frameFromBytes('caller', MULAW, 0, silence(MULAW, 20)))).toBe(false);
      await ear.told('restored reconnect');
      await ear.told('response completed', 2);
      const restored = await sim.session(2);
      const words = restored.received
        .ofType('conversation.item.create')
        .map(({ event }) => (event.item as { content: { text: string }[] }).content[0]?.text);
      expect(words.slice(0, 3)).toEqual(['[keypad] 1', 'Answer 0.', '[keypad] 2']);
      expect(restored.received.ofType('response.create')).toHaveLength(1);
      expect(ear.count('response failed')).toBe(1);
    },
  );

  it('renews the session before its end, in a silent moment, without asking for anything again', async () => {
    const made = await call({
      sim: { sessionLimitMs: 4000, answer: ({ index }) => ({ say: `Answer ${index}.` }) },
      config: { rolloverMarginMs: 3000 },
    });
    const { ear, session, sim } = made;
    session.dtmf('1');
    await ear.told('response completed');
    session.playedOut?.();
    await ear.told('restored rollover');
    const [first, second] = [await sim.session(1), await sim.session(2)];
    await second.received.wait('conversation.item.create', 2);
    expect(second.items.map((item) => item.role)).toEqual(['user', 'assistant']);
    expect(second.received.ofType('response.create')).toHaveLength(0);
    session.push(frameFromBytes('caller', MULAW, 0, silence(MULAW, 20)));
    session.dtmf('2');
    await ear.told('response completed', 2);
    expect([first.appends.count, second.appends.count]).toEqual([0, 1]);
    expect((await first.ended).code).toBe(1000);
    expect(ear.count('lost')).toBe(0);
  });
});
