import { FACTOR_RANGE } from '../carbon/guard.ts';
import type { GridReading, GridSeries, GridSignal } from '../model/grid.ts';
import type { GridDrop } from '../model/grid-state.ts';

/**
 * Bounds of a believable marginal intensity, g/kWh. It may lie above every plant: of the dirtiest (1,600, see
 * FACTOR_RANGE) with losses and the ramping of another on top; and below zero, where more load lets wind run.
 */
const MARGINAL_RANGE = { least: -2000, most: 4000 } as const;

/** What is kept: two days, so that the last one can be shown whole and restated. */
export const KEPT_MS = 48 * 3_600_000;
/** Two days in steps of 5 minutes are 576; a provider with shorter ones keeps less of the past. */
export const MOST_READINGS = 2000;

export const isBelievable = (value: number, signal: GridSignal): boolean => {
  const { least, most } = signal === 'marginal' ? MARGINAL_RANGE : FACTOR_RANGE;
  return Number.isFinite(value) && value >= least && value <= most;
};

export type Drops = Partial<Record<GridDrop, number>>;

/** Rows that may be kept, in order of time and without overlap. @param latest time after which no row may begin. */
const screened = (
  rows: readonly GridReading[],
  signal: GridSignal,
  latest: number,
  drop: (why: GridDrop) => void,
): readonly GridReading[] => {
  const kept: GridReading[] = [];
  for (const row of [...rows].sort((a, b) => a.from - b.from)) {
    const isSpan = Number.isFinite(row.from) && Number.isFinite(row.to) && row.to > row.from;
    if (!isSpan || !Number.isFinite(row.value)) drop('missing');
    else if (!isBelievable(row.value, signal)) drop('absurd');
    else if (row.from > latest) drop('future');
    else if (row.from < (kept.at(-1)?.to ?? Number.NEGATIVE_INFINITY)) drop('overlap');
    else kept.push(row);
  }
  return kept;
};

export interface Merged {
  readonly readings: readonly GridReading[];
  readonly restated: number;
  readonly dropped: Drops;
}

/**
 * Lays what was told over what was known: a reading replaces all that it overlaps. Rows of the future, without a value,
 * or that no grid can have are dropped and counted. Keeps two days, and the newest reading in any case.
 */
export const mergeReadings = (
  known: readonly GridReading[],
  told: readonly GridReading[],
  { signal }: Pick<GridSeries, 'signal'>,
  now: number,
): Merged => {
  const dropped: Drops = {};
  const rows = screened(told, signal, now, (why) => {
    dropped[why] = (dropped[why] ?? 0) + 1;
  });
  const before = new Map(known.map((row) => [row.from, row]));
  const restated = rows.filter(({ from, to, value }) => {
    const old = before.get(from);
    return old !== undefined && old.to === to && old.value !== value;
  }).length;
  let at = 0;
  const rest = known.filter(({ from, to }) => {
    while ((rows[at]?.to ?? Number.POSITIVE_INFINITY) <= from) at += 1;
    return (rows[at]?.from ?? Number.POSITIVE_INFINITY) >= to;
  });
  const all = [...rest, ...rows].sort((a, b) => a.from - b.from);
  return { readings: recent(all, now, KEPT_MS), restated, dropped };
};

/** The newest ones: of the last `span` milliseconds, and at least one. */
export const recent = (
  readings: readonly GridReading[],
  now: number,
  span: number,
): readonly GridReading[] => {
  const first = readings.findIndex(({ to }) => to > now - span);
  return readings.slice(
    Math.max(first === -1 ? readings.length - 1 : first, readings.length - MOST_READINGS, 0),
  );
};

/** What of a forecast can be believed; what lies in the past by now stays, to be compared with what came. */
export const believable = (rows: readonly GridReading[], signal: GridSignal): readonly GridReading[] =>
  screened(rows, signal, Number.POSITIVE_INFINITY, () => {}).slice(0, MOST_READINGS);

/** What makes two answers one series. Their licence and the words of their source may change. */
export const seriesKey = (series: GridSeries): string => {
  const { provider, zone, signal, basis, gases, gwp, boundary, edition } = series;
  return JSON.stringify([provider, zone, signal, basis, gases, gwp, boundary, edition]);
};
