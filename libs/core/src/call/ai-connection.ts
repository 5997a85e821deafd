import {
  type AgentSettings,
  type AiBackend,
  type AiListener,
  type AiSession,
  type AudioFormat,
  asGatewayError,
  type Clock,
  type GatewayError,
  type Log,
  type ToolDefinition,
} from '#libs/contracts';

export interface AiConnectionOptions {
  readonly callId: string;
  readonly backend: AiBackend;
  readonly agent: AgentSettings;
  readonly tools: readonly ToolDefinition[];
  readonly callerFormat: AudioFormat;
  readonly agentFormat: AudioFormat;
  readonly callerHash: string | null;
  readonly log: Log;
  readonly clock: Clock;
}

/** Brings the AI to the call: one attempt that can be abandoned at any time without leaving a session behind. */
export class AiConnection {
  private readonly abort = new AbortController();
  private session: AiSession | null = null;

  constructor(private readonly options: AiConnectionOptions) {}

  /** One of the two is called, once, unless `close` comes first. */
  open(
    listener: AiListener,
    onReady: (session: AiSession, tookMs: number) => void,
    onFailed: (error: GatewayError) => void,
  ): void {
    const { backend, clock } = this.options;
    const startedMs = clock.nowMs();
    // A backend that throws instead of rejecting fails in the same way.
    const connecting = Promise.resolve().then(() =>
      backend.connect(this.options, listener, this.abort.signal),
    );
    connecting.then(
      (session) => {
        if (this.abort.signal.aborted) session.close();
        else {
          this.session = session;
          onReady(session, clock.nowMs() - startedMs);
        }
      },
      (thrown: unknown) => {
        if (this.abort.signal.aborted) return;
        onFailed(
          asGatewayError(
            thrown,
            'BACKEND_CONNECT_FAILED',
            `The AI backend "${backend.name}" could not be reached`,
          ),
        );
      },
    );
  }

  close(): void {
    this.abort.abort();
    this.session?.close();
    this.session = null;
  }
}
