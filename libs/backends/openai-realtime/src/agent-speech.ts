import { base64ByteLength, bytesPerMs, frameFromBase64, frameFromBytes, OddByteCarry } from '#libs/audio';
import type { AudioFormat, AudioFrame, HeardItem } from '#libs/contracts';
import { assistantText, deleteItem, truncate } from './client-events.js';
import type { ServerEventOf } from './openai-realtime.messages.js';
import type { ServerError } from './server-objects.js';
import { audioFormatOf } from './session-config.js';
import type { SessionContext } from './session-context.js';

const MAX_ITEMS = 64;
const MAX_DROPPED_RESPONSES = 16;
const MAX_CUTS = 32;
/** Partial transcripts end here; far more than anybody says in one breath. */
const MAX_WORDS = 16_000;

/** One utterance of the agent that came over the present connection. */
interface SpokenItem {
  readonly id: string;
  readonly responseId: string;
  bytes: number;
  /** From the first delta on that ended within a sample; PCM only. */
  carry: OddByteCarry | null;
  words: string;
  /** The last word about its words was told. */
  worded: boolean;
  /** No more sound will come. */
  complete: boolean;
  /** The caller interrupted: what still comes is passed over. */
  cut: boolean;
}

/** What was cut out of a message keeps all of it in memory, and names outlive the sound that came with them. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

/** The agent's side: its sound and words on their way to the call, and what the server must forget after a barge-in. */
export class AgentSpeech {
  private items = new Map<string, SpokenItem>();
  private dropped: string[] = [];
  private cuts = new Map<string, string>();
  private sounding = false;
  private readonly format: AudioFormat;
  private readonly bytesPerMs: number;

  constructor(private readonly context: SessionContext) {
    this.format = audioFormatOf(context.config);
    this.bytesPerMs = bytesPerMs(this.format);
  }

  /** Sound was handed on and is not known to be over. */
  get isPlaying(): boolean {
    return this.sounding;
  }

  playedOut(): void {
    this.sounding = false;
  }

  /** Takes an item's place in the conversation, before its first sound. */
  begin(itemId: string, responseId: string): SpokenItem {
    const known = this.items.get(itemId);
    if (known !== undefined) return known;
    const item: SpokenItem = {
      id: ownCopy(itemId),
      responseId: ownCopy(responseId),
      bytes: 0,
      carry: null,
      words: '',
      worded: false,
      complete: false,
      cut: this.dropped.includes(responseId),
    };
    this.items.set(item.id, item);
    if (this.items.size > MAX_ITEMS) this.items.delete(this.items.keys().next().value!);
    if (!item.cut) this.context.history.agentTurn(item.id);
    return item;
  }

  /** The audio path. */
  onAudio(event: ServerEventOf<'response.output_audio.delta'>): void {
    const item = this.begin(event.itemId, event.responseId);
    if (item.cut || this.dropped.includes(event.responseId)) return;
    const frame = this.frameOf(item, event.delta);
    if (frame === null) return;
    this.sounding = true;
    this.context.listener.onAgentAudio(frame, item.id);
  }

  onAudioDone(itemId: string): void {
    const item = this.items.get(itemId);
    if (item !== undefined) this.complete(item);
  }

  onWords(itemId: string, responseId: string, delta: string): void {
    const item = this.begin(itemId, responseId);
    if (item.cut || item.worded || item.words.length >= MAX_WORDS) return;
    item.words += delta;
    this.context.history.agentWords(itemId, item.words);
    this.tell(item, false);
  }

  onAllWords(itemId: string, responseId: string, words: string): void {
    const item = this.begin(itemId, responseId);
    if (item.cut || item.worded) return;
    item.words = words;
    this.context.history.agentWords(itemId, words);
    this.tell(item, true);
  }

  /** Servers that leave out the end of the parts still end the response. */
  onResponseDone(responseId: string): void {
    for (const item of this.items.values()) if (item.responseId === responseId) this.complete(item);
  }

  hasSound(responseId: string): boolean {
    for (const item of this.items.values()) if (item.responseId === responseId && item.bytes > 0) return true;
    return false;
  }

  isDropped(responseId: string): boolean {
    return this.dropped.includes(responseId);
  }

  /** The response was cancelled: whatever is still on its way is not for the caller. */
  drop(responseId: string): void {
    if (this.dropped.includes(responseId)) return;
    this.dropped.push(responseId);
    if (this.dropped.length > MAX_DROPPED_RESPONSES) this.dropped.shift();
  }

