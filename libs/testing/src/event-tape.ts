import type { EventSource, EventStamp, EventType, GatewayEvents } from '#libs/contracts';

/** Everything that was published, in order. */
export class EventTape {
  readonly entries: { readonly type: EventType; readonly data: object; readonly stamp: EventStamp }[] = [];

  constructor(source: EventSource) {
    source.onAny((type, data, stamp) => this.entries.push({ type, data, stamp }));
  }

  get types(): readonly EventType[] {
    return this.entries.map(({ type }) => type);
  }

  all<T extends EventType>(type: T): readonly GatewayEvents[T][] {
    return this.entries.filter((entry) => entry.type === type).map(({ data }) => data as GatewayEvents[T]);
  }

  last<T extends EventType>(type: T): GatewayEvents[T] | undefined {
    return this.all(type).at(-1);
  }
}
