/** A call to be placed. Numbers are personal data: log them under `pii` only. */
export interface DialOrder {
  /** Ours; the platform brings it back as `LegInfo.orderId`. */
  readonly orderId: string;
  readonly to: string;
  readonly from: string;
  /** Name of the agent that speaks. */
  readonly agent: string;
  /** What the agent may know: variables of its instructions. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly ringForMs: number;
  /** Longest call, from when it is answered. The gateway hangs up then; the platform ends it where the gateway cannot any more. */
  readonly maxCallMs: number;
  /** Find out beside the call whether a person or a machine answered; the agent does not wait for it. */
  readonly detectMachine: boolean;
  /** The platform makes a recording of its own, if calls of the agent are recorded. */
  readonly recordAtPlatform: boolean;
}

/** A call that the platform has taken on. */
export interface DialReceipt {
  readonly platformCallId: string;
}

/** How an attempt ended; a closed list, since it is a metric's label. `lost`: nobody can tell. */
export const DIAL_OUTCOMES = [
  'answered',
  'busy',
  'no-answer',
  'failed',
  'cancelled',
  'refused',
  'lost',
] as const;
export type DialOutcome = (typeof DIAL_OUTCOMES)[number];

export type Callee = 'human' | 'machine' | 'fax' | 'unknown';

export interface DialListener {
  onRinging(): void;
  /** Somebody took the call; the leg comes by way of the intake. May be told after the leg came. */
  onAnswered(): void;
  onCallee(callee: Callee, tookMs: number): void;
  /** The attempt is over, once. `answered` when the call was taken and has ended since. */
  onOver(outcome: DialOutcome, code: string | null): void;
}

/** What a platform that can place calls adds to its adapter. */
export interface Dialler {
  /**
   * Rejects with a GatewayError when the platform did not take the order; `retryable` only where it is certain that nobody was
   * called. Nothing is told to the listener then.
   */
  dial(order: DialOrder, listener: DialListener): Promise<DialReceipt>;
  /**
   * After a restart: what became of an order that was begun. With a receipt the call is followed as if it had been dialled here;
   * without one the platform is asked whether it knows the order. Null: it does not, nobody was called.
   */
  follow(
    order: DialOrder,
    receipt: DialReceipt | null,
    sinceMs: number,
    listener: DialListener,
  ): Promise<DialReceipt | null>;
  /** Gives a call up that was not answered yet. */
  cancel(receipt: DialReceipt): Promise<void>;
  /** Ends a call that was answered, also one that was handed on to somebody else. */
  hangUp(receipt: DialReceipt): Promise<void>;
}

export type DialState = 'queued' | 'dialling' | 'ringing' | 'answered' | 'over';

/** What was asked for and how far it is. */
export interface DialStatus {
  readonly orderId: string;
  readonly state: DialState;
  readonly attempts: number;
  readonly outcome: DialOutcome | null;
  readonly code: string | null;
  readonly callee: Callee | null;
  /** Our call's id once it is there. */
  readonly callId: string | null;
  /** Milliseconds since 1970. */
  readonly notBeforeAt: number | null;
}

/** A call somebody wants to be placed. */
export interface DialRequest {
  readonly to: string;
  readonly from?: string;
  readonly agent: string;
  readonly platform?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly detectMachine?: boolean;
  /** What happens to a call that a machine answered, where that is found out; `continue` unless said otherwise. */
  readonly onMachine?: 'continue' | 'hang-up';
  readonly recordAtPlatform?: boolean;
  readonly ringForMs?: number;
  /** IANA name of the callee's time zone; otherwise told by the number. */
  readonly timeZone?: string;
  /** Milliseconds since 1970. */
  readonly notBeforeAt?: number;
  /** The same key within a day is the same order. */
  readonly idempotencyKey?: string;
}

/** Where calls are ordered. Inject with the token `DIAL_DESK`. */
export interface DialDesk {
  /** Rejects with a GatewayError: DIAL_PREFIX_REFUSED, DIAL_SPEND_REACHED, DIAL_NO_PLATFORM, DIAL_QUEUE_FULL, DIAL_BAD_NUMBER … */
  order(request: DialRequest, by: string): Promise<DialStatus>;
  find(orderId: string): Promise<DialStatus | null>;
  /** False: too late or unknown. */
  cancel(orderId: string, by: string): Promise<boolean>;
  /** Cancels what is ordered for this number, and takes the number out of the orders. Rejects with STORE_AWAY. */
  eraseParty(party: string): Promise<ErasedOrders>;
  /**
   * Where an operator hands a caller on to, as the platform is told. Throws DIAL_PREFIX_REFUSED for a number that may not be called,
   * also within a SIP address, and DIAL_BAD_NUMBER for what cannot be told.
   */
  transferTarget(to: string): string;
}

/** Ids of orders of somebody who was erased. */
export interface ErasedOrders {
  /** They do not name the number any more. */
  readonly erased: readonly string[];
  /** Those of them that waited to be dialled. */
  readonly cancelled: readonly string[];
  /** Their calls are being placed or run. They are cancelled where nobody has answered, and name the number no more when they are over. */
  readonly underWay: readonly string[];
}
