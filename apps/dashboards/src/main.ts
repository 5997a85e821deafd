import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { dashboardFiles } from './files.js';

/** Writes the dashboards for Grafana's provisioning. Run it from the root of the repository. */
for (const [path, json] of dashboardFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, json);
  console.log(path);
}
