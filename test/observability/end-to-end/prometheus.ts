import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '#libs/testing';
import { compressed } from './compressed.js';

const READY_WITHIN_MS = 60_000;

export const prometheusIsHere = spawnSync('prometheus', ['--version']).status === 0;

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly {
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** A real Prometheus with the shipped configuration and rules, in which a minute takes three seconds. */
export class Prometheus {
  private constructor(
    private readonly origin: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** `target`: host and port of the gateway. Resolves when it answers. */
  static async start(target: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-prometheus-'));
    cpSync('config/prometheus', folder, { recursive: true });
    const rules = join(folder, 'rules');
    for (const file of readdirSync(rules)) {
      const text = readFileSync(join(rules, file), 'utf8');
      writeFileSync(join(rules, file), compressed(text));
    }
    const config = parse(readFileSync(join(folder, 'prometheus.yml'), 'utf8'));
    config.global.scrape_interval = '1s';
    config.global.evaluation_interval = '1s';
    config.scrape_configs = config.scrape_configs
      .filter((job: { job_name: string }) => job.job_name === 'patchbay')
      .map(({ authorization: _, ...job }: Record<string, unknown>) => ({
        ...job,
        scrape_timeout: '1s',
        static_configs: [{ targets: [target] }],
      }));
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr!.on('data', (piece) => {
      said += piece;
    });
    const origin = `http://127.0.0.1:${port}`;
    const prometheus = new Prometheus(origin, child, folder);
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while ((await fetch(`${origin}/-/ready`).catch(() => null))?.ok !== true) {
      if (child.exitCode !== null || performance.now() > deadlineMs) {
        await prometheus.stop();
        throw new Error(`Prometheus did not start: ${said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return prometheus;
  }

  /** The series an expression gives now. Throws with Prometheus' own words if it cannot be evaluated. */
  async query(expression: string): Promise<readonly Sample[]> {
    const answer = await fetch(`${this.origin}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: expression }),
    });
    const { status, data, error } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { resultType: string; result: Sample[] };
    };
    if (status !== 'success') throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  async rules(): Promise<readonly Rule[]> {
    const answer = await fetch(`${this.origin}/api/v1/rules`);
    const { data } = (await answer.json()) as { data: { groups: { rules: Rule[] }[] } };
    return data.groups.flatMap(({ rules }) => rules);
  }

  /** Names of the alerts that fire now. */
  async firing(): Promise<ReadonlySet<string>> {
    const rules = await this.rules();
    const firing = rules.filter(({ alerts }) => alerts?.some(({ state }) => state === 'firing'));
    return new Set(firing.map(({ name }) => name));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill();
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
