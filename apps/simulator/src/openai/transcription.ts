import type { Cancel, Clock } from '#libs/contracts';
import type { Outbox } from './outbox.js';
import type { SessionConfig } from './session-config.js';
import type { Turn } from './turns.js';
import { textTokens, userAudioTokens } from './usage.js';

/** Writes down what the caller said, beside the conversation and in its own time. */
export class Transcriber {
  private readonly known = new WeakMap<Turn, { readonly words: string | null }>();
  private readonly running = new Set<Cancel>();

  constructor(
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly delayMs: number,
    private readonly transcribe: (turn: Turn) => string | null,
  ) {}

  /** Null: not to be understood. */
  wordsOf(turn: Turn): string | null {
    let known = this.known.get(turn);
    if (known === undefined) {
      known = { words: this.transcribe(turn) };
      this.known.set(turn, known);
    }
    return known.words;
  }

  /** `onDone` is told the words when they are final. */
  start(turn: Turn, config: SessionConfig, onDone: (words: string) => void): void {
    const { transcription } = config.audio.input;
    if (transcription === null) return;
    const model = transcription.model ?? 'whisper-1';
    const withLogprobs = config.include?.includes('item.input_audio_transcription.logprobs') ?? false;
    const cancel = this.clock.after(this.delayMs, () => {
      this.running.delete(cancel);
      this.finish(turn, model, withLogprobs, onDone);
    });
    this.running.add(cancel);
  }

  close(): void {
    for (const cancel of this.running) cancel();
    this.running.clear();
  }

  private finish(turn: Turn, model: string, withLogprobs: boolean, onDone: (words: string) => void): void {
    const words = this.wordsOf(turn);
    const place = { item_id: turn.itemId, content_index: 0 };
    if (words === null) {
      this.outbox.emit('conversation.item.input_audio_transcription.failed', {
        ...place,
        error: {
          type: 'transcription_error',
          code: 'audio_unintelligible',
          message: 'The audio could not be transcribed.',
          param: null,
        },
      });
      return;
    }
    // whisper-1 does not stream: its one delta is the whole text.
    const deltas = model === 'whisper-1' ? [words] : (words.match(/\S+\s*/g) ?? []);
    for (const delta of deltas) {
      const logprobs = withLogprobs ? logprobsOf(delta) : null;
      this.outbox.emit('conversation.item.input_audio_transcription.delta', { ...place, delta, logprobs });
    }
    onDone(words);
    this.outbox.emit('conversation.item.input_audio_transcription.completed', {
      ...place,
      transcript: words,
      usage: usageOf(turn, words, model),
      logprobs: withLogprobs ? logprobsOf(words) : null,
    });
  }
}

/** The gpt-4o family counts tokens, all others the begun seconds. */
function usageOf(turn: Turn, words: string, model: string): Record<string, unknown> {
  const lengthMs = turn.audioEndMs - turn.audioStartMs;
  if (!model.startsWith('gpt-4o')) return { type: 'duration', seconds: Math.ceil(lengthMs / 1000) };
  const audio = userAudioTokens(lengthMs);
  const text = textTokens(words);
  return {
    type: 'tokens',
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: text,
    total_tokens: audio + text,
  };
}

function logprobsOf(text: string): Record<string, unknown>[] {
  return [{ token: text, logprob: -0.05, bytes: [...Buffer.from(text)] }];
}
