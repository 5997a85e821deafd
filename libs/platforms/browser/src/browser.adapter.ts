import type { OperatorDoor, PlatformAdapter, PlatformCapabilities, SetupEntry } from '#libs/contracts';

export const BROWSER = 'browser';
/** The path of the softphone's socket. */
export const SOFTPHONE_PATH = '/browser';

export const BROWSER_CAPABILITIES: PlatformCapabilities = {
  marks: true,
  resumeWithinMs: null,
  // Where a browser stalls, the leg puts silence.
  continuousCallerAudio: true,
  earlyMedia: true,
  transfer: false,
  dial: false,
};

export class BrowserAdapter implements PlatformAdapter {
  readonly name = BROWSER;
  readonly capabilities: PlatformCapabilities = BROWSER_CAPABILITIES;

  constructor(private readonly door: OperatorDoor) {}

  setup(origin: string, isPublic: boolean): readonly SetupEntry[] {
    const isOpen = this.door.needsToken;
    const isMute = isPublic && !origin.startsWith('https:');
    return [
      {
        title: 'Softphone of the console',
        state: isOpen ? (isMute ? 'incomplete' : 'ready') : 'loopback-only',
        lines: [
          `Talk to the agent without a phone: open ${origin}/ and choose "Try it".`,
          'Whoever may step in to calls may call.',
          ...(isOpen ? [] : ['Missing: ADMIN_TOKEN. Without it only this machine gets in.']),
          isMute
            ? 'PUBLIC_URL is not https: browsers give no microphone to pages from there.'
            : 'Browsers give a microphone only to pages from https:// or from localhost.',
          `Socket: ${origin.replace(/^http/, 'ws')}${SOFTPHONE_PATH}`,
        ],
      },
    ];
  }
}
