import type {
  AiBackend,
  AiCapabilities,
  AiListener,
  AiOptions,
  AiSession,
  AudioFormat,
  SetupEntry,
} from '#libs/contracts';
import type { EchoConfig } from './echo.config.js';
import { EchoSession } from './echo.session.js';
import { connectAborted } from './errors.js';
import { readGreeting } from './greeting.js';

/** Whatever the platform speaks is spoken back, so that nothing has to be converted. */
const FORMATS: readonly AudioFormat[] = [
  { encoding: 'pcm16', sampleRate: 24_000 },
  { encoding: 'pcm16', sampleRate: 16_000 },
  { encoding: 'pcm16', sampleRate: 8000 },
  { encoding: 'pcm16', sampleRate: 48_000 },
  { encoding: 'mulaw', sampleRate: 8000 },
  { encoding: 'alaw', sampleRate: 8000 },
];

/** The built-in agent that needs no account: proves two-way sound, barge-in and latency before a key is bought. */
export class EchoBackend implements AiBackend {
  readonly name = 'echo';
  readonly capabilities: AiCapabilities = {
    callerFormats: FORMATS,
    agentFormats: FORMATS,
    truncation: false,
    speechEvents: true,
    tools: false,
    maxSessionMs: null,
  };
  private readonly greeting = readGreeting();

  constructor(private readonly config: EchoConfig) {}

  async connect(options: AiOptions, listener: AiListener, signal: AbortSignal): Promise<AiSession> {
    if (signal.aborted) throw connectAborted();
    return new EchoSession(this.config, this.greeting, options, listener);
  }

  setup(): readonly SetupEntry[] {
    return [
      {
        title: 'Echo agent',
        state: 'ready',
        lines: ['built in; set OPENAI_API_KEY to talk with an AI instead'],
      },
    ];
  }
}
