import type { GatewayEvents } from './events.js';

/** What somebody said in one go. `heardText`, `cut`: of the agent, once it is known what the caller heard of it. */
export interface SpokenLine {
  readonly itemId: string;
  readonly speaker: 'caller' | 'agent';
  readonly text: string;
  readonly final: boolean;
  readonly atMs: number;
  readonly heardText: string | null;
  readonly cut: boolean;
}

/** A longer line ends here; far more than anybody says in one breath. */
const LONGEST_LINE = 16_000;

interface Growing {
  readonly itemId: string;
  readonly speaker: 'caller' | 'agent';
  readonly atMs: number;
  text: string;
  final: boolean;
  heardText: string | null;
  cut: boolean;
  /** How much of what was sent the caller heard, once an interruption told; 0 ... 1. */
  heardShare: number | null;
}

/** The words of a turn that have not come by then will not come, or the turn had none. */
const WORDS_WITHIN_MS = 20_000;
const MOST_TURNS = 16;
/** One who speaks again later than this after falling silent begins anew; the sound before was no part of the turn. */
const LONGEST_PAUSE_MS = 5000;

/** What was said in a call and, of the agent's words, what was heard. Keeps the newest lines. */
export class Transcript {
  private readonly kept: Growing[] = [];
  private callerBeganMs: number | null = null;
  private callerStoppedMs: number | null = null;
  /** The line of the turn that still runs, where its first words are there already. */
  private hasWords = false;
  /** Turns of the caller whose words are still to come, oldest first. */
  private turns: { readonly beganMs: number; readonly committedMs: number }[] = [];

  constructor(private readonly mostLines: number) {}

  get lines(): readonly SpokenLine[] {
    return this.kept.map(shown);
  }

  line(itemId: string): SpokenLine | null {
    const line = this.find(itemId);
    return line === undefined ? null : shown(line);
  }

  /** The caller began to speak; a turn may hold several beginnings. */
  callerBegan(atMs: number): void {
    const { callerStoppedMs } = this;
    if (callerStoppedMs !== null && atMs - callerStoppedMs > LONGEST_PAUSE_MS) this.callerLeft();
    this.callerBeganMs ??= atMs;
    this.callerStoppedMs = null;
  }

  callerStopped(atMs: number): void {
    this.callerStoppedMs = atMs;
  }

  /** The caller's turn is over. Its words often come after the answer has begun. */
  callerTurn(atMs: number): void {
    if (!this.hasWords) this.turns.push({ beganMs: this.callerBeganMs ?? atMs, committedMs: atMs });
    this.callerLeft();
    if (this.turns.length > MOST_TURNS) this.turns.shift();
  }

  /** What the caller has begun to say will be no turn. */
  callerLeft(): void {
    this.callerBeganMs = null;
    this.callerStoppedMs = null;
    this.hasWords = false;
  }

  /** Returns the line if its cut is known from now on, or anew. */
  words(
    { itemId, speaker, text }: GatewayEvents['transcript.final'],
    final: boolean,
    atMs: number,
  ): readonly SpokenLine[] {
    const words = text.slice(0, LONGEST_LINE);
    const line = this.find(itemId) ?? this.begin(itemId, speaker, atMs);
    line.final ||= final;
    if (line.heardShare === null) {
      line.text = words;
      return [];
    }
    if (line.heardShare === 1 && words.length >= line.text.length) {
      line.text = words;
      line.heardText = words;
      return [];
    }
    // After an interruption a backend may repeat the line without what was not heard.
    const isShortened = line.text.startsWith(words) && words.length < line.text.length;
    if (isShortened) line.heardText = words;
    else {
      const grew = words !== line.text;
      line.text = words;
      if (!grew || line.heardText === '') return [];
      line.heardText ??= heardOf(words, line.heardShare);
    }
    line.cut = line.heardText !== line.text;
    return [line];
  }

  /** Everything of it was heard. */
  heard(itemId: string): void {
    const line = this.find(itemId);
    if (line === undefined || line.heardShare !== null) return;
    line.heardShare = 1;
    line.heardText = line.text;
  }

  /** The agent was interrupted in this item; what it had prepared behind it was not heard at all. */
  cut(itemId: string, heardShare: number): readonly SpokenLine[] {
    const at = this.kept.findIndex((line) => line.itemId === itemId);
    if (at < 0) return [];
    const cut: SpokenLine[] = [];
    for (const [i, line] of this.kept.slice(at).entries()) {
      if (line.speaker !== 'agent' || line.heardShare !== null) continue;
      line.heardShare = i === 0 ? heardShare : 0;
      // Of a line without words so far it is told when they come.
      if (line.text === '' && line.heardShare > 0) continue;
      line.heardText = heardOf(line.text, line.heardShare);
      line.cut = line.heardText !== line.text;
      if (line.cut) cut.push(line);
    }
    return cut;
  }

  /** The call is over: what of the agent's words nobody told to be heard was not. */
  ended(): readonly SpokenLine[] {
    const open = this.kept.find((line) => line.speaker === 'agent' && line.heardShare === null);
    return open === undefined ? [] : this.cut(open.itemId, 0);
  }

  private begin(itemId: string, speaker: 'caller' | 'agent', atMs: number): Growing {
    const line: Growing = {
      itemId,
      speaker,
      atMs: speaker === 'caller' ? this.turnBegan(atMs) : atMs,
      text: '',
      final: false,
      heardText: null,
      cut: false,
      heardShare: null,
    };
    const before = this.kept.findLastIndex((other) => other.atMs <= line.atMs);
    this.kept.splice(before + 1, 0, line);
    if (this.kept.length > this.mostLines) this.kept.shift();
    return line;
  }

  /** When the turn began whose words are coming; when they came, where nothing told of a beginning. */
  private turnBegan(atMs: number): number {
    this.turns = this.turns.filter(({ committedMs }) => atMs - committedMs <= WORDS_WITHIN_MS);
    const turn = this.turns.shift();
    if (turn === undefined && this.callerBeganMs !== null) this.hasWords = true;
    return Math.min(atMs, turn?.beganMs ?? this.callerBeganMs ?? atMs);
  }

  /** What grows is near the end. */
  private find(itemId: string): Growing | undefined {
    return this.kept.findLast((line) => line.itemId === itemId);
  }
}

function shown({ itemId, speaker, text, final, atMs, heardText, cut }: Growing): SpokenLine {
  return { itemId, speaker, text, final, atMs, heardText, cut };
}

/** Whole words only: one of which the end was missing was not understood. */
function heardOf(text: string, share: number): string {
  if (share >= 1) return text;
  const end = Math.round(text.length * share);
  if (end === 0 || /\s/.test(text[end] ?? ' ')) return text.slice(0, end).trimEnd();
  return text.slice(0, text.slice(0, end).search(/\S*$/)).trimEnd();
}
