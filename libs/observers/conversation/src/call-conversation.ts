import type {
  AiUsage,
  CallView,
  Cancel,
  Clock,
  ConversationFigures,
  EventRouter,
  TokenKind,
} from '#libs/contracts';
import { AgentStretches } from './agent-stretches.js';
import type { ConversationConfig } from './conversation.config.js';
import { InterruptionJudge } from './interruption-judge.js';
import { SilenceOwed } from './silence-owed.js';
import { Lengths } from './spread.js';
import { TurnMeter } from './turn-meter.js';

/** So often the sums that grow during a call are told. */
const SAMPLE_EVERY_MS = 5000;

/** One call's conversation: hands each event to those whom it concerns, and sums up what they found. */
export class CallConversation {
  private readonly router: EventRouter;
  private readonly turnMeter = new TurnMeter((figures, answered) => {
    if (answered) this.answeredTurns++;
    this.router.publish('turn.measured', figures);
  });
  private readonly stretches = new AgentStretches();
  private readonly owed = new SilenceOwed();
  private readonly judge: InterruptionJudge;
  private readonly turnLatency = new Lengths();
  private readonly heardLatency = new Lengths();
  private readonly endOfTurn = new Lengths();
  private readonly model = new Lengths();
  private readonly gateway = new Lengths();
  private readonly bargeInStop = new Lengths();
  private readonly bargeInReaction = new Lengths();
  private readonly truncationError = new Lengths();
  private readonly addedLatency = { caller: new Lengths(), agent: new Lengths() };
  private readonly tokens: Partial<Record<TokenKind, number>> = {};
  private costUsd: number | null = 0;
  private openedMs: number | null = null;
  /** No operator has stepped in so far, who may have opened the conversation in the agent's place. */
  private opens = true;
  private firstLeftMs: number | null = null;
  private firstHeardMs: number | null = null;
  /** Since when the caller speaks. */
  private speakingMs: number | null = null;
  private muted = false;
  private takenOver = false;
  private agentIsOut = false;
  private endedMs = 0;
  private turns = 0;
  private answeredTurns = 0;
  private interruptions = 0;
  private falseInterruptions = 0;
  private talkOverMs = 0;
  private toldOwedMs = 0;
  private toldTalkOverMs = 0;
  private readonly canKnowWords: () => boolean;
  private readonly stopSampling: Cancel;

  constructor(call: CallView, config: ConversationConfig, clock: Clock, writers: Set<string>) {
    this.router = call.router;
    this.canKnowWords = () => writers.has(call.backend);
    this.judge = new InterruptionJudge({
      clock,
      falseAfterMs: config.falseInterruptionMs,
      canKnow: this.canKnowWords,
      tell: (verdict) => this.router.publish('interruption.judged', verdict),
    });
    this.router.audio('agent').tap(this.stretches);
    this.router.on('transcript.partial', (line) => this.words(line, call.backend, writers));
    this.router.on('transcript.final', (line) => this.words(line, call.backend, writers));
    this.followCall();
    this.followCaller();
    this.followAgent();
    this.followOperator();
    this.sumUp();
    this.stopSampling = clock.every(SAMPLE_EVERY_MS, () => this.sample(clock.nowMs()));
  }

  /** Right after the end of the call. */
  close(): void {
    this.stopSampling();
    this.sample(this.endedMs);
    this.turnMeter.close();
    this.judge.giveUp();
    this.router.publish('conversation.measured', this.figures);
  }

  /** A time that was set right afterwards may make a sum shrink; what was told is made up for later. */
  private sample(nowMs: number): void {
    const silenceOwedMs = Math.max(0, this.owed.totalMs(nowMs) - this.toldOwedMs);
    const talkOverMs = this.talkOverMs - this.toldTalkOverMs;
    if (silenceOwedMs + talkOverMs === 0) return;
    this.toldOwedMs += silenceOwedMs;
    this.toldTalkOverMs += talkOverMs;
    this.router.publish('conversation.sampled', { silenceOwedMs, talkOverMs });
  }

  private get figures(): ConversationFigures {
    const since = (atMs: number | null) =>
      atMs === null || this.openedMs === null ? null : atMs - this.openedMs;
    return {
      firstAudioMs: since(this.firstLeftMs),
      firstHeardMs: since(this.firstHeardMs),
      turns: this.turns,
      answeredTurns: this.answeredTurns,
      turnLatency: this.turnLatency.spread,
      heardLatency: this.heardLatency.spread,
      endOfTurn: this.endOfTurn.spread,
      model: this.model.spread,
      gateway: this.gateway.spread,
      interruptions: this.interruptions,
      falseInterruptions: this.canKnowWords() ? this.falseInterruptions : null,
      bargeInStop: this.bargeInStop.spread,
      bargeInReaction: this.bargeInReaction.spread,
      silenceOwedMs: this.owed.totalMs(this.endedMs),
      talkOverMs: this.talkOverMs,
      addedLatency: { caller: this.addedLatency.caller.spread, agent: this.addedLatency.agent.spread },
      truncationError: this.truncationError.spread,
      tokens: this.tokens,
      costUsd: this.costUsd,
    };
  }

  private followCall(): void {
    const { router, owed } = this;
    router.on('call.answered', (_, { atMs }) => {
      this.openedMs = atMs;
      owed.lineOpened(atMs);
    });
    router.on('call.connected', (_, { atMs }) => owed.connected(atMs));
    router.on('call.suspended', (_, { atMs }) => owed.away(atMs, false));
    router.on('call.resumed', (_, { atMs }) => owed.back(atMs));
    router.on('call.ended', (_, { atMs }) => {
      this.endedMs = atMs;
      this.endSpeech(atMs);
    });
  }

