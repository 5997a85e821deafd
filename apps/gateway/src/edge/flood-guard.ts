import type { WebSocket } from 'ws';
import type { Clock, MessageLimits, MessageRate } from '#libs/contracts';
import { FROM_PEER, sendAway } from './send-away.js';

/** RFC 6455: a message that violates the policy of the endpoint. */
const POLICY_VIOLATION = 1008;
/** What goes beyond counts as several messages: a long one is the more work. One of sound is below a tenth of it. */
const ONE_MESSAGE_BYTES = 8192;

/**
 * For gateways that set no limits of their own, the sockets of platforms above all. A call brings 50 pieces of sound a second, or 100
 * of 10 ms each, beside marks and keys, and all at once what was held up: the burst is twenty seconds of the smaller ones.
 */
export const CALL_LIMITS: MessageLimits = {
  text: { burst: 2000, perSecond: 200 },
  binary: { burst: 2000, perSecond: 200 },
};

/** As many tokens as messages may come now. */
class Bucket {
  private tokens: number;
  private filledMs: number;

  constructor(
    private readonly rate: MessageRate,
    private readonly clock: Clock,
  ) {
    this.tokens = rate.burst;
    this.filledMs = clock.nowMs();
  }

  take(count: number): boolean {
    const nowMs = this.clock.nowMs();
    const { burst, perSecond } = this.rate;
    this.tokens = Math.min(burst, this.tokens + ((nowMs - this.filledMs) * perSecond) / 1000);
    this.filledMs = nowMs;
    if (this.tokens < count) return false;
    this.tokens -= count;
    return true;
  }
}

/**
 * Cuts off a peer that sends more than it may: the message beyond the limit, and all behind it, reach nobody, the socket closes
 * with 1008, and `onFlood` is told once of what there was too much.
 *
 * It stands before the emitter and is no listener: of an event under way an emitter tells every listener that it had when the
 * event began, so a listener could not hold a message back from the others. Every message passes here, so nothing is made of it: a rest
 * parameter would be a list for each. `ws` tells two things with an event at most.
 */
export function guardAgainstFlood(
  client: WebSocket,
  limits: MessageLimits,
  clock: Clock,
  onFlood: (kind: keyof MessageLimits) => void,
): void {
  const { emit } = client;
  const buckets = { text: new Bucket(limits.text, clock), binary: new Bucket(limits.binary, clock) };
  client.emit = (event: string | symbol, first?: unknown, second?: unknown): boolean => {
    if (FROM_PEER.has(event)) {
      const kind = event === 'message' && second === true ? 'binary' : 'text';
      if (!buckets[kind].take(messagesIn(first))) {
        sendAway(client, POLICY_VIOLATION, 'too many messages', clock);
        // What the peer goes on sending is not even parsed. That it closes its side is not seen then, and not waited for.
        client.pause();
        onFlood(kind);
        return false;
      }
    }
    return emit.call(client, event, first, second);
  };
}

function messagesIn(data: unknown): number {
  return data instanceof Uint8Array ? 1 + Math.floor(data.length / ONE_MESSAGE_BYTES) : 1;
}
