// A process of the benchmark, seen from the one that conducts it: started, asked, ended.
import { fork } from 'node:child_process';

const root = new URL('../..', import.meta.url);

export class Part {
  #child;
  #waiting = new Map();
  #asked = 0;
  #output = '';

  /** `script` is relative to the repository. The environment holds `env` and nothing that the operator has set. */
  constructor(name, script, { env = {}, execArgv = [] } = {}) {
    this.name = name;
    this.#child = fork(new URL(script, root), [], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      execArgv,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (chunk) => {
      this.#output = (this.#output + chunk).slice(-20_000);
    };
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
    this.#child.on('message', ({ id, result, failure }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) resolve(result);
      else reject(new Error(`${name}: ${failure}`));
    });
    this.#child.on('exit', (code, signal) => {
      const gone = new Error(`${name} ended (${signal ?? code}).\n${this.#output}`);
      for (const { reject } of this.#waiting.values()) reject(gone);
      this.#waiting.clear();
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** What it has written, as far back as is kept. */
  get output() {
    return this.#output;
  }

  /** Resolves to the part's answer; rejects when it fails, or ends before it answers. */
  ask(what, options = {}) {
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, what, options }, (error) => error && reject(error));
    });
  }

  /** Resolves to what `pattern` found in the output. */
  async says(pattern, withinMs = 20_000) {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      if (this.#child.exitCode !== null || performance.now() > untilMs) {
        throw new Error(`${this.name} did not start.\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Resolves when the process is gone. */
  end(signal = 'SIGKILL') {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.kill(signal);
    });
  }
}
