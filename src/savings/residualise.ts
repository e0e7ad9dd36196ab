import { type Design, fitLeastSquares } from './least-squares.ts';
import type { ScopeSeries } from './series.ts';

const DAY = 86_400;

/**
 * Periods of the time-of-day terms, in days: a day and half a day, what load curves of data centres and of buildings
 * are commonly described with (Granger and Newbold, Forecasting Economic Time Series, 2nd ed., 1986, chapter 2).
 */
const PERIODS_IN_DAYS = [1, 0.5];

export interface NamedColumn {
  readonly name: string;
  readonly column: Float64Array;
}

type Column = (name: string, value: (at: number) => number) => NamedColumn;

const columnsAt =
  (kept: Int32Array): Column =>
  (name, value) => ({ name, column: Float64Array.from(kept, value) });

const at = (column: Float64Array, index: number): number => column[index] ?? Number.NaN;

/** What moves energy whatever the measure does: demanded host time, work and drivers at the kept intervals. */
const conditions = (series: ScopeSeries, of: Column): readonly NamedColumn[] => [
  of('host_second', (i) => at(series.demanded, i)),
  ...series.work.map((work, term) => of(`work_${term}`, (i) => at(work, i))),
  ...series.drivers.map((driver, term) => of(`driver_${term}`, (i) => at(driver, i))),
];

/**
 * Power rises fast with the first work and slowly with the last (Fan, Weber, Barroso, ISCA 2007, figure 5): the root of
 * work times host time, which doubles with the scope as the others do.
 */
const bends = (series: ScopeSeries, of: Column): readonly NamedColumn[] =>
  series.work.map((work, term) =>
    of(`root_work_${term}`, (i) => Math.sqrt(Math.max(0, at(work, i)) * at(series.demanded, i))),
  );

/** A level for each week after the first, so that a job mix that drifts adds no chance: watts per host. */
const weeks = (series: ScopeSeries, kept: Int32Array, of: Column): readonly NamedColumn[] => {
  const first = kept[0] ?? 0;
  const weekOf = (i: number): number => Math.floor(((i - first) * series.step) / (7 * DAY));
  const last = kept.length === 0 ? 0 : weekOf(kept.at(-1) ?? 0);
  return Array.from({ length: last }, (_, week) =>
    of(`week_${week + 1}`, (i) => (weekOf(i) === week + 1 ? at(series.demanded, i) : 0)),
  );
};

/** Time of day: watts per host. UTC: a shift of the clock only turns sines into cosines. */
const hours = (series: ScopeSeries, of: Column): readonly NamedColumn[] => {
  const turn = (i: number, days: number): number =>
    (2 * Math.PI * (series.from + (i + 0.5) * series.step)) / (days * DAY);
  return PERIODS_IN_DAYS.flatMap((days) => [
    of(`sine_${days}_d`, (i) => at(series.demanded, i) * Math.sin(turn(i, days))),
    of(`cosine_${days}_d`, (i) => at(series.demanded, i) * Math.cos(turn(i, days))),
  ]);
};

/**
 * Blocks for each term beyond the conditions: with fewer, the terms follow the schedule by chance, and an interval
 * widens without bound. Measured on the A/A bench.
 */
const BLOCKS_PER_TERM = 5;

/**
 * Terms that energy is freed of before blocks are compared: the conditions always, bends and weeks as far as there are
 * blocks for them, and the time of day where blocks are parts of days. None of them knows the arms.
 */
export const switchbackTerms = (
  series: ScopeSeries,
  kept: Int32Array,
  blocks: number,
  block: number,
): readonly NamedColumn[] => {
  const of = columnsAt(kept);
  const always = conditions(series, of);
  const more = [...bends(series, of), ...weeks(series, kept, of)];
  const room = Math.max(0, Math.floor(blocks / BLOCKS_PER_TERM) - always.length);
  return separable([...always, ...more.slice(0, room), ...(block < DAY ? hours(series, of) : [])]);
};

/**
 * Columns that can be told apart: a column is left out where with it the fit would be singular, such as work that never
 * changes beside hosts that never do. The first ones go first.
 */
const separable = (columns: readonly NamedColumn[]): readonly NamedColumn[] => {
  const all = columns[0] && fitLeastSquares(designOf(columns), columns[0].column);
  if (all?.ok) return columns;
  const chosen: NamedColumn[] = [];
  for (const next of columns)
    if (fitLeastSquares(designOf([...chosen, next]), next.column).ok) chosen.push(next);
  return chosen;
};

const designOf = (columns: readonly NamedColumn[]): Design => ({
  names: columns.map(({ name }) => name),
  columns: columns.map(({ column }) => column),
});

/** What of `y` the columns do not explain; undefined where there are too few points or a value is not known. */
export const residualsOf = (columns: readonly NamedColumn[], y: Float64Array): Float64Array | undefined => {
  const outcome = fitLeastSquares(designOf(columns), y);
  return outcome.ok ? outcome.fit.residuals : undefined;
};
