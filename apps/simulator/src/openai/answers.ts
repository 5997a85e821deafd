import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import type { Fields } from './outbox.js';
import { SHIPPED_WORDS } from './shipped-words.js';
import type { Sound } from './sounds.js';
import type { Turn } from './turns.js';

/** What the model is asked to answer. */
export interface Prompt {
  readonly sessionId: string;
  /** Counts the responses of the session, from 0. */
  readonly index: number;
  /** A turn ended, the caller was silent too long, or `response.create` asked for it. */
  readonly reason: 'turn' | 'timeout' | 'request';
  /** What the caller said since the last response; null when nothing. */
  readonly heard: Turn | null;
  /** The words of it, as the transcription model writes them. */
  readonly words: string | null;
  /** What was typed since the last response; null when nothing. */
  readonly text: string | null;
  /** Outputs of functions since the last response. */
  readonly toolOutputs: readonly { readonly callId: string; readonly output: string }[];
  /** In force for this response. */
  readonly instructions: string;
  /** Names of the functions it may call; empty when `tool_choice` is none. */
  readonly toolNames: readonly string[];
  /** The `response` of `response.create`; empty otherwise. */
  readonly request: Fields;
}

/** A piece of an answer. Each `say` and `call` becomes an output item of its own. */
export type AnswerPart =
  /** Without a sound, tones as long as the words. In a text response only the words are sent. */
  | { readonly say: string; readonly sound?: Sound }
  | { readonly call: string; readonly arguments?: Fields | string; readonly callId?: string }
  /** The model pauses here; not sped up. */
  | { readonly waitMs: number }
  /** The response ends here, as failed with this code. */
  | { readonly fail: string; readonly message?: string }
  /** The response ends here, as incomplete. */
  | { readonly incomplete: 'max_output_tokens' | 'content_filter' };

export type Answer = AnswerPart | readonly AnswerPart[];

export type AnswerScript = (prompt: Prompt) => Answer;

const DEFAULT_TONE = { hz: 1000, ms: 2000 };

/** The same pure tone to everything; for measuring. */
export function toneAnswers(hz = DEFAULT_TONE.hz, ms = DEFAULT_TONE.ms): AnswerScript {
  const answer = { say: `A tone of ${hz} hertz.`, sound: { hz, ms } };
  return () => answer;
}

/** The caller's own words back; a greeting and typed text are answered by babble. */
export function echoAnswers(): AnswerScript {
  return ({ heard, words, text }) => {
    if (heard === null) return { say: text ?? 'Hello, say something and I will repeat it.' };
    return {
      say: words ?? 'You said this.',
      sound: { samples: heard.samples, sampleRate: heard.sampleRate },
    };
  };
}

export function partsOf(answer: Answer): readonly AnswerPart[] {
  return 'length' in answer ? answer : [answer];
}

/** Recorded speech: a greeting first, then an answer, and a goodbye to who says goodbye. */
export function speechAnswers(): AnswerScript {
  const spoken = (name: ShippedSpeech): AnswerPart => ({
    say: SHIPPED_WORDS[name],
    sound: shippedSpeech(name),
  });
  return ({ index, heard, words, text }) => {
    if (index === 0 && heard === null) return spoken('agent-greeting');
    const farewell = /\bgoodbye\b/i.test(words ?? text ?? '');
    return spoken(farewell ? 'agent-goodbye' : 'agent-answer');
  };
}
