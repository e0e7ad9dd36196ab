import type { Remark } from '../model/estimate.ts';
import { fitLeastSquares } from './least-squares.ts';
import { designOf, energyOver, rateOf, type Term, usableRows } from './model-terms.ts';
import type { ScopeSeries } from './series.ts';

/** How far work and energy are looked for apart: the whole range of time zones, either way. */
const FARTHEST = 12 * 3600;
/** Squared error that is left where times are moved, over that where they are not: below it they are not of one time. Our choice. */
const LEAST_LEFT = 0.5;
/** Every fifth row is enough for a look; five has nothing in common with the hours of a day. */
const MANY = 1000;
const EVERY = 5;
/** The same of straight lines, from sums of products, below which the model itself is asked: it costs twenty times as much. */
const WORTH_A_FIT = 0.9;

/**
 * Seconds by which energy comes after the work that explains it best, where that is far better than work of the same
 * interval: times of another zone, or work that is counted when it ends. Then each unit seems to take less than it does,
 * and less work looks like a saving. 0 where the same interval does. @param terms those of the fitted model.
 */
export const workLag = (baseline: ScopeSeries, terms: readonly Term[]): number => {
  const most = Math.floor(FARTHEST / baseline.step);
  const known = usableRows(baseline).filter((row) => row >= most && row < baseline.length - most);
  const looked = known.length > MANY ? known.filter((_, at) => at % EVERY === 0) : known;
  const rates = baseline.work.map((_, at) =>
    baseline.demanded.map((_hosts, row) => rateOf(baseline, at, row)),
  );
  const worth = WORTH_A_FIT * straightLeft(baseline, rates, looked, 0);
  let [best, least] = [0, Number.NaN];
  for (let by = -most; by <= most; by += 1) {
    if (by === 0 || !(straightLeft(baseline, rates, looked, by) < worth)) continue;
    if (Number.isNaN(least)) least = LEAST_LEFT * meanSquare(baseline, rates, terms, known, 0);
    const left = meanSquare(baseline, rates, terms, known, by);
    if (left < least) [best, least] = [by, left];
  }
  return best * baseline.step;
};

/** Squared error by interval with the work of `by` intervals earlier; infinite where that cannot be fitted. */
const meanSquare = (
  series: ScopeSeries,
  rates: readonly Float64Array[],
  terms: readonly Term[],
  known: readonly number[],
  by: number,
): number => {
  const moved = {
    ...series,
    work: rates.map((rate) => series.demanded.map((hosts, row) => (rate[row - by] ?? Number.NaN) * hosts)),
  };
  const rows = known.filter((row) => moved.work.every((units) => Number.isFinite(units[row])));
  const outcome = fitLeastSquares(designOf(moved, terms, rows), energyOver(moved, rows));
  if (!outcome.ok) return Number.POSITIVE_INFINITY;
  return outcome.fit.residuals.reduce((sum, value) => sum + value * value, 0) / rows.length;
};

/** The same of host time and work alone, in straight lines, by elimination in the sums of their products. */
const straightLeft = (
  { demanded, energy }: ScopeSeries,
  rates: readonly Float64Array[],
  known: readonly number[],
  by: number,
): number => {
  const width = rates.length + 2;
  const sums = new Float64Array(width * width);
  const line = new Float64Array(width);
  let rows = 0;
  for (const row of known) {
    const hosts = demanded[row] ?? Number.NaN;
    line[0] = hosts;
    let isKnown = true;
    for (let at = 0; at < rates.length; at += 1) {
      const units = (rates[at]?.[row - by] ?? Number.NaN) * hosts;
      line[at + 1] = units;
      if (!Number.isFinite(units)) isKnown = false;
    }
    if (!isKnown) continue;
    line[width - 1] = energy[row] ?? Number.NaN;
    rows += 1;
    for (let a = 0; a < width; a += 1)
      for (let b = a; b < width; b += 1)
        sums[a * width + b] = (sums[a * width + b] ?? 0) + (line[a] ?? 0) * (line[b] ?? 0);
  }
  // Upper triangle alone: what is left in the last cell is the squared error.
  for (let pivot = 0; pivot < width - 1; pivot += 1) {
    const over = sums[pivot * width + pivot] ?? 0;
    if (!(over > 0)) return Number.POSITIVE_INFINITY;
    for (let a = pivot + 1; a < width; a += 1) {
      const part = (sums[pivot * width + a] ?? 0) / over;
      for (let b = a; b < width; b += 1)
        sums[a * width + b] = (sums[a * width + b] ?? 0) - part * (sums[pivot * width + b] ?? 0);
    }
  }
  return rows === 0 ? Number.POSITIVE_INFINITY : (sums[width * width - 1] ?? Number.NaN) / rows;
};

export const lagRemarks = (baseline: ScopeSeries, terms: readonly Term[]): readonly Remark[] => {
  const lag = workLag(baseline, terms);
  if (lag === 0) return [];
  const hours = `${Number((Math.abs(lag) / 3600).toFixed(2))} h`;
  return [
    {
      flag: 'work_lag',
      text: `In the baseline energy goes with the work of ${hours} ${lag > 0 ? 'before' : 'after'}, not with that of its own time: what a unit takes is not told by it, and less work would look like a saving.`,
      remedy:
        'See that times of work and energy are of one time zone; where work takes hours, count time by 6 h or a day (step of the plan).',
    },
  ];
};
