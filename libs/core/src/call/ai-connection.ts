import {
  type AgentSettings,
  type AiBackend,
  type AiListener,
  type AiOptions,
  type AiSession,
  asGatewayError,
  type GatewayError,
} from '#libs/contracts';

export interface AiConnectionOptions extends Omit<AiOptions, 'agent'> {
  readonly backend: AiBackend;
  /** Never rejects. */
  readonly settings: () => Promise<AgentSettings>;
}

/** Brings one backend to the call: one attempt that can be abandoned at any time without leaving a session behind. */
export class AiConnection {
  private readonly abort = new AbortController();
  private session: AiSession | null = null;

  constructor(private readonly options: AiConnectionOptions) {}

  /** One of the two is called, once, unless `close` comes first. `told`: what the session was given. */
  open(
    listener: AiListener,
    onReady: (session: AiSession, told: AgentSettings, tookMs: number) => void,
    onFailed: (error: GatewayError) => void,
  ): void {
    const { backend, clock } = this.options;
    const { signal } = this.abort;
    const startedMs = clock.nowMs();
    this.connect(listener).then(
      ([session, told]) => {
        if (signal.aborted) session.close();
        else {
          this.session = session;
          onReady(session, told, clock.nowMs() - startedMs);
        }
      },
      (thrown: unknown) => {
        if (signal.aborted) return;
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

  /** A backend that throws instead of rejecting fails in the same way. */
  private async connect(listener: AiListener): Promise<readonly [AiSession, AgentSettings]> {
    const { backend, settings, ...options } = this.options;
    const agent = await settings();
    this.abort.signal.throwIfAborted();
    return [await backend.connect({ ...options, agent }, listener, this.abort.signal), agent];
  }
}
