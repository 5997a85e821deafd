import type { PlatformAdapter, PlatformCapabilities, SetupEntry } from '#libs/contracts';

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

  setup(origin: string): readonly SetupEntry[] {
    return [
      {
        title: 'Browser (softphone of the console)',
        state: 'ready',
        lines: [
          `Talk to the agent without a phone: open ${origin}/ and choose "Try it".`,
          'Browsers give a microphone only to pages from https:// or from localhost. Whoever may open the console may call.',
          `Socket: ${origin.replace(/^http/, 'ws')}${SOFTPHONE_PATH}`,
        ],
      },
    ];
  }
}
