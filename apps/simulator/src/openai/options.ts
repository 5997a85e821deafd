import type { Clock } from '#libs/contracts';
import type { AnswerScript } from './answers.js';
import type { ChatScript } from './chat-completions.js';
import type { Fault } from './faults.js';
import type { Turn } from './turns.js';

/** `tone` and `{ hz, ms }`: a pure tone. `echo`: the caller's words back. `speech`: recorded speech. Or a script. */
export type AnswerMode =
  | 'tone'
  | 'echo'
  | 'speech'
  | { readonly hz: number; readonly ms: number }
  | AnswerScript;

export interface OpenAiSimOptions {
  /** Absent or 0: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The one key that is let in. Absent: any. */
  readonly apiKey?: string;
  /** Models there are. Absent: all. */
  readonly models?: readonly string[];
  /** Models for text there are. Absent: all. */
  readonly textModels?: readonly string[];
  /** What is answered by text. Default: the caller's own words. */
  readonly textAnswer?: ChatScript;
  /** Default: `speech`. */
  readonly answer?: AnswerMode;
  /** How many times faster than real time an answer's sound is made. Infinity: all at once. Default 5. */
  readonly speed?: number;
  /** Sound in one delta. Default 130: no multiple of a telephone's 20 ms, as with OpenAI. */
  readonly deltaMs?: number;
  /** From the start of a response to its first content. Default 0. */
  readonly thinkMs?: number;
  /** Default 60 minutes. */
  readonly sessionLimitMs?: number;
  /** Random letters in some transcript deltas, as OpenAI sends them. Default true. */
  readonly obfuscation?: boolean;
  /** 0 ... 1: how often an event carries an unknown field or is preceded by an unknown event. Default 0. */
  readonly strange?: number;
  /** Speak like the "OpenAI-compatible" servers: beta names, no usage. Default false. */
  readonly compat?: boolean;
  /**
   * What was said, as the transcription model writes it; null: the transcription fails. Default: the words of
   * the shipped recordings, where they are recognised; else the number and length of the turn.
   */
  readonly transcribe?: (turn: Turn) => string | null;
  /** From commit to the final transcript. Default 50. */
  readonly transcribeMs?: number;
  readonly faults?: readonly Fault[];
  /** Keep all sound that is heard and sent, for comparison. Default true; turn it off for thousands of calls. */
  readonly keepSound?: boolean;
  /** Of everything random. Default 1. */
  readonly seed?: number;
  readonly clock?: Clock;
}
