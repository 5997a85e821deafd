import type { CallControl, ToolDefinition } from '#libs/contracts';

/** One call of a tool by the model. */
export interface ToolRun {
  readonly callId: string;
  readonly toolCallId: string;
  /** Name of the agent that speaks. */
  readonly agent: string;
  readonly signal: AbortSignal;
  /** Null: the call is over. */
  readonly control: CallControl | null;
}

/** A function the model may call, whoever carries it out. One object serves all calls. */
export interface Tool {
  readonly definition: ToolDefinition;
  /** Null: the gateway's own limit. */
  readonly timeoutMs: number | null;
  /** It collects keys that nobody shall keep. Absent: it does not. */
  readonly sensitiveKeys?: boolean;
  /** Said by the agent when it takes long; null: nothing. */
  readonly bridge: string | null;
  /**
   * `args` is the model's own JSON text. Resolves to the text for the model; rejects with a GatewayError whose message is for the
   * model, and holds no words or numbers of people since it is logged.
   */
  run(args: string, run: ToolRun): Promise<string>;
}
