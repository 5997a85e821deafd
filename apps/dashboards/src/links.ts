import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { reference } from './reference.js';

/** Uids are fixed: alerts and people's bookmarks point at them. */
export const UIDS = {
  overview: 'patchbay-overview',
  quality: 'patchbay-quality',
  conversation: 'patchbay-conversation',
  operations: 'patchbay-operations',
} as const;

export const TAG = 'patchbay';

/** The other dashboards, in the bar at the top, with time and variables kept; and the console. */
export function bar(): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder('Patchbay')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .keepTime(true)
      .includeVars(true),
    new DashboardLinkBuilder('Console')
      .type(DashboardLinkType.Link)
      .icon('external link')
      .tooltip('The gateway’s own pages, where single calls are.')
      .url(`${reference('console')}/`)
      .targetBlank(true),
  ];
}

/** From a series to Call quality, filtered by the labels it has among platform, track and kind. */
export function toQuality(labels: readonly ('platform' | 'track' | 'kind')[]): DashboardLinkBuilder {
  const filters = labels.map(labelFilter);
  return toDashboard('Call quality of this leg', `${UIDS.quality}/call-quality`, filters);
}

export const toConversation = () =>
  toDashboard('Conversation on this platform', `${UIDS.conversation}/conversation`, [
    labelFilter('platform'),
  ]);

export const toOperations = () => toDashboard('Operations', `${UIDS.operations}/operations`, []);

export const toConsole = () =>
  new DashboardLinkBuilder('The calls, in the console').url(`${reference('console')}/`).targetBlank(true);

function toDashboard(title: string, path: string, filters: readonly string[]): DashboardLinkBuilder {
  const query = [...filters, reference('console:queryparam'), reference('__url_time_range')].join('&');
  return new DashboardLinkBuilder(title).url(`/d/${path}?${query}`);
}

function labelFilter(label: string): string {
  return `var-${label}=${reference(`__field.labels.${label}`)}`;
}
