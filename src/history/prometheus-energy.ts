import { HistoryError, type TimeWindow } from '../model/history.ts';
import { fromGrid, fromSamples, type Piece } from './counter-differences.ts';
import { DAY } from './intervals.ts';
import { type OwnPiece, oneCounter } from './parts.ts';
import { keyOf, type Labels, type Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { gaugePieces, powerCells } from './prometheus-power.ts';
import type { EnergySource } from './prometheus-presets.ts';
import { readRaw } from './prometheus-raw.ts';
import type { Selectors } from './prometheus-selector.ts';

/** Seconds between the values that are asked for: how far back Prometheus looks for one (lookback delta, 5 min). */
const LOOK_BACK = 300;
/** Above this it is a fault: eight times a rack of 72 GPUs at 132 kW would be no host (NVIDIA GB200 NVL72, 2024). */
const MOST_WATTS = 1e6;

/** Pieces by interval of the window, of one part of one host. */
export interface Part {
  readonly host: string;
  /** What tells it from other parts of the host. */
  readonly part: string;
  readonly labels: Labels;
  readonly pieces: readonly (Piece | undefined)[];
}

export interface EnergyQuery {
  readonly source: EnergySource;
  /** Values of the host label. */
  readonly values: readonly string[];
  /** Within one day of UTC. */
  readonly window: TimeWindow;
  readonly step: number;
  /** Labels by which copies may differ. */
  readonly copies: readonly string[];
  /** Rise of a counter in its own unit and second above which it is a fault; default: that of a host's power. */
  readonly mostPerSecond?: number;
}

/**
 * Energy of all parts of some hosts on one day, by interval. Of counters the differences between raw samples: read at
 * instants 5 minutes apart where a series is whole, sample by sample where it fell, began, ended or was away. Parts that
 * have a sample on that day of UTC are there, wherever in the day the window lies. @throws HistoryError
 */
export const readParts = async (
  client: PrometheusClient,
  selectors: Selectors,
  query: EnergyQuery,
  signal?: AbortSignal,
): Promise<readonly Part[]> => {
  const { source, values, window, step, copies } = query;
  const day = Math.floor(window.from / DAY) * DAY;
  const grid = greatestDivisor(step, LOOK_BACK);
  const selector = selectors.of(source, values);
  const [first, length] = [Math.round((window.from - day) / grid), (window.to - window.from) / step];
  const isGauge = source.as === 'gauge';
  const most = query.mostPerSecond ?? MOST_WATTS / source.perUnit;
  const [series, falls] = await Promise.all([
    isGauge
      ? powerCells(client, selector, { day, grid, blankFrom: source.blankFrom }, signal)
      : client.range(`last_over_time(${selector}[${LOOK_BACK}s])`, day, day + DAY + grid, grid, signal),
    // Falls between the instants, also of a register that wraps within minutes.
    isGauge
      ? []
      : client.range(
          `resets(${selector}[${step + LOOK_BACK}s]) > 0`,
          window.from + step,
          window.to,
          step,
          signal,
        ),
  ]);
  const isBlank = (value: number): boolean => value >= (source.blankFrom ?? Number.POSITIVE_INFINITY);
  const fell = new Map(
    falls.map(({ labels, times }) => [
      keyOf(labels),
      new Set([...times].map((time) => Math.round((time - window.from) / step) - 1)),
    ]),
  );
  const groups = new Map<string, { host: string; part: string; own: Own[] }>();
  for (const one of series) {
    const key = keyOf(one.labels);
    const points = onGrid(one, day, grid, DAY / grid + 2, isBlank);
    const host = selectors.hostOf(one.labels[selectors.hostLabel] ?? '');
    const part = partOf(one.labels, source.parts);
    // The instant at midnight may show a sample of the day before.
    if (points.subarray(1, DAY / grid + 1).every(Number.isNaN)) continue;
    const group = groups.get(`${host}\n${part}`) ?? { host, part, own: [] };
    const known = isGauge
      ? gaugePieces(points, first, length, step / grid, window.from, step)
      : Array.from({ length }, (_, at) => {
          const from = first + (at * step) / grid;
          const start = window.from + at * step;
          const piece = fromGrid(points.subarray(from, from + step / grid + 2), start, start + step, most);
          return fell.get(key)?.has(at) === true && piece !== 'nothing' ? 'look' : piece;
        });
    group.own.push({ key, labels: one.labels, known });
    groups.set(`${host}\n${part}`, group);
  }
  // Of several series of one part only the samples tell where one ended and the next began.
  for (const { own } of groups.values()) {
    for (let at = 0; own.length > 1 && at < length; at += 1) {
      if (own.some(({ known }) => known[at] === 'look'))
        for (const { known } of own) if (known[at] !== 'nothing') known[at] = 'look';
    }
  }
  const looks = Array.from({ length }, (_, at) =>
    [...groups.values()].some(({ own }) => own.some(({ known }) => known[at] === 'look')),
  );
  const raw = await readRaw(client, selector, window, step, looks, isBlank, signal);
  return [...groups.values()].map(({ host, part, own }) => ({
    host,
    part,
    labels: own[0]?.labels ?? {},
    pieces: Array.from({ length }, (_, at) => {
      const start = window.from + at * step;
      const pieces: OwnPiece[] = [];
      for (const { key, known } of own) {
        const told = known[at];
        const samples = raw.get(key);
        const piece = told === 'look' ? samples && fromSamples(samples, start, start + step, most) : told;
        if (piece !== undefined && piece !== 'nothing') pieces.push({ ...piece, series: key });
      }
      const counted = oneCounter(pieces, (one, other) => areCopies(own, copies, one, other));
      if (counted !== undefined && 'one' in counted) throw doubled(source.metric, host, own, counted);
      return counted && { ...counted, amount: counted.amount * source.perUnit };
    }),
  }));
};

interface Own {
  readonly key: string;
  readonly labels: Labels;
  readonly known: (Piece | 'look' | 'nothing')[];
}

const partOf = (labels: Labels, parts: readonly string[]): string =>
  parts.map((name) => `${name}=${JSON.stringify(labels[name] ?? '')}`).join(',');

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

const onGrid = (
  { times, values }: Series,
  day: number,
  grid: number,
  length: number,
  isBlank: (value: number) => boolean,
): Float64Array => {
  const points = new Float64Array(length).fill(Number.NaN);
  for (let at = 0; at < times.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    if (!isBlank(value)) points[Math.round(((times[at] ?? 0) - day) / grid)] = value;
  }
  return points;
};

/** Two replicas see one counter, whatever else of their labels changed; one replica sees each series once. */
const areCopies = (own: readonly Own[], copies: readonly string[], one: string, other: string): boolean => {
  const [a, b] = [one, other].map((key) => own.find((series) => series.key === key)?.labels);
  return copies.some((name) => a?.[name] !== b?.[name]);
};

const doubled = (
  metric: string,
  host: string,
  own: readonly Own[],
  { one, other }: { one: string; other: string },
): HistoryError => {
  const [a, b] = [one, other].map((key) => own.find((series) => series.key === key)?.labels ?? {});
  const names = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])]
    .filter((name) => name !== '__name__' && a?.[name] !== b?.[name])
    .toSorted();
  const differ = names.map((name) => `${name} (${a?.[name] ?? ''} and ${b?.[name] ?? ''})`).join(', ');
  return new HistoryError(
    `${metric} has two series of host ${host} at one time, which differ by ${differ || 'nothing'}: their sum would count its energy twice`,
    `If two replicas of a scraper write here, name the label in history.prometheus.replica_label${names.length === 1 ? ` (${names[0]})` : ''}; else narrow the series with history.prometheus.match, or name the label of the host in host_label.`,
  );
};
