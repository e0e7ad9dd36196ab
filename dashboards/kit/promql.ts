import type { METRICS, MetricName } from '../../src/metrics.ts';

type Counter = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends 'counter' ? Name : never;
}[MetricName];
export type Gauge = Exclude<MetricName, Counter> | 'up';

/** What every selector of a dashboard carries: each is a variable, and matches series that lack the label. */
const CHOSEN = 'job=~"$job",instance=~"$instance",cluster=~"$cluster"';

/** Labels by which series of one host are matched with each other; `cluster` is there in some fleets alone. */
export const HOST = 'job, instance, cluster';

const selector = (name: string, matchers: string): string =>
  `${name}{${CHOSEN}${matchers === '' ? '' : `,${matchers}`}}`;

/** Series of a gauge or an info. @param matchers further ones, as PromQL. */
export const gauge = (name: Gauge, matchers = ''): string => selector(name, matchers);

/** Mean growth a second between two points of a graph. */
export const rate = (name: Counter, matchers = '', at = ''): string =>
  `rate(${selector(name, matchers)}[$__rate_interval]${at === '' ? '' : ` ${at}`})`;

/** Growth over a window. @param window such as `1d`; `$__range` is what the time picker shows. */
export const increase = (name: Counter, window = '$__range', matchers = '', at = ''): string =>
  `increase(${selector(name, matchers)}[${window}]${at === '' ? '' : ` ${at}`})`;

export const KILOWATT_HOUR = '3.6e6';

/** Pool of each host, by the static label `pool` of its configuration; hosts without one are together. */
export const POOL = `max by (${HOST}, pool) (label_replace(${gauge('negawatt_host_info')}, "pool", "no pool set", "pool", ""))`;

/** Values of hosts, summed by pool. */
export const byPool = (hosts: string): string =>
  `sum by (pool) (${hosts} * on (${HOST}) group_left (pool) ${POOL})`;

/**
 * Processors in use over those that are there; guest time is inside user time. Asked as what is not idle: that is fewer
 * series to read. Rounding could leave a host that did nothing a hair below 0.
 */
export const busyShare = (window: string, at = ''): string => {
  const modes = 'cpu_mode=~"idle|iowait|steal"';
  const cpu = 'system_cpu_time_seconds_total';
  const grown = (matchers: string): string =>
    window === '' ? rate(cpu, matchers) : increase(cpu, window, matchers, at);
  return `clamp_min(1 - sum by (${HOST}) (${grown(modes)}) / sum by (${HOST}) (${grown('')}), 0)`;
};
