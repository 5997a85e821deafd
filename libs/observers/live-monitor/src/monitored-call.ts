import type { CallView, Clock, EventStamp, EventType, GatewayEvents } from '#libs/contracts';
import { bounded, CallBook } from './call-book.js';
import type { LiveMonitorConfig } from './live-monitor.config.js';
import { LiveSound } from './live-sound.js';
import type { CallStory, CallSummary, Line, SoundForm, Speaker } from './messages.js';
import { textMessage, type Viewer } from './viewer.js';

/** Told with the line as it now stands. */
const LINES: ReadonlySet<EventType> = new Set<EventType>(['transcript.partial', 'transcript.final']);

/** What is in the summary and changes by these. */
const CHANGES_SUMMARY: ReadonlySet<EventType> = new Set<EventType>([
  'call.offered',
  'call.answered',
  'call.connected',
  'call.suspended',
  'call.resumed',
  'call.ended',
  'backend.connected',
  'backend.used',
  'operator.acted',
  'quality.measured',
]);

export interface MonitoredCallParts {
  readonly view: CallView;
  readonly stream: number;
  readonly clock: Clock;
  readonly config: LiveMonitorConfig;
  /** What the list shows of it is another now. */
  readonly onChange: () => void;
}

/** A call as the monitor has it: its book, who follows its events, and its sound for those who listen. */
export class MonitoredCall {
  readonly view: CallView;
  readonly book: CallBook;
  private readonly followers = new Set<Viewer>();
  private readonly sound: LiveSound;

  constructor(private readonly parts: MonitoredCallParts) {
    const { view, stream, clock, config } = parts;
    this.view = view;
    this.book = new CallBook(view, config);
    this.sound = new LiveSound({ call: view, stream, clock, leadMs: config.leadMs });
  }

  get id(): string {
    return this.view.id;
  }

  get stream(): number {
    return this.parts.stream;
  }

  get summary(): CallSummary {
    return this.book.summary(this.sound.size);
  }

  get story(): CallStory {
    return this.book.story(this.sound.size);
  }

  note(type: EventType, data: object, stamp: EventStamp): void {
    const cut = this.book.note(type, data, stamp);
    if (this.followers.size > 0) {
      this.tellFollowers(type, data, stamp, cut);
      this.sound.forgetHeard();
    }
    if (CHANGES_SUMMARY.has(type)) this.parts.onChange();
    if (type === 'call.ended') this.sound.end();
  }

  follow(viewer: Viewer): void {
    this.followers.add(viewer);
    this.sound.standReady(!this.book.isOver);
  }

  unfollow(viewer: Viewer): void {
    this.followers.delete(viewer);
    if (this.followers.size === 0) this.sound.standReady(false);
  }

  listen(viewer: Viewer, speakers: readonly Speaker[], form: SoundForm): void {
    this.sound.join(viewer, speakers, form);
    this.parts.onChange();
  }

  stopListening(viewer: Viewer): void {
    if (this.sound.leave(viewer, 'unsubscribed')) this.parts.onChange();
  }

  /** The viewer's socket is gone. */
  forget(viewer: Viewer): void {
    this.unfollow(viewer);
    if (this.sound.forget(viewer)) this.parts.onChange();
  }

  private tellFollowers(type: EventType, data: object, stamp: EventStamp, cut: readonly Line[]): void {
    const atMs = stamp.atMs - this.view.offeredMs;
    const line = LINES.has(type) ? this.book.line((data as GatewayEvents['transcript.final']).itemId) : null;
    const event = { callId: this.id, type, atMs, data: bounded(data), ...(line === null ? {} : { line }) };
    this.send(textMessage('call.event', event));
    for (const { itemId, text, heardText, cut: isCut } of cut) {
      const heard = { itemId, text, heardText, cut: isCut };
      this.send(textMessage('call.event', { callId: this.id, type: 'transcript.heard', atMs, data: heard }));
    }
  }

  private send(message: Buffer): void {
    for (const viewer of this.followers) viewer.sendText(message);
  }
}
