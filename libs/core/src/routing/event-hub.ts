import type {
  AnyEventListener,
  EventListener,
  EventSource,
  EventStamp,
  EventType,
  GatewayEvents,
  Unsubscribe,
} from '#libs/contracts';

/** Told of a listener that threw. */
export type ListenerFailure = (event: EventType, thrown: unknown) => void;

/**
 * A synchronous, typed set of listeners. Lists are copied when they change, so a listener may subscribe or leave while an
 * event is on its way: the change takes effect with the next event.
 */
export class EventHub implements EventSource {
  private readonly byType = new Map<EventType, readonly EventListener<EventType>[]>();
  private any: readonly AnyEventListener[] = [];

  constructor(private readonly onFailure: ListenerFailure) {}

  on<T extends EventType>(type: T, listener: EventListener<T>): Unsubscribe {
    const own = listener as EventListener<EventType>;
    this.byType.set(type, [...(this.byType.get(type) ?? []), own]);
    return () => {
      const left = (this.byType.get(type) ?? []).filter((other) => other !== own);
      if (left.length > 0) this.byType.set(type, left);
      else this.byType.delete(type);
    };
  }

  onAny(listener: AnyEventListener): Unsubscribe {
    this.any = [...this.any, listener];
    return () => {
      this.any = this.any.filter((other) => other !== listener);
    };
  }

  dispatch<T extends EventType>(type: T, data: GatewayEvents[T], stamp: EventStamp): void {
    const listeners = this.byType.get(type);
    if (listeners !== undefined) {
      for (const listener of listeners) {
        try {
          listener(data, stamp);
        } catch (thrown) {
          this.onFailure(type, thrown);
        }
      }
    }
    for (const listener of this.any) {
      try {
        listener(type, data, stamp);
      } catch (thrown) {
        this.onFailure(type, thrown);
      }
    }
  }

  /** Forgets every listener: the call is over. */
  clear(): void {
    this.byType.clear();
    this.any = [];
  }
}