  /** Makes the server, and our own record, forget what the caller did not hear. */
  interrupt(heard: readonly HeardItem[]): void {
    this.sounding = false;
    for (const report of heard) {
      const item = this.items.get(report.itemId);
      if (item === undefined) this.forgetRestored(report);
      else this.forgetUnheard(item, report);
    }
    // Items of a cancelled response that never came as far as the platform.
    for (const item of this.items.values()) {
      if (item.cut || item.complete || !this.dropped.includes(item.responseId)) continue;
      item.cut = true;
      this.context.history.heard(item.id, 0);
      this.delete(item.id);
    }
  }

  /** The server refused an event. True: one of ours, about an item that is gone or has no sound to cut. */
  onRefused(error: ServerError): boolean {
    const itemId = error.eventId === null ? undefined : this.cuts.get(error.eventId);
    if (itemId === undefined) return false;
    this.cuts.delete(error.eventId!);
    if (error.code === 'unsupported_content_type') this.delete(itemId);
    return true;
  }

  /** The connection is gone, and with it the rest of what was being said. */
  disconnect(): void {
    for (const item of this.items.values()) {
      if (item.cut) continue;
      if (item.words !== '' && !item.worded) this.tell(item, true);
      this.complete(item);
    }
    this.items.clear();
    this.cuts.clear();
    this.dropped = [];
  }

  private frameOf(item: SpokenItem, base64: string): AudioFrame | null {
    const length = base64ByteLength(base64);
    const nowMs = this.context.clock.nowMs();
    item.bytes += length;
    if (length % 2 !== 0 && this.format.encoding === 'pcm16') item.carry ??= new OddByteCarry();
    if (item.carry === null)
      return length === 0 ? null : frameFromBase64('agent', this.format, nowMs, base64);
    const whole = item.carry.push(Buffer.from(base64, 'base64'));
    return whole.length === 0 ? null : frameFromBytes('agent', this.format, nowMs, whole);
  }

  private complete(item: SpokenItem): void {
    if (item.complete) return;
    item.complete = true;
    if (item.bytes > 0 && !item.cut && !this.dropped.includes(item.responseId)) {
      this.context.history.agentSpoke(item.id);
      this.context.listener.onAgentAudioDone(item.id);
    }
  }

  private forgetUnheard(item: SpokenItem, { heardMs, sentMs, complete }: HeardItem): void {
    if (item.cut) return;
    const receivedMs = item.bytes / this.bytesPerMs;
    const endMs = Math.floor(Math.min(heardMs, sentMs, receivedMs));
    // Cutting what was heard to its end makes the model say it again.
    if (complete && item.complete && endMs >= Math.floor(receivedMs)) return;
    item.cut = true;
    const words = this.context.history.heard(item.id, endMs / Math.max(sentMs, receivedMs, 1));
    if (!item.worded && words !== '') {
      item.words = words;
      this.tell(item, true);
    }
    if (endMs === 0) this.delete(item.id);
    else {
      const eventId = this.remember(item.id);
      this.context.send(truncate(eventId, item.id, endMs));
    }
  }

  /**
   * An item of an earlier connection, of which this one knows the text only. Text cannot be truncated and items cannot be
   * changed: a shorter one takes its place.
   */
  private forgetRestored({ itemId, heardMs, sentMs }: HeardItem): void {
    const { history, newId, send } = this.context;
    if (heardMs >= sentMs) return;
    const restoredId = history.restoredId(itemId);
    const words = history.heard(itemId, heardMs / Math.max(sentMs, 1));
    if (restoredId === null) return;
    if (words !== '') {
      const id = newId();
      send({
        type: 'conversation.item.create',
        previous_item_id: restoredId,
        item: assistantText(id, words),
      });
      history.replaced(itemId, id);
    }
    this.delete(restoredId);
  }

  private delete(itemId: string): void {
    this.context.send(deleteItem(this.remember(itemId), itemId));
  }

  /** An id for an event about an item, by which a refusal is known again. */
  private remember(itemId: string): string {
    const eventId = this.context.newId();
    this.cuts.set(eventId, itemId);
    if (this.cuts.size > MAX_CUTS) this.cuts.delete(this.cuts.keys().next().value!);
    return eventId;
  }

  private tell(item: SpokenItem, final: boolean): void {
    if (final) item.worded = true;
    if (item.words === '') return;
    this.context.listener.onTranscript({ speaker: 'agent', itemId: item.id, text: item.words, final });
  }
}
