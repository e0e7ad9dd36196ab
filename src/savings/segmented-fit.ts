import { fitLeastSquares } from './least-squares.ts';
import { longRunVariance } from './newey-west.ts';
import type { ScopeSeries } from './series.ts';

const DAY = 86_400;
/** Days of the cycles that are in the model, with their halves: a day and a week (reference of the method, 5.3). */
const CYCLES_IN_DAYS = [7, 3.5, 1, 0.5];
/** A year and its half, where it is long enough before the start. */
const YEAR_IN_DAYS = [365.25, 182.625];
/** Seasonal cycles before the start that make one part of the model (reference of the method, 5.3). */
export const CYCLES_BEFORE = 2;

/** What the measure did to energy by a regression with a break, over the intervals from its start on. */
export interface SegmentedEffect {
  /** J; below 0 is a saving. */
  readonly effect: number;
  /** J; Newey-West with a wide window. */
  readonly standardError: number;
  /** Window of the variance over the number of intervals. */
  readonly bandwidth: number;
  /** Energy in J of the intervals from the start on that are known. */
  readonly actual: number;
  readonly points: number;
  readonly terms: number;
  /** J by interval of the whole series, without the measure; NaN before the start and where not known. */
  readonly expectedSeries: Float64Array;
  readonly residuals: Float64Array;
}

/**
 * Fits `E = H (b0 + b1 t + b2 D + b3 (t - T0) D + waves) + c W + d drivers`, H demanded host time, D the measure, and
 * adds up b2 and b3 over the intervals with it. The variance is `c'Vc` of Newey and West. `start` is a position in the
 * series. Undefined where too little is known or the terms can not be told apart.
 */
export const fitSegmented = (series: ScopeSeries, start: number): SegmentedEffect | undefined => {
  const kept: number[] = [];
  for (let at = 0; at < series.length; at += 1)
    if (series.usable[at] === 1 && Number.isFinite(series.energy[at] ?? Number.NaN)) kept.push(at);
  const years = (start * series.step) / (DAY * (YEAR_IN_DAYS[0] ?? 1));
  const cycles = [...CYCLES_IN_DAYS, ...(years >= CYCLES_BEFORE ? YEAR_IN_DAYS : [])];
  const host = (at: number): number => series.demanded[at] ?? Number.NaN;
  const since = (at: number): number => ((at + 0.5 - start) * series.step) / DAY;
  const isOn = (at: number): number => (at >= start ? 1 : 0);
  const work = series.work.filter((column) => kept.some((at) => (column[at] ?? 0) !== 0));
  const shapes: readonly ((at: number) => number)[] = [
    (at) => host(at) * isOn(at),
    (at) => host(at) * isOn(at) * since(at),
    host,
    (at) => host(at) * since(at),
    ...[...work, ...series.drivers].map((column) => (at: number) => column[at] ?? Number.NaN),
    ...cycles.flatMap((days) => [
      (at: number) => host(at) * Math.sin((2 * Math.PI * since(at)) / days),
      (at: number) => host(at) * Math.cos((2 * Math.PI * since(at)) / days),
    ]),
  ];
  const columns = shapes.map((shape) => Float64Array.from(kept, shape));
  const y = Float64Array.from(kept, (at) => series.energy[at] ?? Number.NaN);
  const outcome = fitLeastSquares({ names: columns.map((_, at) => `x${at}`), columns }, y);
  if (!outcome.ok) return undefined;
  const { coefficients, inverse, residuals, p } = outcome.fit;
  const [level, slope] = [coefficients[0] ?? Number.NaN, coefficients[1] ?? Number.NaN];
  const [onLevel, onSlope] = [columns[0], columns[1]].map((column) =>
    (column ?? new Float64Array()).reduce((sum, value) => sum + value, 0),
  ) as [number, number];
  // (X'X)^-1 c: what a residual adds to the effect is its row of X times this.
  const pull = Float64Array.from(
    { length: p },
    (_, row) => (inverse[row * p] ?? 0) * onLevel + (inverse[row * p + 1] ?? 0) * onSlope,
  );
  const scores = residuals.map(
    (residual, at) =>
      residual * columns.reduce((sum, column, term) => sum + (column[at] ?? 0) * (pull[term] ?? 0), 0),
  );
  const lag = Math.floor(y.length / 4);
  const expectedSeries = new Float64Array(series.length).fill(Number.NaN);
  let actual = 0;
  for (const at of kept) {
    if (isOn(at) === 0) continue;
    actual += series.energy[at] ?? 0;
    expectedSeries[at] = (series.energy[at] ?? 0) - host(at) * (level + slope * since(at));
  }
  return {
    effect: level * onLevel + slope * onSlope,
    standardError: Math.sqrt(Math.max(0, longRunVariance(scores, lag) * y.length)),
    bandwidth: (lag + 1) / y.length,
    actual,
    points: y.length,
    terms: p,
    expectedSeries,
    residuals,
  };
};
