import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { QUALITY_KINDS, TRACKS } from '#libs/contracts';
import { DATASOURCE } from './reference.js';

const ALL = { selected: true, text: 'All', value: '$__all' };

export function datasource(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label('Prometheus')
    .description('The Prometheus that scrapes the gateways.')
    .type('prometheus');
}

/** What the metrics know: platforms that are loaded, backends that answer. */
function fromMetrics(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL);
}

function fromList(name: string, label: string, values: readonly string[]): CustomVariableBuilder {
  return new CustomVariableBuilder(name)
    .label(label)
    .values(values.join(','))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(ALL);
}

export const platform = () =>
  fromMetrics('platform', 'Platform', 'label_values(gateway_calls_active, platform)');
export const backend = () =>
  fromMetrics('backend', 'AI backend', 'label_values(gateway_backend_connect_seconds_count, backend)');
export const track = () => fromList('track', 'Track', TRACKS);
export const kind = () => fromList('kind', 'What is bad', QUALITY_KINDS);

/** Where the gateway's own pages are, for links to single calls. */
export function console(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('console')
    .label('Console')
    .description('Address of the gateway’s console, for links to single calls.')
    .defaultValue('http://localhost:3000');
}
