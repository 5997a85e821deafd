import type { AiSession, Cancel, Clock, EventRouter, Log, ToolBox, ToolCall } from '#libs/contracts';

export interface ToolDeskOptions {
  readonly callId: string;
  readonly toolBox: ToolBox;
  readonly router: EventRouter;
  readonly clock: Clock;
  readonly log: Log;
  /** For functions that name no time of their own. */
  readonly timeoutMs: number;
  /** So long may a function take before something is said about it. */
  readonly bridgeAfterMs: number;
  /** The caller hears the agent, and nothing is being said. */
  readonly isSilent: () => boolean;
  /** The line is to be filled with a tone while nothing is said; until there is no function that runs. */
  readonly onWaiting: (waiting: boolean) => void;
}

/** A function whose answer is already on its way when the call ends, as that of a transfer is, has this long to come. */
const LAST_ANSWERS_WITHIN_MS = 1000;
const CALL_OVER: Answer = {
  output: JSON.stringify({ error: 'The call was over before the function had answered.' }),
  failed: true,
  cutShort: true,
};

interface Answer {
  readonly output: string;
  readonly failed: boolean;
  /** Nobody waits for it any more: that it failed says nothing of the function. */
  readonly cutShort: boolean;
}

interface Running {
  readonly call: ToolCall;
  readonly startedMs: number;
  readonly cancelBridge: Cancel;
  /** Null: the AI that has called it is gone, and nobody waits for the answer. */
  session: AiSession | null;
}

/** Runs the functions the model calls and brings their answers back. Each that is told to be called is told to be answered, once; nothing rejects. */
export class ToolDesk {
  private abort = new AbortController();
  private readonly running = new Set<Running>();
  private bridged = false;
  /** The call is over; what is to be done when no function runs any more. */
  private whenAnswered: (() => void) | null = null;

  constructor(private readonly options: ToolDeskOptions) {
    const { router, onWaiting } = options;
    // Who types keys into a function must not hear tones.
    router.on('digits.collecting', () => onWaiting(false));
    router.on('digits.collected', () => {
      if (this.isBusy) onWaiting(true);
    });
  }

  get isBusy(): boolean {
    return [...this.running].some(({ session }) => session !== null);
  }

  run(call: ToolCall, session: AiSession): void {
    const { router, clock } = this.options;
    const { signal } = this.abort;
    const startedMs = clock.nowMs();
    router.publish('tool.called', call);
    const run: Running = { call, startedMs, cancelBridge: this.cover(call.name, session), session };
    this.running.add(run);
    void this.ask(call, signal).then((answer) => {
      if (!this.running.has(run)) return;
      this.answered(run, answer);
      run.session?.answerTool(call.toolCallId, answer.output);
      if (this.running.size === 0) this.whenAnswered?.();
    });
  }

  /** Who has asked is gone: functions still running are told to stop; their answers are told and not delivered. */
  drop(): void {
    this.leave();
    this.abort.abort();
    this.abort = new AbortController();
  }

  /**
   * The call is over. `wait`: a function may have ended it and be about to answer, which is waited for a moment. `then` is called when
   * every function was told to be answered. No answer reaches the AI any more.
   */
  close(wait: boolean, then: () => void): void {
    this.leave();
    let cancelTimer: Cancel = () => undefined;
    this.whenAnswered = () => {
      this.whenAnswered = null;
      cancelTimer();
      this.abort.abort();
      for (const run of [...this.running]) this.answered(run, CALL_OVER);
      then();
    };
    if (!wait || this.running.size === 0) this.whenAnswered();
    else cancelTimer = this.options.clock.after(LAST_ANSWERS_WITHIN_MS, this.whenAnswered);
  }

  private leave(): void {
    for (const run of this.running) {
      run.session = null;
      run.cancelBridge();
    }
    this.rest();
  }

  private answered(run: Running, answer: Answer): void {
    const { router, clock } = this.options;
    const { toolCallId, name } = run.call;
    this.running.delete(run);
    run.cancelBridge();
    if (run.session !== null && !this.isBusy) this.rest();
    router.publish('tool.answered', {
      toolCallId,
      name,
      ...answer,
      tookMs: clock.nowMs() - run.startedMs,
    });
  }

  private rest(): void {
    this.bridged = false;
    this.options.onWaiting(false);
  }

  /** What the caller hears while a function runs: its words, said once, and then tones; or tones at once where it has none. */
  private cover(name: string, session: AiSession): Cancel {
    const { toolBox, clock, bridgeAfterMs, isSilent, onWaiting } = this.options;
    const words = toolBox.bridgeOf?.(name) ?? null;
    if (words === null || !session.speak) {
      onWaiting(true);
      return () => undefined;
    }
    return clock.after(bridgeAfterMs, () => {
      // Of several functions that take their time one is enough to hear of.
      if (!this.bridged && isSilent()) {
        this.bridged = true;
        session.speak?.(words);
      }
      onWaiting(true);
    });
  }

  private async ask(call: ToolCall, over: AbortSignal): Promise<Answer> {
    const { toolBox, callId, clock, log } = this.options;
    if (!toolBox.definitions.some((tool) => tool.name === call.name)) {
      const output = JSON.stringify({ error: `There is no function named ${call.name}.` });
      return { output, failed: true, cutShort: false };
    }
    const timeoutMs = toolBox.timeoutMsOf?.(call.name) ?? this.options.timeoutMs;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, over]);
    let cancelTimer: Cancel = () => undefined;
    const timedOut = new Promise<never>((_, reject) => {
      cancelTimer = clock.after(timeoutMs, () => {
        stop.abort();
        reject(new Error('The function took too long.'));
      });
    });
    try {
      const result: unknown = await Promise.race([toolBox.call(call, callId, signal), timedOut]);
      // Tool boxes are other people's code: what is no text is made text, as far as it can be.
      const output = typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
      return { output, failed: false, cutShort: false };
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      log.warn(
        { code: 'TOOL_FAILED', tool: call.name, reason: message },
        'A function failed; the model was told.',
      );
      return { output: JSON.stringify({ error: message }), failed: true, cutShort: over.aborted };
    } finally {
      cancelTimer();
    }
  }
}
