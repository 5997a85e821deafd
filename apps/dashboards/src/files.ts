import { dashboards } from './dashboards.js';

/** Where Grafana's provisioning finds the dashboards. */
const FOLDER = 'config/grafana/dashboards';

/** The dashboards as Grafana reads them: path to JSON. The path follows from the uid. */
export function dashboardFiles(): Map<string, string> {
  return new Map(
    dashboards().map((dashboard) => [
      `${FOLDER}/${dashboard.uid?.replace('patchbay-', '')}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
}
