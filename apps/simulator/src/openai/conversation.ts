import type { AudioFormat, Clock } from '#libs/contracts';
import { newId } from './ids.js';
import { SimItem } from './items.js';
import type { Fields, Outbox } from './outbox.js';
import { Refused } from './refusal.js';

type Part = { type: string; text?: string; audio?: string; transcript?: string };

/** The default conversation of a session: what the model remembers, and the rules for changing it. */
export class Conversation {
  /** What is in it now, in order. */
  items: SimItem[] = [];
  /** Every item there ever was, also those that were deleted. */
  readonly everyItem: SimItem[] = [];
  /** Counts what makes a prompt cache useless: anything but growth at the end. */
  rewrites = 0;

  constructor(
    readonly id: string,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly keepSound: boolean,
  ) {}

  get lastId(): string | null {
    return this.items.at(-1)?.id ?? null;
  }

  find(itemId: string): SimItem | null {
    return this.items.find((item) => item.id === itemId) ?? null;
  }

  /** Puts an item in and announces it. One that is still being made is announced as done by `finish`. */
  add(item: SimItem, previousItemId: string | null = this.lastId): void {
    const index =
      previousItemId === null ? 0 : this.items.findIndex((other) => other.id === previousItemId) + 1;
    if (index < this.items.length) this.rewrites += 1;
    this.items.splice(index, 0, item);
    this.everyItem.push(item);
    this.outbox.emit('conversation.item.added', { previous_item_id: previousItemId, item: item.wire() });
    if (item.status !== 'in_progress') this.finish(item);
  }

  finish(item: SimItem): void {
    const index = this.items.indexOf(item);
    if (index < 0) return;
    const previous = this.items[index - 1]?.id ?? null;
    this.outbox.emit('conversation.item.done', { previous_item_id: previous, item: item.wire() });
  }

  /** `conversation.item.create`. */
  create(wire: Fields, previousItemId: string | undefined, inputFormat: AudioFormat): SimItem {
    if (previousItemId !== undefined && previousItemId !== 'root' && this.find(previousItemId) === null) {
      throw new Refused(
        'invalid_value',
        `Error adding item: the previous item with id '${previousItemId}' does not exist.`,
        'previous_item_id',
      );
    }
    const item = this.itemOf(wire, inputFormat);
    if (this.find(item.id) !== null) {
      throw new Refused(
        'invalid_value',
        `Error adding item: an item with id '${item.id}' exists.`,
        'item.id',
      );
    }
    this.add(item, previousItemId === 'root' ? null : (previousItemId ?? this.lastId));
    return item;
  }

  /** An item as a client writes it, checked against the schema before; used for context that is not kept as well. */
  itemOf(wire: Fields, inputFormat: AudioFormat): SimItem {
    const { id, type, role, object: _object, status: _status, ...fields } = wire;
    const itemId = typeof id === 'string' ? id : newId('item');
    const parts = Array.isArray(fields.content) ? (fields.content as Part[]) : [];
    if (type === 'function_call_output') this.requireCall(String(fields.call_id));
    const [part] = parts;
    const format = parts.length === 1 && part?.type === 'input_audio' ? inputFormat : null;
    const item = new SimItem(
      itemId,
      type as SimItem['kind'],
      (role as SimItem['role'] | undefined) ?? null,
      format,
      parts.length > 0 ? { content: parts.map(({ audio: _audio, ...rest }) => rest) } : fields,
    );
    if (format !== null) {
      item.addSound(Buffer.from(part!.audio!, 'base64'), this.clock.nowMs(), this.keepSound);
      item.transcript = part!.transcript ?? null;
    }
    return item;
  }

  /** `conversation.item.retrieve`. */
  retrieve(itemId: string): void {
    const item = this.require(itemId, 'item_retrieve_invalid_item_id', 'retrieving');
    this.outbox.emit('conversation.item.retrieved', { item: item.wire(true) });
  }

  /** `conversation.item.truncate`: forgets the sound after `audioEndMs`, and all of the words. */
  truncate(itemId: string, contentIndex: number, audioEndMs: number): void {
    const item = this.require(itemId, 'item_truncate_invalid_item_id', 'truncating');
    if (!item.isAgentSound || item.audioMs === 0) {
      throw new Refused(
        'unsupported_content_type',
        'Only model output audio messages can be truncated.',
        'item_id',
      );
    }
    if (contentIndex !== 0) {
      throw new Refused('invalid_value', `There is no content at index ${contentIndex}.`, 'content_index');
    }
    if (audioEndMs > item.rememberedMs) {
      const lengthMs = Math.floor(item.rememberedMs);
      throw new Refused(
        null,
        `Audio content of ${lengthMs}ms is already shorter than ${audioEndMs}ms`,
        'audio_end_ms',
      );
    }
    item.truncatedAtMs = audioEndMs;
    item.truncatedWhenMs = this.clock.nowMs();
    this.rewrites += 1;
    this.outbox.emit('conversation.item.truncated', {
      item_id: itemId,
      content_index: contentIndex,
      audio_end_ms: audioEndMs,
    });
  }

  /** `conversation.item.delete`. */
  delete(itemId: string): void {
    const item = this.require(itemId, 'item_delete_invalid_item_id', 'deleting');
    item.deletedWhenMs = this.clock.nowMs();
    this.items = this.items.filter((other) => other !== item);
    this.rewrites += 1;
    this.outbox.emit('conversation.item.deleted', { item_id: itemId });
  }

  private require(itemId: string, code: string, doing: string): SimItem {
    const item = this.find(itemId);
    if (item === null) {
      throw new Refused(code, `Error ${doing} item: the item with id '${itemId}' does not exist.`, 'item_id');
    }
    return item;
  }

  private requireCall(callId: string): void {
    const known = this.items.some((item) => item.kind === 'function_call' && item.fields.call_id === callId);
    if (!known) {
      throw new Refused(
        'invalid_tool_call_id',
        `Tool call ID '${callId}' not found in conversation.`,
        'item.call_id',
      );
    }
  }
}
