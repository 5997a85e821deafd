/** What the far side may say in text; sound travels as binary frames of PCM16, 16 kHz, little-endian. */
export type LoopbackMessage =
  | {
      readonly type: 'start';
      readonly callId: string | null;
      readonly from: string | null;
      readonly to: string | null;
    }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'stop' };

function text(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= 256 ? value : null;
}

/** Null: not a message of this protocol. */
export function parseMessage(json: string): LoopbackMessage | null {
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null) return null;
  switch (message.type) {
    case 'start':
      return { type: 'start', callId: text(message.callId), from: text(message.from), to: text(message.to) };
    case 'mark': {
      const name = text(message.name);
      return name === null ? null : { type: 'mark', name };
    }
    case 'dtmf':
      return typeof message.digit === 'string' && /^[0-9*#A-D]$/.test(message.digit)
        ? { type: 'dtmf', digit: message.digit }
        : null;
    case 'stop':
      return { type: 'stop' };
    default:
      return null;
  }
}

export const buildMark = (name: string): string => JSON.stringify({ type: 'mark', name });
export const CLEAR = '{"type":"clear"}';
export const ANSWERED = '{"type":"answered"}';
export const buildHangUp = (reason: string): string => JSON.stringify({ type: 'hangup', reason });
