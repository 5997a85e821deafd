/** What the browser platform says in text; its protocol is written down with it (libs/platforms/browser). */
export type FromGateway =
  | { readonly type: 'ready'; readonly callId: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | News
  | { readonly type: 'ended'; readonly reason: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/** What the AI has understood. */
export interface News {
  readonly type: 'news';
  readonly kind: 'speech-started' | 'speech-stopped' | 'turn-committed' | 'hypothesis' | 'recognition';
  readonly text?: string;
}

export type ToGateway =
  | {
      readonly type: 'start';
      readonly callId?: string;
      readonly from?: string;
      readonly agent?: string;
      readonly parameters?: Readonly<Record<string, string>>;
    }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'stop' };

/** Which fields of a message are texts that must be there. */
const TEXTS: Readonly<Record<FromGateway['type'], readonly string[]>> = {
  ready: ['callId'],
  mark: ['name'],
  clear: [],
  news: ['kind'],
  ended: ['reason'],
  error: ['code', 'message'],
};

/** Null: not understood, as from a gateway that is newer than this page. */
export function parseFromGateway(json: string): FromGateway | null {
  let message: Record<string, unknown> | null;
  try {
    message = JSON.parse(json) as Record<string, unknown> | null;
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null || !Object.hasOwn(TEXTS, String(message.type)))
    return null;
  const fields = TEXTS[message.type as FromGateway['type']];
  return fields.every((field) => typeof message[field] === 'string')
    ? (message as unknown as FromGateway)
    : null;
}
