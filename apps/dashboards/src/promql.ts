import type { Query } from './panels.js';

/** Pieces of PromQL that the panels share. All of them keep to Grafana's `$__rate_interval`, which follows the scrape interval. */

/** A quantile of a histogram, by labels. `selector` is what stands between the braces. */
export function quantile(q: number, histogram: string, selector: string, by: readonly string[]): string {
  return `histogram_quantile(${q}, ${rate(`${histogram}_bucket`, selector, [...by, 'le'])})`;
}

/** The same at several quantiles, each a series that is named after its labels and the quantile, as `{{platform}} p95`. */
export function quantiles(
  qs: readonly number[],
  histogram: string,
  selector: string,
  by: readonly string[],
): Query[] {
  const labels = by.map((label) => `{{${label}}}`).join(' ');
  return qs.map((q) => ({
    expr: quantile(q, histogram, selector, by),
    legend: `${labels} p${Math.round(q * 100)}`,
  }));
}

/** The mean of a histogram, which is exact where a quantile is read off the buckets. */
export function mean(histogram: string, selector: string, by: readonly string[]): string {
  return `${rate(`${histogram}_sum`, selector, by)} / ${rate(`${histogram}_count`, selector, by)}`;
}

/** How much a counter grows a second, by labels. */
export function rate(counter: string, selector: string, by: readonly string[]): string {
  return `sum by (${by.join(', ')}) (rate(${counter}{${selector}}[$__rate_interval]))`;
}

/** The same a minute. */
export function perMinute(counter: string, selector: string, by: readonly string[]): string {
  return `60 * ${rate(counter, selector, by)}`;
}

/** How much a counter grows a second for each call that runs, by platform and `by`. */
export function ratePerCall(counter: string, selector: string, by: readonly string[] = []): string {
  return perCall(rate(counter, selector, ['platform', ...by]), by);
}

/**
 * For each call that runs, on average: holds for one call and for five hundred. Nothing where there are no calls. `expr` is by platform
 * and `by`.
 */
export function perCall(expr: string, by: readonly string[]): string {
  const calls = `sum by (platform) (avg_over_time(gateway_calls_active{${PLATFORM}}[$__rate_interval])) > 0`;
  return `${expr} / on (platform) ${by.length > 0 ? 'group_left () ' : ''}(${calls})`;
}

/** Zero where there is no series yet, as for errors that never happened. */
export function orZero(expr: string): string {
  return `${expr} or on () vector(0)`;
}

export const PLATFORM = 'platform=~"$platform"';
export const LINE = `${PLATFORM}, track=~"$track"`;
export const BACKEND = 'backend=~"$backend"';
/** The scrape job's name in config/prometheus/prometheus.yml. */
export const JOB = 'job="patchbay"';
/** Ways in which a call ends that nobody has to look at. */
export const ENDED_WELL = 'caller-hung-up|agent-hung-up|operator-hung-up|transferred|gateway-draining';
