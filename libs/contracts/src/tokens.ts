/** What a plug-in's Nest providers may inject. */
export const CALL_INTAKE = Symbol.for('patchbay.call-intake');
/** A `CallDesk`: running calls, for who steps in. */
export const CALL_DESK = Symbol.for('patchbay.call-desk');
/** A `DialDesk`. */
export const DIAL_DESK = Symbol.for('patchbay.dial-desk');
/** A `CallArchive`. */
export const CALL_ARCHIVE = Symbol.for('patchbay.call-archive');
/** `Recordings`; absent where no recorder is loaded. */
export const RECORDINGS = Symbol.for('patchbay.recordings');
/** `OutgoingHttp`. */
export const OUTGOING_HTTP = Symbol.for('patchbay.outgoing-http');
/** An `OperatorDoor`. */
export const OPERATOR_DOOR = Symbol.for('patchbay.operator-door');
export const LOG = Symbol.for('patchbay.log');
export const CLOCK = Symbol.for('patchbay.clock');
export const GATEWAY_SITE = Symbol.for('patchbay.gateway-site');
/** An `EventSink` of the gateway itself: for `upgrade.rejected` and other events that belong to no call. */
export const GATEWAY_EVENTS = Symbol.for('patchbay.gateway-events');

/** Where the outside world finds this gateway. */
export interface GatewaySite {
  /** `https://voice.example.com` without a trailing slash, from PUBLIC_URL; null when it is not set. */
  readonly publicUrl: string | null;
  /** Folder for what is kept; absent: nothing is kept. */
  readonly dataDir?: string;
}
