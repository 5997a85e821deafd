import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '#libs/testing';

const LOADER = './scripts/run-typescript.mjs';
const READY_WITHIN_MS = 30_000;

/** A gateway in a process of its own, from the sources: what a kill leaves behind only a process can show. */
export class GatewayProcess {
  private said = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text) => {
        this.said += text;
      });
    }
  }

  /** Resolves when it listens. Nothing of the surroundings goes in but what a program needs to run. */
  static async start(port: number, settings: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        ...['--import', 'reflect-metadata', '--import', LOADER],
        'apps/gateway/src/main.ts',
      ],
      {
        env: {
          PATH: process.env.PATH ?? '',
          HOST: '127.0.0.1',
          PORT: String(port),
          LOG_LEVEL: 'warn',
          DRAIN_SECONDS: '0',
          ...settings,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const gateway = new GatewayProcess(child, `http://127.0.0.1:${port}`);
    // Whatever becomes of it, it ends with the test.
    processes.push(gateway);
    const isUp = () => gateway.said.includes('Patchbay listening on');
    await until(() => isUp() || gateway.isOver, 'the gateway', READY_WITHIN_MS).catch(() => undefined);
    if (!isUp()) {
      const what = gateway.isOver
        ? 'ended before it listened'
        : `did not listen within ${READY_WITHIN_MS} ms`;
      throw new Error(`The gateway ${what}.\n${gateway.said}`);
    }
    return gateway;
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.isOver) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

const processes: GatewayProcess[] = [];

export async function endProcesses(): Promise<void> {
  await Promise.all(processes.splice(0).map((one) => one.end('SIGKILL')));
}
