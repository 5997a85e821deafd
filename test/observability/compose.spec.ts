import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string; required?: boolean }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly network_mode?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const yaml = <T>(path: string) => parse(readFileSync(path, 'utf8')) as T;

describe('docker-compose.yml', () => {
  const { services, configs, volumes } = yaml<Compose>('docker-compose.yml');
  const { gateway, prometheus, grafana, postgres, redis } = services as Record<string, Required<Service>>;
  const mounts = Object.values(services).flatMap(({ volumes: own = [] }) => own);

  /** What a container sees of a file of this repository. */
  const inContainer = (service: Service, path: string): string | undefined => {
    for (const mount of service.volumes ?? []) {
      const [from, to] = mount.split(':') as [string, string];
      if (from.startsWith('./') && `./${path}`.startsWith(`${from}/`))
        return to + `./${path}`.slice(from.length);
    }
    return undefined;
  };

  it('brings gateway, Prometheus and Grafana up, and Postgres and Redis where they are asked for', () => {
    const byDefault = Object.keys(services).filter((name) => services[name]!.profiles === undefined);
    expect(byDefault).toEqual(['gateway', 'prometheus', 'grafana']);
    expect([postgres!.profiles, redis!.profiles]).toEqual([['postgres'], ['redis']]);
  });

  it('pins every image, and gives no container the network of the host', () => {
    for (const { image, build, network_mode } of Object.values(services)) {
      if (build === undefined) expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+[\w.-]*$/);
      expect(network_mode).toBeUndefined();
    }
  });

  it('mounts what is there, read-only, and volumes that it names', () => {
    for (const mount of mounts) {
      const [from, , mode] = mount.split(':') as [string, string, string?];
      if (from.startsWith('./')) {
        expect({ from, exists: existsSync(from), mode }).toEqual({ from, exists: true, mode: 'ro' });
      } else expect(Object.keys(volumes)).toContain(from);
    }
    const used = mounts.map((mount) => mount.split(':')[0]);
    expect(Object.keys(volumes).filter((name) => !used.includes(name))).toEqual([]);
  });

  it('keeps what the gateway keeps in a volume where its image puts it, and reads agents from this repository', () => {
    const image = readFileSync('Dockerfile', 'utf8');
    const dataDir = /^ENV DATA_DIR=(\S+)$/m.exec(image)?.[1];
    expect(dataDir).toBeDefined();
    // A new volume belongs to whom the folder in the image belongs to; the gateway does not run as root.
    expect(image).toContain(`RUN mkdir ${dataDir} && chown node:node ${dataDir}`);
    expect(gateway!.volumes).toContain(`gateway-data:${dataDir}`);
    expect(gateway!.environment).not.toHaveProperty('DATA_DIR');
    expect(inContainer(gateway!, 'config/agents/shop.yaml')).toBe('/app/config/agents/shop.yaml');
  });

  it('opens only the gateway to others', () => {
    expect(gateway!.ports).toEqual([expect.stringMatching(/^\$\{PORT:-3000\}:3000$/)]);
    expect(prometheus!.ports).toEqual([expect.stringMatching(/^\$\{\w+:-127\.0\.0\.1:\d+\}:9090$/)]);
    expect(grafana!.ports).toEqual([expect.stringMatching(/^\$\{\w+:-127\.0\.0\.1:\d+\}:3000$/)]);
    expect([postgres!.ports, redis!.ports]).toEqual([undefined, undefined]);
  });

  it('starts Prometheus with the configuration, its rules and the token that are there', () => {
    const config = yaml<{
      rule_files: string[];
      global: { scrape_interval: string };
      scrape_configs: {
        job_name: string;
        authorization?: { credentials_file: string };
        static_configs: { targets: string[] }[];
      }[];
    }>('config/prometheus/prometheus.yml');
    const seen = inContainer(prometheus!, 'config/prometheus/prometheus.yml');
    expect(prometheus!.command).toContain(`--config.file=${seen}`);
    expect(config.rule_files).toEqual(['rules/*.yml']);
    const job = config.scrape_configs.find(({ job_name }) => job_name === 'patchbay')!;
    expect(job.static_configs).toEqual([{ targets: ['gateway:3000'] }]);
    expect(gateway!.ports[0]).toMatch(/:3000$/);
    const [token] = prometheus!.configs;
    expect(token!.target).toBe(job.authorization!.credentials_file);
    expect(configs[token!.source]!.content).toContain('METRICS_TOKEN');
    expect(gateway!.environment).toHaveProperty('METRICS_TOKEN');
  });

  it('starts Grafana with its data source, the dashboards and the overview as home', () => {
    const { datasources } = yaml<{
      datasources: { url: string; jsonData: { timeInterval: string } }[];
    }>('config/grafana/provisioning/datasources/prometheus.yml');
    expect(datasources).toHaveLength(1);
    expect(datasources[0]!.url).toBe('http://prometheus:9090');
    expect(readFileSync('config/prometheus/prometheus.yml', 'utf8')).toContain(
      `scrape_interval: ${datasources[0]!.jsonData.timeInterval}`,
    );
    const { providers } = yaml<{ providers: { options: { path: string } }[] }>(
      'config/grafana/provisioning/dashboards/patchbay.yml',
    );
    const home = inContainer(grafana!, 'config/grafana/dashboards/overview.json')!;
    expect(home).toBe(`${providers[0]!.options.path}/overview.json`);
    expect(grafana!.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(home);
    for (const kind of ['datasources/prometheus.yml', 'dashboards/patchbay.yml'])
      expect(inContainer(grafana!, `config/grafana/provisioning/${kind}`)).toBe(
        `/etc/grafana/provisioning/${kind}`,
      );
  });

  it('lets nobody into Grafana without a log-in, unless that is asked for', () => {
    const { environment } = grafana!;
    expect(environment.GF_SECURITY_ADMIN_PASSWORD).toMatch(/^\$\{GRAFANA_ADMIN_PASSWORD:-/);
    expect(environment.GF_AUTH_ANONYMOUS_ENABLED).toMatch(/^\$\{\w+:-false\}$/);
    expect(environment.GF_AUTH_ANONYMOUS_ORG_ROLE).toBe('Viewer');
  });

  it('waits for Postgres and Redis where they are, and passes their addresses on', () => {
    for (const [name, service] of Object.entries({ postgres, redis })) {
      expect(gateway!.depends_on[name]).toEqual({ condition: 'service_healthy', required: false });
      expect(service!.healthcheck.test.length).toBeGreaterThan(1);
    }
    expect(Object.keys(gateway!.environment)).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_URL']));
  });

  it('uses no variable that config/README.md does not tell of', () => {
    const text = readFileSync('docker-compose.yml', 'utf8');
    const page = readFileSync('config/README.md', 'utf8');
    const used = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    const passed = Object.keys(gateway!.environment);
    expect([...used, ...passed].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
