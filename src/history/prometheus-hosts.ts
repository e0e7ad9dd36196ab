import type { HostEntry, HostSelector, TimeWindow } from '../model/history.ts';
import { DAY } from './intervals.ts';
import type { Labels } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import type { Preset } from './prometheus-presets.ts';
import type { Selectors } from './prometheus-selector.ts';

/** Years back that are looked through for the first sample: longer than anybody keeps any. */
const LONGEST_PAST = 20 * 366 * DAY;
/** An index may list a day that holds no sample of the range: blocks and index days are looked at whole. */
const MOST_DAYS_AROUND = 62;
/** Longest range of which VictoriaMetrics looks at the index by day (lib/storage, maxDaysForPerDaySearch: 40). */
const WINDOW_DAYS = 30;
const LOOK_BACK = 300;

/** Metric whose labels say more of hosts than those of energy do, such as their pool. */
const INFO: Readonly<Partial<Record<Preset['name'], string>>> = { negawatt: 'negawatt_host_info' };

/** Values of the host label by host, of hosts with energy in a window. */
export const findValues = async (
  client: PrometheusClient,
  selectors: Selectors,
  { energy: [source] }: Preset,
  { from, to }: TimeWindow,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const held = new Map<string, string[]>();
  if (source === undefined) return held;
  for (const value of await client.values(selectors.hostLabel, selectors.of(source), from, to, signal)) {
    if (value === '') continue;
    const host = selectors.hostOf(value);
    held.set(host, [...(held.get(host) ?? []), value]);
  }
  return held;
};

/** Hosts with series in a window, with labels of which all their series say the same. As exact as the engine's index. */
export const listHosts = async (
  client: PrometheusClient,
  selectors: Selectors,
  preset: Preset,
  selector: HostSelector,
  { from, to }: TimeWindow,
  signal?: AbortSignal,
): Promise<readonly HostEntry[]> => {
  const [source] = preset.energy;
  const info = INFO[preset.name];
  if (source === undefined) return [];
  const [own, more] = await Promise.all([
    client.series(selectors.of(source), from, to, signal),
    info === undefined ? [] : client.series(selectors.of({ metric: info, matchers: '' }), from, to, signal),
  ]);
  const hostIn = (labels: Labels): string => selectors.hostOf(labels[selectors.hostLabel] ?? '');
  const hosts = new Map<string, Map<string, string | undefined>>();
  for (const labels of own) {
    const host = hostIn(labels);
    if (host !== '') hosts.set(host, hosts.get(host) ?? new Map());
  }
  for (const [labels, isOwn] of [
    ...own.map((one) => [one, true] as const),
    ...more.map((one) => [one, false] as const),
  ]) {
    const held = hosts.get(hostIn(labels));
    for (const [name, value] of Object.entries(labels)) {
      if (held === undefined || name === '__name__' || (isOwn && source.parts.includes(name))) continue;
      // A host that was in two pools within the window is in neither.
      held.set(name, held.has(name) && held.get(name) !== value ? undefined : value);
    }
  }
  const entries = [...hosts].map(([host, held]) => ({
    host,
    labels: Object.fromEntries([...held].filter((pair): pair is [string, string] => pair[1] !== undefined)),
  }));
  return pick(entries, selector).toSorted((a, b) => (a.host < b.host ? -1 : 1));
};

/** Those named and, of all others, those of which every label has the value; all where neither is told. */
export const pick = (entries: readonly HostEntry[], { hosts, match }: HostSelector): readonly HostEntry[] => {
  if (hosts === undefined && match === undefined) return entries;
  const named = new Set(hosts);
  return entries.filter(
    ({ host, labels }) =>
      named.has(host) ||
      (match !== undefined && Object.entries(match).every(([name, value]) => labels[name] === value)),
  );
};

/**
 * Earliest and latest instant with energy, to 5 minutes: the days by halving what the index lists, the instants within
 * them by samples. @param now seconds since 1970 UTC.
 */
export const findSpan = async (
  client: PrometheusClient,
  selectors: Selectors,
  { energy: [source] }: Preset,
  values: readonly string[] | undefined,
  now: number,
  signal?: AbortSignal,
): Promise<TimeWindow | undefined> => {
  if (source === undefined) return undefined;
  const selector = selectors.of(source, values);
  const isThere = async (from: number, to: number): Promise<boolean> =>
    (await client.series(selector, from, to, signal)).length > 0;
  const last = Math.ceil(now / DAY);
  const first = last - LONGEST_PAST / DAY;
  if (!(await isThere(first * DAY, last * DAY))) return undefined;
  // Windows in order of time, and the same backwards: where one begins, and whether days up to another are enough.
  const early = await firstDay(last - first, (from, to) =>
    isThere((first + from) * DAY, (first + to) * DAY - 1),
  );
  const back = await firstDay(last - first, (from, to) =>
    isThere((last - to) * DAY, (last - from) * DAY - 1),
  );
  if (early === undefined || back === undefined) return undefined;
  const [earliest, latest] = [first + early, last - 1 - back];
  const edges = async (day: number): Promise<readonly number[]> => {
    const query = `count(last_over_time(${selector}[${LOOK_BACK}s]))`;
    const [series] = await client.range(query, day * DAY + LOOK_BACK, (day + 1) * DAY, LOOK_BACK, signal);
    return [...(series?.times ?? [])];
  };
  for (let day = earliest; day <= Math.min(latest, earliest + MOST_DAYS_AROUND); day += 1) {
    const [start] = await edges(day);
    if (start === undefined) continue;
    for (let end = latest; end >= day; end -= 1) {
      const stop = (await edges(end)).at(-1);
      if (stop !== undefined) return { from: start - LOOK_BACK, to: stop };
    }
  }
  return undefined;
};

/**
 * First of some days, counted from 0, on which the index lists something; undefined where there is none. Found by halving
 * where the index looks at the times of a long range; VictoriaMetrics does not, so that what was found is asked about once
 * more, and else window after window is.
 */
const firstDay = async (
  days: number,
  isThere: (from: number, to: number) => Promise<boolean>,
): Promise<number | undefined> => {
  const found = await halve(0, days - 1, (day) => isThere(0, day + 1));
  if (await isThere(found, Math.min(days, found + WINDOW_DAYS))) return found;
  for (let from = 0; from < days; from += WINDOW_DAYS) {
    const to = Math.min(days, from + WINDOW_DAYS);
    if (await isThere(from, to)) return halve(from, to - 1, (day) => isThere(from, day + 1));
  }
  return undefined;
};

/** Smallest number of a range for which a question holds that holds for the largest. */
const halve = async (low: number, high: number, holds: (at: number) => Promise<boolean>): Promise<number> => {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
};
