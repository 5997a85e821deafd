import type { Faults } from './faults.js';
import type { Outbox } from './outbox.js';

/**
 * What will happen to the connection in the middle of an answer. `afterMs`: so much of the answer's sound is sent before; an
 * answer that has less meets it at its end.
 */
export type Mishap =
  | { readonly kind: 'stall' | 'cut' | 'expire'; readonly afterMs: number }
  | { readonly kind: 'close'; readonly afterMs: number; readonly code: number };

const CLOSE_AFTER_MS = 200;

export function takeMishap(faults: Faults): Mishap | null {
  for (const kind of ['stall', 'cut', 'expire'] as const) {
    const afterMs = faults.takeNumber(kind);
    if (afterMs !== null) return { kind, afterMs };
  }
  const code = faults.takeNumber('close');
  return code === null ? null : { kind: 'close', afterMs: CLOSE_AFTER_MS, code };
}

/** Everything that a client must survive without understanding it. */
export function sendNonsense(outbox: Outbox): void {
  outbox.raw('{"type":"response.output_audio.del');
  outbox.raw('[]');
  outbox.raw('null');
  outbox.raw(Buffer.from([0xff, 0x00, 0x7f]));
  outbox.raw('{"event_id":"event_x"}');
  outbox.raw('{"type":17,"event_id":"event_x"}');
  outbox.raw('{"type":"response.output_audio.delta","event_id":"event_x","delta":12}');
  outbox.raw(
    '{"type":"response.output_audio.delta","event_id":"event_x","response_id":"resp_x","item_id":"item_x",' +
      '"output_index":0,"content_index":0,"delta":"?not base64?"}',
  );
  outbox.raw('{"type":"response.done","event_id":"event_x","response":null}');
  outbox.raw('{"type":"session.dreamt","event_id":"event_x","dream":{}}');
}
