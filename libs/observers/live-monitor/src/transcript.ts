import type { GatewayEvents } from '#libs/contracts';
import type { Line } from './messages.js';

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

/** What was said in a call and, of the agent's words, what was heard. Keeps the newest lines. */
export class Transcript {
  private readonly kept: Growing[] = [];

  constructor(private readonly mostLines: number) {}

  get lines(): readonly Line[] {
    return this.kept.map(({ itemId, speaker, text, final, atMs, heardText, cut }) => ({
      itemId,
      speaker,
      text,
      final,
      atMs,
      heardText,
      cut,
    }));
  }

  /** Returns the line if its cut is known from now on, or anew. */
  words(
    { itemId, speaker, text }: GatewayEvents['transcript.final'],
    final: boolean,
    atMs: number,
  ): readonly Line[] {
    const words = text.slice(0, LONGEST_LINE);
    const line = this.find(itemId) ?? this.begin(itemId, speaker, atMs);
    line.final ||= final;
    if (line.heardShare === null) {
      line.text = words;
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
  cut(itemId: string, heardShare: number): readonly Line[] {
    const at = this.kept.findIndex((line) => line.itemId === itemId);
    if (at < 0) return [];
    const cut: Line[] = [];
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

  private begin(itemId: string, speaker: 'caller' | 'agent', atMs: number): Growing {
    const line: Growing = {
      itemId,
      speaker,
      atMs,
      text: '',
      final: false,
      heardText: null,
      cut: false,
      heardShare: null,
    };
    this.kept.push(line);
    if (this.kept.length > this.mostLines) this.kept.shift();
    return line;
  }

  /** What grows is near the end. */
  private find(itemId: string): Growing | undefined {
    return this.kept.findLast((line) => line.itemId === itemId);
  }
}

/** Whole words only: one of which the end was missing was not understood. */
function heardOf(text: string, share: number): string {
  if (share >= 1) return text;
  const end = Math.round(text.length * share);
  if (end === 0 || /\s/.test(text[end] ?? ' ')) return text.slice(0, end).trimEnd();
  return text.slice(0, text.slice(0, end).search(/\S*$/)).trimEnd();
}
