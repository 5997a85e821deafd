import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const LOADER = './scripts/run-typescript.mjs';

/** A program of this repository in a process of its own, from the sources. */
export class SourceProcess {
  /** What it has written so far. */
  output = '';
  complaints = '';
  private readonly child: ChildProcess;

  /** Nothing of the surroundings goes in but what a program needs to run. */
  constructor(
    program: string,
    {
      args = [],
      env = {},
    }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  ) {
    this.child = spawn(
      process.execPath,
      ['--conditions=source', '--import', 'reflect-metadata', '--import', LOADER, program, ...args],
      { env: { PATH: process.env.PATH ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child.stdout!.on('data', (text) => {
      this.output += text;
    });
    this.child.stderr!.on('data', (text) => {
      this.complaints += text;
    });
    processes.push(this);
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves when it is gone and all that it wrote has come. */
  async gone(): Promise<void> {
    if (!this.isOver || !this.child.stdout!.closed) await once(this.child, 'close');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.isOver) return;
    this.child.kill(signal);
    await this.gone();
  }
}

const processes: SourceProcess[] = [];

/** For `afterEach`: no process outlives its test. */
export async function endProcesses(): Promise<void> {
  await Promise.all(processes.splice(0).map((one) => one.end('SIGKILL')));
}
