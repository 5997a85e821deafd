import type { PlatformAdapter, PlatformCapabilities, SetupEntry } from '#libs/contracts';
import type { AudioCodesConfig } from './audiocodes.config.js';

export const AUDIOCODES = 'audiocodes';
/** The path of the bot URL, for the socket and for the HTTP probe. */
export const BOT_PATH = '/audiocodes';

export class AudioCodesAdapter implements PlatformAdapter {
  readonly name = AUDIOCODES;
  readonly capabilities: PlatformCapabilities;

  constructor(private readonly config: AudioCodesConfig) {
    this.capabilities = {
      marks: false,
      resumeWithinMs: config.resumeWithinMs === 0 ? null : config.resumeWithinMs,
      continuousCallerAudio: false,
      transfer: true,
      dial: false,
    };
  }

  setup(origin: string, isPublic: boolean): readonly SetupEntry[] {
    const hasToken = this.config.tokens.length > 0;
    const botUrl = `${origin.replace(/^http/, 'ws')}${BOT_PATH}`;
    const missing: string[] = [];
    if (!hasToken)
      missing.push(
        'Missing: AUDIOCODES_TOKEN, a secret of your choice. Without it only this machine gets in.',
      );
    if (!isPublic)
      missing.push('Missing: PUBLIC_URL, the https origin under which AudioCodes reaches this gateway.');
    return [
      {
        title: 'AudioCodes VoiceAI Connect / Live Hub',
        state: hasToken ? (isPublic ? 'ready' : 'incomplete') : 'loopback-only',
        lines: [
          ...missing,
          `Bot URL: ${botUrl}`,
          'Live Hub: Bot connections > Add new voice bot connection > AudioCodes Bot API; API type "WebSocket mode"; the bot URL above; authentication "Permanent token" with AUDIOCODES_TOKEN; enable voice streaming; then Edit: barge-in on.',
        ],
        snippets: [
          {
            where: 'Live Hub, the bot connection, Edit > Advanced:',
            text: JSON.stringify(BOT_EVENTS, null, 2),
          },
          { where: 'VoiceAI Connect Enterprise, 3.24 or later:', text: enterprise(botUrl) },
        ],
      },
    ];
  }
}

const BOT_EVENTS = { sendDTMF: true, sendEventsToBot: ['playFinished', 'noUserInput'] };

function enterprise(botURL: string): string {
  const credentials = { token: '<AUDIOCODES_TOKEN>' };
  const bot = {
    name: 'front-desk',
    provider: 'patchbay',
    acBotApiType: 'streaming',
    directSTT: true,
    directTTS: true,
    bargeIn: true,
  };
  const settings = {
    providers: [{ name: 'patchbay', type: 'ac-api', botURL, credentials }],
    bots: [{ ...bot, ...BOT_EVENTS }],
  };
  return JSON.stringify(settings, null, 2);
}
