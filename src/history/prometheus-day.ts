import type { TimeWindow, WorkTerm } from '../model/history.ts';
import { type HostColumns, unknownHost } from './intervals.ts';
import { sumOfParts } from './parts.ts';
import type { Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { byHost, hashOf, metersOf } from './prometheus-columns.ts';
import { readParts } from './prometheus-energy.ts';
import type { Preset } from './prometheus-presets.ts';
import type { Selectors } from './prometheus-selector.ts';
import { countedTerms, readWork } from './prometheus-work.ts';

/** What is the same for the whole scope, as one host tells it. */
export interface Conditions {
  readonly grid: Float64Array | undefined;
  readonly pue: Float64Array | undefined;
}

export interface DayQuery {
  readonly client: PrometheusClient;
  readonly selectors: Selectors;
  readonly preset: Preset;
  readonly copies: readonly string[];
  /** Values of the host label by host. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly classes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Within one day of UTC. */
  readonly window: TimeWindow;
  readonly step: number;
  readonly names: readonly string[];
  readonly work: readonly WorkTerm[];
}

/** Some hosts on one day, in the order of their names. @throws HistoryError */
export const readHosts = async (
  query: DayQuery,
  signal?: AbortSignal,
): Promise<readonly { readonly host: HostColumns; readonly conditions: Conditions }[]> => {
  const { client, selectors, preset, copies, window, step, names, work } = query;
  const { from, to } = window;
  const length = (to - from) / step;
  const values = names.flatMap((name) => query.values.get(name) ?? []);
  const counted = countedTerms(work);
  const terms = counted ? work.length : 0;
  if (values.length === 0)
    return names.map((name) => ({
      host: unknownHost(name, length, terms),
      conditions: { grid: undefined, pue: undefined },
    }));
  const at = async (text: string | undefined, start = from + step): Promise<readonly Series[]> =>
    text === undefined ? [] : client.range(selectors.query(text, values, step), start, to, step, signal);
  const shared = { values, window, step, copies };
  const [parts, workOf, cpu, gpu, poweredOn, onCounter, grid, pue, sources, inventory] = await Promise.all([
    Promise.all(preset.energy.map((source) => readParts(client, selectors, { ...shared, source }, signal))),
    counted
      ? readWork(client, selectors, preset, { ...shared, work, classes: query.classes }, signal)
      : undefined,
    at(preset.cpu),
    at(preset.gpu),
    at(preset.poweredOn),
    at(preset.poweredOnCounter, from),
    at(preset.grid),
    at(preset.pue),
    at(preset.sourceInfo),
    at(preset.inventory?.query),
  ]);
  const columns = (series: readonly Series[]) => byHost(series, selectors, window, step);
  const [cpus, gpus, ons, grids, pues] = [cpu, gpu, poweredOn, grid, pue].map(columns);
  const counters = byHost(onCounter, selectors, { from: from - step, to }, step);
  const meters = metersOf(sources, selectors);
  return names.map((name) => {
    const host = unknownHost(name, length, terms);
    const own = parts.flatMap((some, index) =>
      some.filter((part) => part.host === name).map((part) => ({ ...part, part: `${index} ${part.part}` })),
    );
    let known = false;
    for (let index = 0; index < length; index += 1) {
      const sum = sumOfParts(own.map(({ pieces }) => pieces[index]));
      if (sum === undefined) continue;
      known = true;
      host.energy[index] = sum.amount;
      host.coverage[index] = Math.min(1, sum.covered / step);
      host.poweredOn[index] = preset.heardIsOn ? Math.min(step, sum.covered) : Number.NaN;
    }
    const counter = counters.get(name);
    for (let index = 0; index < length; index += 1) {
      host.cpu[index] = asRatio(cpus?.get(name)?.[index]);
      host.gpu[index] = asRatio(gpus?.get(name)?.[index]);
      const gauge = ons?.get(name)?.[index];
      // Of a host that was there all along the counter tells more than that it was heard.
      const isWhole = host.coverage[index] === 1;
      const told =
        gauge ??
        (isWhole ? (counter?.[index + 1] ?? Number.NaN) - (counter?.[index] ?? Number.NaN) : Number.NaN);
      if (told >= 0) host.poweredOn[index] = Math.min(step, told);
    }
    host.quality = known ? (meters.get(name)?.quality ?? preset.quality) : undefined;
    host.meter = known ? (meters.get(name)?.meter ?? preset.meter) : '';
    host.inventory = inventoryOf(name, own, inventory, query);
    return {
      host: { ...host, work: workOf?.(name) ?? [] },
      conditions: { grid: grids?.get(name), pue: pues?.get(name) },
    };
  });
};

/** Rates over an interval may come to a hair above the whole; what is far from a share is none. */
const asRatio = (value = Number.NaN): number =>
  value >= 0 && value <= 1.02 ? Math.min(1, value) : Number.NaN;

/** What the host says it is made of; of exporters that say nothing, which parts were metered. */
const inventoryOf = (
  name: string,
  parts: readonly { readonly part: string }[],
  series: readonly Series[],
  { preset, selectors }: DayQuery,
): string => {
  if (preset.inventory === undefined) return hashOf(parts.map(({ part }) => part));
  const { labels: names } = preset.inventory;
  return hashOf(
    series
      .filter(({ labels }) => selectors.hostOf(labels[selectors.hostLabel] ?? '') === name)
      .map(({ labels }) => names.map((label) => `${label}=${labels[label] ?? ''}`).join(',')),
  );
};
