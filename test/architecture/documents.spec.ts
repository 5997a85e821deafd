import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configReference, loadConfiguration } from '#apps/gateway';

describe('documents', () => {
  it('list every setting as the configuration classes have it', async () => {
    const stack = readFileSync('config/stack.md', 'utf8');
    expect(readFileSync('config/README.md', 'utf8')).toBe(
      configReference(await loadConfiguration({}), stack),
    );
  });

  it('name every event', () => {
    const source = readFileSync('libs/contracts/src/events.ts', 'utf8');
    const events = [...source.matchAll(/^ {2}'([a-z.]+)': /gm)].map(([, name]) => name!);
    expect(events.length).toBeGreaterThan(20);
    const page = readFileSync('libs/contracts/README.md', 'utf8');
    expect(events.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('name every metric', () => {
    const source = ['metrics.catalogue', 'quality.catalogue', 'service.catalogue', 'metrics.observer']
      .map((part) => readFileSync(`libs/observers/metrics/src/${part}.ts`, 'utf8'))
      .join('');
    const metrics = [...source.matchAll(/'(gateway_[a-z_]+)'/g)].map(([, name]) => name!);
    expect(metrics.length).toBeGreaterThan(15);
    const page = readFileSync('libs/observers/metrics/README.md', 'utf8');
    expect(metrics.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