  private followCaller(): void {
    const { router, owed, turnMeter, judge } = this;
    let lastStoppedMs: number | null = null;
    router.on('caller.speech.started', ({ startedMs }) => {
      this.speakingMs = startedMs;
      lastStoppedMs = null;
      owed.callerBegan(startedMs);
      turnMeter.callerBegan();
      judge.callerBegan();
    });
    router.on('caller.speech.stopped', ({ stoppedMs }) => {
      this.endSpeech(stoppedMs);
      lastStoppedMs = stoppedMs;
      owed.callerStopped(stoppedMs);
      turnMeter.callerStopped(stoppedMs);
      judge.callerStopped();
    });
    router.on('caller.turn.committed', (_, { atMs }) => {
      judge.committed();
      if (!turnMeter.committed(atMs)) return;
      this.turns++;
      owed.owe(lastStoppedMs ?? atMs);
    });
  }

  private followAgent(): void {
    const { router, owed, turnMeter, stretches } = this;
    // Whether the response that runs has brought anything: sound, or a function whose answer brings the next response.
    let brought = false;
    router.on('agent.response.started', (_, { atMs }) => {
      brought = false;
      owed.answering(atMs);
    });
    router.on('agent.response.finished', ({ status }) => {
      if (status === 'completed' && !brought) owed.nothingToSay();
    });
    router.on('agent.audio.arrived', ({ itemId, arrivedMs }) => {
      brought = true;
      turnMeter.arrived(itemId, arrivedMs);
    });
    router.on('agent.audio.started', ({ itemId, leftMs }) => {
      if (this.opens) this.firstLeftMs ??= leftMs;
      turnMeter.left(itemId, leftMs);
    });
    router.on('agent.audio.heard', ({ itemId, heardAtMs }) => {
      if (this.opens) this.firstHeardMs ??= heardAtMs;
      owed.heard(heardAtMs);
      turnMeter.heard(itemId, heardAtMs);
    });
    router.on('agent.audio.starved', ({ starvedMs }) => owed.hole(starvedMs));
    // What was said before is heard first, and only then does the caller wait for what the function brings.
    router.on('tool.called', (_, { atMs }) => {
      brought = true;
      owed.owe(Math.max(atMs, stretches.untilMs ?? atMs));
    });
    router.on('agent.interrupted', ({ cause, stopMs }, { atMs }) => {
      turnMeter.cutOff();
      if (cause === 'leg-lost') owed.away(atMs, true);
      if (cause !== 'speech') return;
      this.interruptions++;
      const reactionMs = this.speakingMs === null ? null : atMs - this.speakingMs;
      this.bargeInStop.add(stopMs);
      this.bargeInReaction.add(reactionMs);
      this.judge.interrupted(stopMs, reactionMs, this.speakingMs !== null);
    });
  }

  /** What is said and not said while an operator has the line, or has muted the agent, is not the agent's. */
  private followOperator(): void {
    this.router.on('operator.acted', ({ action }, { atMs }) => {
      if (action === 'mute' || action === 'unmute') this.muted = action === 'mute';
      else if (action === 'take-over') {
        this.takenOver = true;
        // From now on the backend does not hear the caller: it cannot tell when he falls silent, nor what he says.
        this.endSpeech(atMs);
        this.judge.giveUp();
      } else if (action === 'give-back') {
        this.takenOver = false;
        this.speakingMs = null;
      } else return;
      this.stretches.isAway = this.takenOver;
      const isOut = this.muted || this.takenOver;
      if (isOut !== this.agentIsOut) this.agentGoes(isOut, atMs);
    });
  }

  private agentGoes(isOut: boolean, atMs: number): void {
    this.agentIsOut = isOut;
    if (isOut) {
      this.opens = false;
      this.owed.agentLeft(atMs);
      if (this.turnMeter.agentLeft()) this.turns--;
    } else {
      this.owed.agentCame(atMs);
      this.turnMeter.agentCame(atMs);
    }
  }

  private sumUp(): void {
    const { router } = this;
    router.on('turn.measured', (turn) => {
      this.turnLatency.add(turn.turnLatencyMs);
      this.heardLatency.add(turn.heardLatencyMs);
      this.endOfTurn.add(turn.endOfTurnMs);
      this.model.add(turn.modelMs);
      this.gateway.add(turn.gatewayMs);
    });
    router.on('interruption.judged', ({ wasFalse }) => {
      if (wasFalse === true) this.falseInterruptions++;
    });
    router.on('audio.sampled', ({ track, addedLatencyMs }) => this.addedLatency[track].add(addedLatencyMs));
    router.on('agent.item.heard', ({ errorMs }) =>
      this.truncationError.add(errorMs === null ? null : Math.abs(errorMs)),
    );
    router.on('backend.used', ({ usage }) => this.used(usage));
  }

  private words(
    { speaker, itemId, text }: { speaker: string; itemId: string; text: string },
    backend: string,
    writers: Set<string>,
  ): void {
    if (speaker !== 'caller' || text.trim() === '') return;
    writers.add(backend);
    this.judge.words(itemId);
  }

  private endSpeech(atMs: number): void {
    if (this.speakingMs !== null) this.talkOverMs += this.stretches.overlapMs(this.speakingMs, atMs);
    this.speakingMs = null;
  }

  private used({ tokens, costUsd }: AiUsage): void {
    for (const [kind, count] of Object.entries(tokens) as [TokenKind, number][])
      this.tokens[kind] = (this.tokens[kind] ?? 0) + count;
    this.costUsd = costUsd === null || this.costUsd === null ? null : this.costUsd + costUsd;
  }
}
