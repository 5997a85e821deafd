import type {
  Dialler,
  PlatformAdapter,
  PlatformCapabilities,
  PlatformRecordings,
  SetupEntry,
} from '#libs/contracts';
import type { TwilioConfig } from './twilio.config.js';
import { PLATFORM } from './twilio.leg-info.js';
import { STATUS_PATH, STREAM_PATH, TwilioUrls, VOICE_PATH } from './twilio.urls.js';

export class TwilioAdapter implements PlatformAdapter {
  readonly name = PLATFORM;
  readonly capabilities: PlatformCapabilities;
  readonly dialler: Dialler | null;
  readonly recordings: PlatformRecordings | null;

  constructor(
    private readonly config: TwilioConfig,
    services: Pick<PlatformAdapter, 'capabilities' | 'dialler' | 'recordings'>,
  ) {
    this.capabilities = services.capabilities;
    this.dialler = services.dialler ?? null;
    this.recordings = services.recordings ?? null;
  }

  setup(origin: string, isPublic: boolean): readonly SetupEntry[] {
    const urls = new TwilioUrls(origin);
    const missing = this.missing(isPublic, urls);
    const lines = [
      `Number, "A call comes in": Webhook, HTTP POST, ${urls.webhook(VOICE_PATH)}`,
      `Number, "Call status changes": HTTP POST, ${urls.webhook(STATUS_PATH)}`,
      `Or in TwiML of your own: <Connect><Stream url="${urls.socket(STREAM_PATH)}"/></Connect>`,
      ...missing,
      ...this.dialling(isPublic),
    ];
    if (this.config.authToken === '') return [{ title: 'Twilio', state: 'loopback-only', lines }];
    return [{ title: 'Twilio', state: missing.length === 0 ? 'ready' : 'incomplete', lines }];
  }

  /** Placing calls and handing callers on. */
  private dialling(isPublic: boolean): readonly string[] {
    const { accountSid, authToken, fromNumber } = this.config;
    const open = [
      ...(accountSid === '' ? ['TWILIO_ACCOUNT_SID'] : []),
      ...(authToken === '' ? ['TWILIO_AUTH_TOKEN'] : []),
      ...(isPublic ? [] : ['PUBLIC_URL']),
    ];
    if (open.length > 0) return [`Placing and transferring calls: not set up, ${open.join(', ')} missing.`];
    return fromNumber === ''
      ? [
          'Placing and transferring calls: ready; TWILIO_FROM_NUMBER is not set, so each order must name its own.',
        ]
      : ['Placing and transferring calls: ready.'];
  }

  private missing(isPublic: boolean, urls: TwilioUrls): readonly string[] {
    const missing: string[] = [];
    if (this.config.authToken === '') {
      missing.push('TWILIO_AUTH_TOKEN is not set: only direct connections from this machine are let in.');
    }
    if (!isPublic) {
      missing.push(
        this.config.authToken === ''
          ? 'PUBLIC_URL is not set: Twilio cannot reach this address.'
          : 'PUBLIC_URL is not set: signatures are computed from it, so every request is refused until it is.',
      );
    } else if (!urls.secure) {
      missing.push('PUBLIC_URL is not https: Twilio opens media streams over wss only.');
    }
    return missing;
  }
}
