import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY = /Patchbay listening on (http:\/\/\S+)/;
const READY_WITHIN_MS = 30_000;

/** A gateway in a process of its own, as `npm start` runs it. */
export interface GatewayChild {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  stop(): Promise<void>;
}

/**
 * Nothing of the surroundings goes in but what a program needs to run: somebody's keys must not reach the demo. What the gateway says
 * goes to the file `logPath`.
 */
export async function startGateway(
  settings: Readonly<Record<string, string>>,
  logPath: string,
): Promise<GatewayChild> {
  const root = packageRoot();
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', join(root, 'dist/apps/gateway/src/main.js')],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH ?? '',
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'warn',
        DRAIN_SECONDS: '1',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child.stdout!.pipe(createWriteStream(logPath));
  const origin = await ready(child);
  return { origin, stop: () => stop(child) };
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('The gateway did not say that it listens.'));
    }, READY_WITHIN_MS);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`The gateway ended with code ${code} before it listened.\n${said}`));
    });
    const listen = (data: Buffer) => {
      said += data;
      const origin = READY.exec(said)?.[1];
      if (origin === undefined) return;
      clearTimeout(late);
      child.removeAllListeners('exit');
      child.stdout!.off('data', listen);
      resolve(origin);
    };
    child.stdout!.on('data', listen);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(impatience);
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
