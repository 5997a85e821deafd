import type { ConversationItem } from 'openai/resources/realtime/realtime';
import {
  assistantText,
  functionCall,
  functionOutput,
  MAX_ID_LENGTH,
  systemText,
  userText,
} from './client-events.js';

/** Stands for a turn whose words nobody wrote down. */
const UNWRITTEN = '(The caller said something that was not written down.)';
const FORGOTTEN = 'This conversation is longer than shown: its beginning is left out.';

interface CallerTurn {
  readonly kind: 'caller';
  readonly id: string;
  /** Null: not written down, or not yet. Empty: nothing was said. */
  text: string | null;
}

interface AgentTurn {
  readonly kind: 'agent';
  readonly id: string;
  text: string;
  /** All of its sound came: it counts as said even where nobody tells its words. */
  spoken: boolean;
  /** The caller interrupted: what comes later was never heard. */
  cut: boolean;
  /** Id of the text that stands for it in a session other than the one in which it was spoken. */
  restoredId: string | null;
}

interface FunctionUse {
  readonly kind: 'function';
  readonly callId: string;
  /** As the present session knows it. */
  wireCallId: string;
  readonly name: string;
  readonly arguments: string;
  output: string | null;
}

/** What the agent was told and the caller did not hear. */
interface Instruction {
  readonly kind: 'instruction';
  readonly text: string;
}

type Entry = CallerTurn | AgentTurn | FunctionUse | Instruction;

/**
 * What was said and heard, in order: what a new session is told, since nothing survives a socket. Bounded: the oldest
 * entries go first.
 */
export class ConversationLog {
  private entries: Entry[] = [];
  private forgotten = false;

  constructor(
    private readonly maxEntries: number,
    private readonly maxLetters: number,
    private readonly newId: () => string,
  ) {}

  /** A turn of the caller, by voice (its words come later) or by keys. */
  callerTurn(id: string, text: string | null = null): void {
    if (this.caller(id) === undefined) this.add({ kind: 'caller', id, text });
  }

  callerWords(id: string, text: string): void {
    const turn = this.caller(id);
    if (turn === undefined) this.callerTurn(id, text);
    else turn.text = text;
    this.trim();
  }

  agentTurn(id: string): void {
    if (this.agent(id) === undefined)
      this.add({ kind: 'agent', id, text: '', spoken: false, cut: false, restoredId: null });
  }

  /** All words of this item so far. */
  agentWords(id: string, text: string): void {
    const turn = this.agent(id);
    if (turn !== undefined && !turn.cut) turn.text = text;
  }

  agentSpoke(id: string): void {
    const turn = this.agent(id);
    if (turn !== undefined) turn.spoken = true;
  }

  /**
   * Only this share of the item was heard, 0 to 1. Returns the words of it: where they stop is guessed by time, since
   * nobody tells when which word is spoken.
   */
  heard(id: string, share: number): string {
    const turn = this.agent(id);
    if (turn === undefined) return '';
    turn.text = firstWords(turn.text, share);
    turn.cut = true;
    if (turn.text === '') this.entries = this.entries.filter((entry) => entry !== turn);
    return turn.text;
  }

  /** The stand-in of an item that was spoken over an earlier connection; null when it has none. */
  restoredId(itemId: string): string | null {
    return this.agent(itemId)?.restoredId ?? null;
  }

  /** The stand-in was replaced by another. */
  replaced(itemId: string, restoredId: string): void {
    const turn = this.agent(itemId);
    if (turn !== undefined) turn.restoredId = restoredId;
  }

  instruction(text: string): void {
    this.add({ kind: 'instruction', text });
  }

  functionCalled(callId: string, name: string, args: string): void {
    this.add({ kind: 'function', callId, wireCallId: callId, name, arguments: args, output: null });
  }

  functionAnswered(callId: string, output: string): void {
    const use = this.use(callId);
    if (use !== undefined) use.output = output;
    this.trim();
  }

  /** How the present session names this function call; null when it does not know it. */
  wireCallId(callId: string): string | null {
    return this.use(callId)?.wireCallId ?? null;
  }

  /** The last word is the caller's, or a function's. */
  get awaitsAnswer(): boolean {
    for (let at = this.entries.length - 1; at >= 0; at--) {
      const entry = this.entries[at]!;
      if (entry.kind === 'instruction') continue;
      if (entry.kind === 'function') return entry.output !== null;
      if (entry.text !== '' || (entry.kind === 'agent' && entry.spoken)) return entry.kind === 'caller';
    }
    return false;
  }

  /**
   * The conversation as items for a session that knows nothing, in order, with new ids: assistant sound cannot be brought
   * back, so what was heard of it becomes text.
   */
  restore(): ConversationItem[] {
    this.trim();
    const items: ConversationItem[] = [];
    if (this.forgotten) items.push(systemText(this.newId(), FORGOTTEN));
    for (const entry of this.entries) {
      if (entry.kind === 'function') {
        entry.wireCallId = entry.callId.length <= MAX_ID_LENGTH ? entry.callId : this.newId();
        items.push(functionCall(this.newId(), entry.wireCallId, entry.name, entry.arguments));
        if (entry.output !== null) items.push(functionOutput(this.newId(), entry.wireCallId, entry.output));
      } else if (entry.kind === 'instruction') {
        items.push(systemText(this.newId(), entry.text));
      } else if (entry.kind === 'caller') {
        if (entry.text !== '') items.push(userText(this.newId(), entry.text ?? UNWRITTEN));
      } else if (entry.text !== '') {
        entry.restoredId = this.newId();
        items.push(assistantText(entry.restoredId, entry.text));
      }
    }
    return items;
  }

  private add(entry: Entry): void {
    this.entries.push(entry);
    this.trim();
  }

  /** The newest entry may be too long by itself; it goes too. */
  private trim(): void {
    let letters = 0;
    let kept = 0;
    for (let at = this.entries.length - 1; at >= 0 && kept < this.maxEntries; at--) {
      letters += lettersOf(this.entries[at]!);
      if (letters > this.maxLetters) break;
      kept += 1;
    }
    if (kept === this.entries.length) return;
    this.entries = kept === 0 ? [] : this.entries.slice(-kept);
    this.forgotten = true;
  }

  private caller(id: string): CallerTurn | undefined {
    return this.entries.find((entry): entry is CallerTurn => entry.kind === 'caller' && entry.id === id);
  }

  private agent(id: string): AgentTurn | undefined {
    return this.entries.find((entry): entry is AgentTurn => entry.kind === 'agent' && entry.id === id);
  }

  private use(callId: string): FunctionUse | undefined {
    return this.entries.find(
      (entry): entry is FunctionUse => entry.kind === 'function' && entry.callId === callId,
    );
  }
}

/** Whole words within the first `share` of a text. */
export function firstWords(text: string, share: number): string {
  if (share >= 1) return text;
  const end = Math.floor(text.length * Math.max(0, share));
  const breaksWord = end > 0 && /\S/.test(text.charAt(end)) && /\S/.test(text.charAt(end - 1));
  const cut = text.slice(0, end);
  return (breaksWord ? cut.replace(/\S+$/, '') : cut).trimEnd();
}

function lettersOf(entry: Entry): number {
  if (entry.kind !== 'function') return entry.text?.length ?? 0;
  return entry.name.length + entry.arguments.length + (entry.output?.length ?? 0);
}
