import type { AiSession, Clock, EventRouter, Log, ToolBox, ToolCall } from '#libs/contracts';

export interface ToolDeskOptions {
  readonly callId: string;
  readonly toolBox: ToolBox;
  readonly router: EventRouter;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs: number;
  /** From the first function that runs until the last has answered. */
  readonly onBusy: (busy: boolean) => void;
}

/** Runs the functions the model calls and brings their answers back. Every call gets exactly one answer; nothing rejects. */
export class ToolDesk {
  private readonly abort = new AbortController();
  private running = 0;

  constructor(private readonly options: ToolDeskOptions) {}

  run(call: ToolCall, session: AiSession): void {
    const { router, clock, onBusy } = this.options;
    const startedMs = clock.nowMs();
    router.publish('tool.called', call);
    if (++this.running === 1) onBusy(true);
    void this.ask(call).then(({ output, failed }) => {
      if (this.abort.signal.aborted) return;
      if (--this.running === 0) onBusy(false);
      const tookMs = clock.nowMs() - startedMs;
      router.publish('tool.answered', {
        toolCallId: call.toolCallId,
        name: call.name,
        output,
        failed,
        tookMs,
      });
      session.answerTool(call.toolCallId, output);
    });
  }

  /** Functions still running are told to stop; their answers are not delivered. */
  close(): void {
    this.abort.abort();
  }

  private async ask(call: ToolCall): Promise<{ output: string; failed: boolean }> {
    const { toolBox, callId, clock, timeoutMs, log } = this.options;
    if (!toolBox.definitions.some((tool) => tool.name === call.name)) {
      return { output: JSON.stringify({ error: `There is no function named ${call.name}.` }), failed: true };
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.abort.signal]);
    let cancelTimer: () => void = () => undefined;
    const timedOut = new Promise<never>((_, reject) => {
      cancelTimer = clock.after(timeoutMs, () => {
        stop.abort();
        reject(new Error('The function took too long.'));
      });
    });
    try {
      const result: unknown = await Promise.race([toolBox.call(call, callId, signal), timedOut]);
      // Tool boxes are other people's code: what is no text is made text, as far as it can be.
      return { output: typeof result === 'string' ? result : (JSON.stringify(result) ?? ''), failed: false };
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      log.warn(
        { code: 'TOOL_FAILED', tool: call.name, reason: message },
        'A function failed; the model was told.',
      );
      return { output: JSON.stringify({ error: message }), failed: true };
    } finally {
      cancelTimer();
    }
  }
}
