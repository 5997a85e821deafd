/** A variable of a dashboard, as Grafana writes it. */
export function reference(name: string): string {
  return `\${${name}}`;
}

/** The Prometheus that the dashboard's variable names. */
export const DATASOURCE = { type: 'prometheus', uid: reference('datasource') };
