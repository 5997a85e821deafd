import type { Cancel, GatewayError } from '#libs/contracts';
import type { SessionContext } from './session-context.js';

/** The server answers a turn by itself; if it does not within this time, it is asked to. */
const AUTO_ANSWER_MS = 2000;
/** OpenAI's own `prefix_padding_ms`, where none is set. */
const DEFAULT_PREFIX_MS = 300;
/** Detection does not take longer than this to notice; what claims to be older is not believed. */
const MAX_NOTICE_MS = 10_000;
const MAX_PARTIALS = 16;
const MAX_WORDS = 16_000;

/** The caller's side: who has the floor, by the server's voice detection, and what was said, by its transcription. */
export class CallerSpeech {
  private speaking = false;
  /** Sound that is part of a turn is in the server's buffer. */
  private turnOpen = false;
  private openItemId: string | null = null;
  private cancelExpectation: Cancel | null = null;
  private partials = new Map<string, string>();
  private quietSinceMs: number;
  private spoke = false;

  constructor(
    private readonly context: SessionContext,
    /** The server has not answered a turn by itself, as it should have. */
    private readonly onUnanswered: () => void,
  ) {
    this.quietSinceMs = context.clock.nowMs();
  }

  /** There was at least one turn. */
  get hasSpoken(): boolean {
    return this.spoke;
  }

  /** Between the start of speech and the end of the turn. */
  get inTurn(): boolean {
    return this.turnOpen;
  }

  /** The caller speaks, or has spoken and the server is about to answer by itself. */
  get holdsFloor(): boolean {
    return this.turnOpen || this.cancelExpectation !== null;
  }

  /** 0 while the caller speaks. */
  get quietForMs(): number {
    return this.turnOpen ? 0 : this.context.clock.nowMs() - this.quietSinceMs;
  }

  /** `audioStartMs`: where the turn's sound begins, which is some time before the speech. */
  onStarted(audioStartMs: number | null): void {
    this.turnOpen = true;
    this.openItemId = null;
    this.spoke = true;
    this.stopExpecting();
    if (this.speaking) return;
    this.speaking = true;
    const prefixMs = this.context.config.prefixPaddingMs ?? DEFAULT_PREFIX_MS;
    this.context.listener.onCallerSpeech('started', this.instantOf('started', audioStartMs, prefixMs));
  }

  onStopped(itemId: string | null, audioEndMs: number | null): void {
    this.openItemId = itemId;
    const { speechEndIncludesSilence, silenceDurationMs } = this.context.config;
    this.endSpeech(this.instantOf('stopped', audioEndMs, speechEndIncludesSilence ? -silenceDurationMs : 0));
  }

  onCommitted(itemId: string): void {
    this.endSpeech();
    this.turnOpen = false;
    this.spoke = true;
    this.context.history.callerTurn(itemId);
    const { createResponse, turnDetection } = this.context.config;
    if (createResponse && turnDetection !== 'none') {
      this.stopExpecting();
      this.cancelExpectation = this.context.clock.after(AUTO_ANSWER_MS, () => {
        this.cancelExpectation = null;
        this.onUnanswered();
      });
    }
    this.context.listener.onTurnCommitted();
  }

  /** A response has begun: the turn before it is closed, whether or not the server said so. */
  onAnswered(): void {
    this.stopExpecting();
    if (!this.turnOpen || this.speaking) return;
    this.turnOpen = false;
    this.context.history.callerTurn(this.openItemId ?? this.context.newId());
  }

  onWords(itemId: string, delta: string): void {
    const words = ((this.partials.get(itemId) ?? '') + delta).slice(0, MAX_WORDS);
    this.partials.set(itemId, words);
    if (this.partials.size > MAX_PARTIALS) this.partials.delete(this.partials.keys().next().value!);
    if (words !== '') this.tell(itemId, words, false);
  }

  onAllWords(itemId: string, words: string): void {
    this.partials.delete(itemId);
    this.context.history.callerWords(itemId, words.trim());
    if (words.trim() !== '') this.tell(itemId, words, true);
  }

  onUnwritten(itemId: string, error: GatewayError): void {
    this.partials.delete(itemId);
    this.context.listener.onAiFault(error);
  }

  /** The connection is gone, and a turn that was not closed with it: the new session will be told that there was one. */
  disconnect(): void {
    if (this.turnOpen) this.context.history.callerTurn(this.context.newId());
    this.turnOpen = false;
    this.endSpeech();
    this.stopExpecting();
    this.partials.clear();
  }

  close(): void {
    this.stopExpecting();
  }

  private endSpeech(atMs = this.context.clock.nowMs()): void {
    if (!this.speaking) return;
    this.speaking = false;
    this.quietSinceMs = this.context.clock.nowMs();
    this.context.listener.onCallerSpeech('stopped', atMs);
  }

  /**
   * When it was at this position of the appended sound, and `offsetMs` later; now where nobody knows. The semantic detection
   * does not tell how long it waited to be sure.
   */
  private instantOf(edge: 'started' | 'stopped', positionMs: number | null, offsetMs: number): number {
    const { clock, config, instantOf } = this.context;
    const nowMs = clock.nowMs();
    if (positionMs === null || config.turnDetection !== 'server_vad') return nowMs;
    const atMs = instantOf(positionMs + offsetMs, edge) ?? nowMs;
    return Math.min(nowMs, Math.max(nowMs - MAX_NOTICE_MS, atMs));
  }

  private stopExpecting(): void {
    this.cancelExpectation?.();
    this.cancelExpectation = null;
  }

  private tell(itemId: string, text: string, final: boolean): void {
    this.context.listener.onTranscript({ speaker: 'caller', itemId, text, final });
  }
}
