import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, unless CHROMIUM_BIN names another. */
const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
const BUILT = 'dist/console/index.html';

const found = existsSync(CHROMIUM);
if (!found)
  console.warn(`Skipped: the console in a browser, since there is no ${CHROMIUM} (Debian: chromium).`);

/** Tests that run where Chromium is, and count as skipped elsewhere. */
export const describeInBrowser = found ? describe : describe.skip;

export interface Machine {
  /** What its microphone hears, from the moment it is opened; a WAV file. Absent: beeps. */
  readonly microphoneWav?: string;
  /** Nobody allows pages to use the microphone. Absent: everybody does. */
  readonly refusesMicrophone?: boolean;
}

/** A browser with a microphone of its own. It stands for one machine of a person. */
export function launch({ microphoneWav, refusesMicrophone = false }: Machine): Promise<Browser> {
  mustBeBuilt();
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      // The tests may run as root, where the sandbox of Chromium does not start.
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      ...(refusesMicrophone ? [] : ['--use-fake-ui-for-media-stream']),
      ...(microphoneWav === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphoneWav}%noloop`]),
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

function mustBeBuilt(): void {
  const builtMs = existsSync(BUILT) ? statSync(BUILT).mtimeMs : 0;
  if (newestMs('apps/console') > builtMs) throw new Error('The console is not built: npm run build.');
}

function newestMs(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.spec\.ts$|\.md$/.test(entry.name))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}
