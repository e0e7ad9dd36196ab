import type { METRICS, MetricName } from '../../src/metrics.ts';
import { BUSY_HOUR } from '../rules/recording.ts';
import { HOST, poolsOf } from '../rules/rule.ts';

export { HOST };

type Counter = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends 'counter' ? Name : never;
}[MetricName];
export type Gauge = Exclude<MetricName, Counter> | 'up';

/** What every selector of a dashboard carries: each is a variable, and matches series that lack the label. */
const CHOSEN = 'job=~"$job",instance=~"$instance",cluster=~"$cluster"';

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

/**
 * What a subquery of hours ends with. Each hour counts where it ends; where a window ends on the hour both its ends are
 * met, and a day would have 25 hours. A second later the first of them lies before it.
 */
export const A_SECOND_ON = 'offset -1s';

export const KILOWATT_HOUR = '3.6e6';

/** Pool of each host, by the static label `pool` of its configuration; hosts without one are together. */
export const POOL = poolsOf(gauge('negawatt_host_info'), gauge('negawatt_build_info'));

/** Values of hosts, summed by pool. */
export const byPool = (hosts: string): string =>
  `sum by (pool) (${hosts} * on (${HOST}) group_left (pool) ${POOL})`;

/** Time of the processors that is no use of them. */
const UNUSED = 'cpu_mode=~"idle|iowait|steal"';
const CPU = 'system_cpu_time_seconds_total';

/**
 * Processors in use over those that are there; guest time is inside user time. Asked as what is not idle: that is fewer
 * series to read. Rounding could leave a host that did nothing a hair below 0.
 */
export const busyShare = (window: string, at = '', more = ''): string => {
  const grown = (matchers: string): string =>
    window === '' ? rate(CPU, matchers) : increase(CPU, window, matchers, at);
  const idle = grown(more === '' ? UNUSED : `${UNUSED},${more}`);
  return `clamp_min(1 - sum by (${HOST}) (${idle}) / sum by (${HOST}) (${grown(more)}), 0)`;
};

/** What the rule last said of each host; it is worked out each 5 minutes. */
const RECORDED_HOUR = `last_over_time(${selector(BUSY_HOUR, '')}[15m])`;
/** Of jobs for which the rule does not stand in: PromQL works out both sides of an \`or\`, so this one has to match nothing. */
const NOT_RECORDED = 'job!~"$recorded"';

/** Processors in use in the last hour, by host: from the recording rule where it is there, else from the counters. */
export const busyHour = `(${RECORDED_HOUR} or ${busyShare('1h', '', NOT_RECORDED)})`;

/** Processors that a host had in use on average over the last hour. */
export const processorsHour = `(${RECORDED_HOUR} * on (${HOST}) group_left () max by (${HOST}) (${gauge('negawatt_host_processors')}) or sum by (${HOST}) (${increase(CPU, '1h', `cpu_mode!~"idle|iowait|steal",${NOT_RECORDED}`)}) / 3600)`;

/**
 * Jobs all of whose hosts have the rule at both ends of what is shown: rules that were loaded within it tell a part only.
 *
 * @param begin as PromQL: `@` an instant.
 */
export const recordedJobs = (begin: string): string =>
  [begin, '@ ${__to:date:seconds}']
    .map((at) => {
      const counted = (series: string): string =>
        `count by (job) (last_over_time(${series}{job=~"$job",instance=~"$instance"}[15m] ${at}))`;
      return `${counted(BUSY_HOUR)} >= ${counted('negawatt_host_processors')}`;
    })
    .join(' and ');

/**
 * Series of 0 for each tenth, to stand where no host was: without them a histogram would leave out what is empty, and
 * set 30 % beside 60 %.
 *
 * @param where as PromQL: there are none where it has no series.
 */
export const emptyTenths = (where: string): string =>
  `(${Array.from({ length: 10 }, (_, place) => `label_replace(vector(0), "percent", "${10 * place}", "", "")`).join(' or ')}) and on () (${where})`;

/** Series with the label `short`: the begin of a long id where a label holds one, and the label as it is elsewhere. */
const shortened = (series: string, label: string, id: string): string =>
  `label_replace(label_replace(${series}, "short", "$1", "${label}", "(.*)"), "short", "$1", "${label}", "${id}")`;

/** Boards by the begin of their id, as long as tools of NVIDIA print it for short. */
export const shortBoards = (series: string): string => shortened(series, 'hw_id', '(GPU-[0-9a-f]{8})-.*');

/** Workloads by the begin of the id of their container, as long as tools of containers print it for short. */
export const shortWorkloads = (series: string): string =>
  shortened(series, 'workload', '([0-9a-f]{12})[0-9a-f]{52}');
