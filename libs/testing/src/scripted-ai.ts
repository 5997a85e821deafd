import { frameFromBytes, silence } from '#libs/audio';
import type {
  AgentSettings,
  AiBackend,
  AiCapabilities,
  AiListener,
  AiOptions,
  AiSession,
  AudioFormat,
  AudioFrame,
  GatewayError,
  HeardItem,
  SetupEntry,
  TextModel,
} from '#libs/contracts';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** One conversation of a scripted backend: notes what it is told, and says what the test tells it to say. */
export class ScriptedAiSession implements AiSession {
  readonly frames: AudioFrame[] = [];
  readonly interruptions: (readonly HeardItem[])[] = [];
  readonly answers: { readonly toolCallId: string; readonly output: string }[] = [];
  readonly keys: string[] = [];
  readonly spoken: string[] = [];
  readonly instructions: string[] = [];
  readonly adopted: AgentSettings[] = [];
  greetings = 0;
  playedOutCount = 0;
  wentOn = 0;
  closed = false;
  takes = true;

  constructor(
    readonly options: AiOptions,
    readonly listener: AiListener,
  ) {}

  push(frame: AudioFrame): boolean {
    if (this.takes) this.frames.push(frame);
    return this.takes;
  }

  greet(): void {
    this.greetings++;
  }

  interrupt(items: readonly HeardItem[]): void {
    this.interruptions.push(items);
  }

  answerTool(toolCallId: string, output: string): void {
    this.answers.push({ toolCallId, output });
  }

  dtmf(digits: string): void {
    this.keys.push(digits);
  }

  speak(text: string): void {
    this.spoken.push(text);
  }

  instruct(text: string): void {
    this.instructions.push(text);
  }

  adopt(agent: AgentSettings): void {
    this.adopted.push(agent);
  }

  playedOut(): void {
    this.playedOutCount++;
  }

  goOn(): void {
    this.wentOn++;
  }

  close(): void {
    this.closed = true;
  }

  /** The agent speaks: `durationMs` of sound in pieces. */
  say(itemId: string, durationMs: number, pieceMs = 20): void {
    const format = this.options.agentFormat;
    for (let left = durationMs; left > 0; left -= pieceMs) {
      const bytes = silence(format, Math.min(left, pieceMs));
      this.listener.onAgentAudio(frameFromBytes('agent', format, this.options.clock.nowMs(), bytes), itemId);
    }
  }

  finish(itemId: string): void {
    this.listener.onAgentAudioDone(itemId);
  }
}

export class ScriptedBackend implements AiBackend {
  readonly sessions: ScriptedAiSession[] = [];
  text?: TextModel;
  readonly capabilities: AiCapabilities;
  /** Set to make the next connection fail. */
  failure: GatewayError | null = null;
  private waiting: (() => void)[] = [];
  private held = false;

  constructor(
    formats: readonly AudioFormat[] = [MULAW],
    readonly name = 'scripted',
  ) {
    this.capabilities = {
      callerFormats: formats,
      agentFormats: formats,
      truncation: true,
      speechEvents: true,
      tools: true,
      maxSessionMs: null,
    };
  }

  get session(): ScriptedAiSession {
    return this.sessions[this.sessions.length - 1]!;
  }

  /** Connections wait until `release`. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    for (const go of this.waiting.splice(0)) go();
  }

  async connect(options: AiOptions, listener: AiListener, signal: AbortSignal): Promise<AiSession> {
    if (this.held) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.push(resolve);
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    }
    if (this.failure !== null) throw this.failure;
    const session = new ScriptedAiSession(options, listener);
    this.sessions.push(session);
    return session;
  }

  setup(): readonly SetupEntry[] {
    return [];
  }
}
