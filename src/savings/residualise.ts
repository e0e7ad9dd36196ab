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

/**
 * What moves energy whatever the measure does: demanded host time, work and drivers at the kept intervals. Power rises
 * fast with the first work and slowly with the last (Fan, Weber, Barroso, ISCA 2007, figure 5), so each kind of work
 * comes with the root of it times host time, which doubles with the scope as the others do.
 */
export const conditionColumns = (series: ScopeSeries, kept: Int32Array): readonly NamedColumn[] => {
  const of = columnsAt(kept);
  const { demanded } = series;
  return [
    of('host_second', (i) => at(demanded, i)),
    ...series.work.map((work, term) => of(`work_${term}`, (i) => at(work, i))),
    ...series.work.map((work, term) =>
      of(`root_work_${term}`, (i) => Math.sqrt(Math.max(0, at(work, i)) * at(demanded, i))),
    ),
    ...series.drivers.map((driver, term) => of(`driver_${term}`, (i) => at(driver, i))),
  ];
};

/**
 * Time of day, and a level for each week after the first, so that a job mix that drifts adds no chance. In proportion
 * to demanded host time: watts per host. UTC: a shift of the clock only turns sines into cosines.
 */
export const timeColumns = (series: ScopeSeries, kept: Int32Array): readonly NamedColumn[] => {
  const of = columnsAt(kept);
  const turn = (i: number, days: number): number =>
    (2 * Math.PI * (series.from + (i + 0.5) * series.step)) / (days * DAY);
  const first = kept[0] ?? 0;
  const weekOf = (i: number): number => Math.floor(((i - first) * series.step) / (7 * DAY));
  const weeks = kept.length === 0 ? 0 : weekOf(kept.at(-1) ?? 0);
  return [
    ...PERIODS_IN_DAYS.flatMap((days) => [
      of(`sine_${days}_d`, (i) => at(series.demanded, i) * Math.sin(turn(i, days))),
      of(`cosine_${days}_d`, (i) => at(series.demanded, i) * Math.cos(turn(i, days))),
    ]),
    ...Array.from({ length: weeks }, (_, week) =>
      of(`week_${week + 1}`, (i) => (weekOf(i) === week + 1 ? at(series.demanded, i) : 0)),
    ),
  ];
};

/**
 * Columns that can be told apart: a column is left out where with it the fit would be singular, such as work that never
 * changes beside hosts that never do. The first ones go first.
 */
export const separable = (columns: readonly NamedColumn[]): readonly NamedColumn[] => {
  const all = columns[0] && fitLeastSquares(designOf(columns), columns[0].column);
  if (all?.ok) return columns;
  const chosen: NamedColumn[] = [];
  for (const next of columns)
    if (fitLeastSquares(designOf([...chosen, next]), next.column).ok) chosen.push(next);
  return chosen;
};

export const designOf = (columns: readonly NamedColumn[]): Design => ({
  names: columns.map(({ name }) => name),
  columns: columns.map(({ column }) => column),
});

/** What of `y` the columns do not explain; undefined where there are too few points or a value is not known. */
export const residualsOf = (columns: readonly NamedColumn[], y: Float64Array): Float64Array | undefined => {
  const outcome = fitLeastSquares(designOf(columns), y);
  return outcome.ok ? outcome.fit.residuals : undefined;
};
