/**
 * The gateway's addresses as Twilio knows them. `origin` is PUBLIC_URL, or the local one; it may hold a path under which a
 * proxy mounts the gateway, and its scheme may be written for the web or for sockets.
 */
export class TwilioUrls {
  private readonly web: string;
  private readonly sockets: string;

  constructor(origin: string) {
    const base = origin.replace(/\/+$/, '');
    this.web = base.replace(/^ws(?=s?:)/i, 'http');
    this.sockets = base.replace(/^http(?=s?:)/i, 'ws');
  }

  webhook(pathAndQuery: string): string {
    return this.web + pathAndQuery;
  }

  socket(path: string): string {
    return this.sockets + path;
  }

  /** Twilio connects to wss alone. */
  get secure(): boolean {
    return /^https:/i.test(this.web);
  }
}

export const VOICE_PATH = '/twilio/voice';
export const AFTER_STREAM_PATH = '/twilio/voice/after-stream';
export const STATUS_PATH = '/twilio/status';
export const STREAM_PATH = '/twilio/stream';
export const AMD_PATH = '/twilio/amd';
export const RECORDING_PATH = '/twilio/recording';
/** Followed by a token. */
export const TRANSFER_PATH = '/twilio/transfer';
export const TURN_PATH = '/twilio/turn';
