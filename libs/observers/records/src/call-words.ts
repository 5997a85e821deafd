import {
  type CallView,
  type EventRedactor,
  type EventType,
  type GatewayEvents,
  Transcript,
  type TranscriptItem,
} from '#libs/contracts';
import { actorOf } from './end-owner.js';

/** Lines that may still change; older ones are kept as they are. */
const OPEN_LINES = 64;
/** What an operator has the agent say is its next utterance, if one begins by then. */
const SAID_WITHIN_MS = 15_000;

interface Known {
  endMs: number | null;
  heardMs: number | null;
  sentMs: number | null;
}

/** The transcript of one call: every utterance with what was said and what was heard. A line is put anew when more is known of it. */
export class CallWords {
  private readonly transcript = new Transcript(OPEN_LINES);
  private readonly known = new Map<string, Known>();
  private readonly byOperator = new Set<string>();
  private operatorSaidMs: number | null = null;

  constructor(
    private readonly call: CallView,
    private readonly redactor: EventRedactor,
    private readonly put: (line: TranscriptItem) => void,
  ) {}

  /** `atMs`: the event's stamp. */
  note(type: EventType, data: object, atMs: number): void {
    switch (type) {
      case 'caller.speech.started':
        this.transcript.callerBegan((data as GatewayEvents[typeof type]).startedMs - this.call.offeredMs);
        break;
      case 'caller.speech.stopped':
        this.transcript.callerStopped((data as GatewayEvents[typeof type]).stoppedMs - this.call.offeredMs);
        break;
      case 'caller.turn.committed':
        this.transcript.callerTurn(atMs - this.call.offeredMs);
        break;
      case 'operator.acted': {
        const { action, by } = data as GatewayEvents[typeof type];
        // What the caller says to an operator the AI does not hear, so it cannot tell when that ends.
        if (action === 'take-over' || action === 'give-back') this.transcript.callerLeft();
        if (action === 'say' && actorOf(by) === 'operator') this.operatorSaidMs = atMs;
        break;
      }
      case 'transcript.partial':
      case 'transcript.final':
        this.words(data as GatewayEvents[typeof type], type === 'transcript.final', atMs);
        break;
      case 'agent.audio.started':
        this.attribute((data as GatewayEvents[typeof type]).itemId, atMs);
        break;
      case 'agent.item.heard': {
        const { itemId, heardMs } = data as GatewayEvents[typeof type];
        this.wasHeard(itemId, heardMs, atMs);
        break;
      }
      case 'agent.interrupted': {
        const { itemId, heardMs, sentMs } = data as GatewayEvents[typeof type];
        if (itemId !== null) this.wasCut(itemId, heardMs, sentMs, atMs);
        break;
      }
      case 'agent.item.unheard': {
        const { itemId, heardMs, sentMs } = data as GatewayEvents[typeof type];
        if (heardMs < sentMs) this.wasCut(itemId, heardMs, sentMs, atMs);
        else this.wasHeard(itemId, heardMs, atMs);
        break;
      }
      case 'call.ended':
        this.end();
        break;
    }
  }

  private words(line: GatewayEvents['transcript.final'], isFinal: boolean, atMs: number): void {
    const isNew = this.transcript.line(line.itemId) === null;
    if (isNew && line.speaker === 'agent') this.attribute(line.itemId, atMs);
    const changed = this.transcript.words(line, isFinal, atMs - this.call.offeredMs);
    if (isNew && line.speaker === 'agent') this.catchUp(line.itemId);
    if (isFinal && line.speaker === 'caller') this.knownOf(line.itemId).endMs ??= atMs - this.call.offeredMs;
    if (isFinal || changed.length > 0) this.keep(line.itemId);
  }

  /** The sound was over before the first words came. */
  private catchUp(itemId: string): void {
    const { heardMs, sentMs } = this.knownOf(itemId);
    if (heardMs === null || sentMs === null) return;
    if (heardMs >= sentMs) this.transcript.heard(itemId);
    else this.transcript.cut(itemId, heardMs / sentMs);
  }

  /** Whose words an utterance is, when it is met first. */
  private attribute(itemId: string, atMs: number): void {
    const isMet = this.known.has(itemId);
    this.knownOf(itemId);
    if (isMet || this.operatorSaidMs === null) return;
    if (atMs - this.operatorSaidMs <= SAID_WITHIN_MS) this.byOperator.add(itemId);
    this.operatorSaidMs = null;
  }

  private wasHeard(itemId: string, heardMs: number, atMs: number): void {
    Object.assign(this.knownOf(itemId), { heardMs, sentMs: heardMs, endMs: atMs - this.call.offeredMs });
    this.transcript.heard(itemId);
    this.keep(itemId);
  }

  private wasCut(itemId: string, heardMs: number, sentMs: number, atMs: number): void {
    Object.assign(this.knownOf(itemId), { heardMs, sentMs, endMs: atMs - this.call.offeredMs });
    const cut = this.transcript.cut(itemId, sentMs > 0 ? heardMs / sentMs : 0);
    for (const line of cut) {
      if (line.itemId !== itemId) this.unheard(line.itemId);
      this.keep(line.itemId);
    }
    if (!cut.some((line) => line.itemId === itemId)) this.keep(itemId);
  }

  private end(): void {
    // Words without sound.
    for (const { itemId } of this.transcript.ended()) {
      this.unheard(itemId);
      this.keep(itemId);
    }
    for (const line of this.transcript.lines)
      if (!line.final || line.heardText === null) this.keep(line.itemId);
  }

  private unheard(itemId: string): void {
    Object.assign(this.knownOf(itemId), { heardMs: 0 });
  }

  private keep(itemId: string): void {
    const line = this.transcript.line(itemId);
    if (line === null || line.text === '') return;
    const { endMs, heardMs, sentMs } = this.knownOf(itemId);
    this.put({
      callId: this.call.id,
      itemId,
      speaker: this.byOperator.has(itemId) ? 'operator' : line.speaker,
      atMs: Math.max(0, line.atMs),
      endMs,
      said: this.redactor.text(line.text),
      heard: this.redactor.text(line.heardText ?? line.text),
      heardMs,
      sentMs,
    });
  }

  private knownOf(itemId: string): Known {
    let known = this.known.get(itemId);
    if (known === undefined) {
      known = { endMs: null, heardMs: null, sentMs: null };
      this.known.set(itemId, known);
      if (this.known.size > OPEN_LINES * 2) this.known.delete(this.known.keys().next().value!);
    }
    return known;
  }
}
