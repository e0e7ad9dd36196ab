import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type HostHistory,
  type HostSelector,
  type TimeWindow,
  type WorkTerm,
} from '../model/history.ts';
import { checkRequest, daysOf, sumOverHosts, unknown, weightedByEnergy } from './intervals.ts';
import type { PrometheusHistoryOptions } from './options.ts';
import { createClient } from './prometheus-client.ts';
import { factorsIn, ofScope } from './prometheus-columns.ts';
import { readCredentials } from './prometheus-credentials.ts';
import { type Conditions, readHosts } from './prometheus-day.ts';
import { findSpan, findValues, listHosts } from './prometheus-hosts.ts';
import { presetOf } from './prometheus-presets.ts';
import { createSelectors } from './prometheus-selector.ts';
import { classMembers, countedTerms } from './prometheus-work.ts';

/** A query names this many hosts at most: what it reads and answers stays within the limits that engines have. */
const HOSTS_AT_ONCE = 100;

export interface PrometheusDeps {
  /** Seconds since 1970 UTC. */
  readonly now: () => number;
  readonly wait: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** The past in Prometheus, Thanos, Mimir, VictoriaMetrics and what else speaks their HTTP API. @throws HistoryError */
export const openPrometheusHistory = async (
  options: PrometheusHistoryOptions,
  { now, wait }: PrometheusDeps,
): Promise<HistoryEngine> => {
  const preset = presetOf(options.preset, options.queries);
  const selectors = createSelectors(preset, options);
  const url = new URL(options.url);
  const credentials = await readCredentials(options);
  const client = createClient({ url, timeout: options.timeout, credentials, wait });
  const copies = [...preset.copies, ...(options.replica_label === undefined ? [] : [options.replica_label])];
  const texts = Object.entries({
    ...Object.fromEntries(preset.energy.map((source, at) => [`energy_${at + 1}`, selectors.of(source)])),
    ...{ cpu: preset.cpu, gpu: preset.gpu, grid: preset.grid, pue: preset.pue },
    ...{ powered_on: preset.poweredOn ?? preset.poweredOnCounter, meter: preset.sourceInfo },
    ...{ work: preset.work?.metric },
  });

  const readDay = async (
    request: HistoryRequest,
    window: TimeWindow,
    values: ReadonlyMap<string, readonly string[]>,
    classes: ReadonlyMap<string, ReadonlySet<string>>,
    signal?: AbortSignal,
  ): Promise<HistoryChunk> => {
    const { hosts, step, work, drivers, guards } = request;
    const length = (window.to - window.from) / step;
    const counted = countedTerms(work);
    const batches = Array.from({ length: Math.ceil(hosts.length / HOSTS_AT_ONCE) }, (_, at) =>
      hosts.slice(at * HOSTS_AT_ONCE, (at + 1) * HOSTS_AT_ONCE),
    );
    const scope = ({ name, query }: { name: string; query: string }) =>
      ofScope(client, { name, query }, window, step, signal);
    const told = async (text: string | undefined, names: readonly string[]) => {
      const own = names.flatMap((name) => values.get(name) ?? []);
      if (text === undefined || own.length === 0) return [];
      return client.range(selectors.query(text, own, step), window.from + step, window.to, step, signal);
    };
    const [read, byTerm, driverColumns, guardColumns, factors, gases] = await Promise.all([
      Promise.all(
        batches.map((names) =>
          readHosts(
            { client, selectors, preset, copies, values, classes, window, step, names, work },
            signal,
          ),
        ),
      ),
      Promise.all(
        work.map(({ query, unit }) => (query === undefined ? undefined : scope({ name: unit, query }))),
      ),
      Promise.all(drivers.map(scope)),
      Promise.all(guards.map(scope)),
      Promise.all(batches.map((names) => told(preset.gridInfo, names))),
      Promise.all(batches.map((names) => told(preset.gasInfo, names))),
    ]);
    const all = read.flat();
    const columns = all.map(({ host }): HostHistory => host);
    const mean = (of: (one: Conditions) => Float64Array | undefined): Float64Array =>
      weightedByEnergy(
        all.flatMap(({ host, conditions }) => {
          const value = of(conditions);
          return value === undefined ? [] : [{ energy: host.energy, value }];
        }),
        length,
      );
    return {
      from: window.from,
      step,
      length,
      hosts: columns,
      work: work.map(
        (_, at) =>
          byTerm[at] ??
          sumOverHosts(
            columns.map((host) => (counted ? (host.work[at] ?? unknown(length)) : unknown(length))),
            length,
          ),
      ),
      drivers: driverColumns,
      guards: guardColumns,
      grid: mean(({ grid }) => grid),
      factors: factorsIn(factors.flat(), gases.flat()),
      pue: mean(({ pue }) => pue),
    };
  };

  const checkWork = (work: readonly WorkTerm[]): void => {
    if (preset.work === undefined && work.some(({ query }) => query === undefined))
      throw new HistoryError(
        `the series of ${preset.name} count no work in ${work.find(({ query }) => query === undefined)?.unit}`,
        'Give the work of the plan a query, such as sum(increase(http_requests_total[1h])).',
      );
  };

  return {
    about: {
      engine: 'prometheus',
      where: `${url.origin}${url.pathname.replace(/\/$/, '')}`,
      method: preset.name,
      queries: Object.fromEntries(texts.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    },
    list: (selector: HostSelector, window, signal) =>
      listHosts(client, selectors, preset, selector, window, signal),
    async *read(request, signal) {
      checkRequest(request);
      checkWork(request.work);
      const values = await findValues(client, selectors, preset, request.window, signal);
      const classes = await classMembers(client, selectors, preset, request, signal);
      for (const day of daysOf(request.window)) yield await readDay(request, day, values, classes, signal);
    },
    span: async (selector, signal) => {
      const window = { from: 0, to: now() };
      if (selector.hosts === undefined && selector.match === undefined)
        return findSpan(client, selectors, preset, undefined, now(), signal);
      const entries = await listHosts(client, selectors, preset, selector, window, signal);
      const values = await findValues(client, selectors, preset, window, signal);
      const own = entries.flatMap(({ host }) => values.get(host) ?? []);
      return own.length === 0 ? undefined : findSpan(client, selectors, preset, own, now(), signal);
    },
    close: async () => client.close(),
  };
};
