import type {
  AnyEventListener,
  Clock,
  EventListener,
  EventRouter,
  EventSource,
  EventStamp,
  EventType,
  GatewayEvents,
  Log,
  Track,
  TrackSource,
  Unsubscribe,
} from '#libs/contracts';
import { EventHub } from './event-hub.js';

/** Receives a copy of every call's events, and publishes those that belong to no call. */
export class GatewayEventRouter implements EventSource {
  private readonly hub: EventHub;
  private seq = 0;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.hub = new EventHub((event, thrown) => this.listenerFailed(event, thrown));
  }

  on<T extends EventType>(type: T, listener: EventListener<T>): Unsubscribe {
    return this.hub.on(type, listener);
  }

  onAny(listener: AnyEventListener): Unsubscribe {
    return this.hub.onAny(listener);
  }

  /** An event of the gateway itself. */
  publish<T extends EventType>(type: T, data: GatewayEvents[T]): void {
    this.hub.dispatch(type, data, { callId: '', seq: ++this.seq, atMs: this.clock.nowMs() });
  }

  /** A call's event, already stamped. */
  forward<T extends EventType>(type: T, data: GatewayEvents[T], stamp: EventStamp): void {
    this.hub.dispatch(type, data, stamp);
  }

  listenerFailed(event: EventType, thrown: unknown): void {
    this.log.error(
      { event, err: thrown, code: 'EVENT_LISTENER_FAILED' },
      'A listener threw; the call and the other listeners go on.',
    );
    // A listener of this very event that throws must not start a circle.
    if (event !== 'listener.failed') this.publish('listener.failed', { event });
  }
}

/** One call's router: what happened, and where to tap the sound. */
export class CallEventRouter implements EventRouter {
  private readonly hub: EventHub;
  private seq = 0;
  /** Events published by listeners while one is on its way: everybody sees all events in the order of their numbers. */
  private waiting: (() => void)[] | null = null;

  constructor(
    private readonly callId: string,
    private readonly clock: Clock,
    private readonly gateway: GatewayEventRouter,
    private readonly tracks: Readonly<Record<Track, TrackSource>>,
  ) {
    this.hub = new EventHub((event, thrown) => gateway.listenerFailed(event, thrown));
  }

  publish<T extends EventType>(type: T, data: GatewayEvents[T]): void {
    const stamp: EventStamp = { callId: this.callId, seq: ++this.seq, atMs: this.clock.nowMs() };
    const deliver = () => {
      this.hub.dispatch(type, data, stamp);
      this.gateway.forward(type, data, stamp);
    };
    if (this.waiting !== null) {
      this.waiting.push(deliver);
      return;
    }
    this.waiting = [];
    deliver();
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) next();
    this.waiting = null;
  }

  on<T extends EventType>(type: T, listener: EventListener<T>): Unsubscribe {
    return this.hub.on(type, listener);
  }

  onAny(listener: AnyEventListener): Unsubscribe {
    return this.hub.onAny(listener);
  }

  audio(track: Track): TrackSource {
    return this.tracks[track];
  }

  close(): void {
    this.hub.clear();
  }
}
