import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWav } from '#libs/audio';
import { greetingUnreadable } from './errors.js';

export interface Greeting {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** Read once, when the backend is made. Throws GatewayError ECHO_GREETING_UNREADABLE. */
export function readGreeting(): Greeting {
  try {
    const { sampleRate, channels } = readWav(
      readFileSync(join(projectRoot(), 'libs/backends/echo/assets/greeting.wav')),
    );
    return { sampleRate, samples: channels[0]! };
  } catch (cause) {
    throw greetingUnreadable(cause);
  }
}

/** The folder of package.json, above both the sources and what is compiled from them. */
function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
