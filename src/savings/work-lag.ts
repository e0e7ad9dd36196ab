import type { Remark } from '../model/estimate.ts';
import { fitLeastSquares } from './least-squares.ts';
import { designOf, energyOver, rateOf, type Term, usableRows } from './model-terms.ts';
import type { ScopeSeries } from './series.ts';

/** How far work and energy are looked for apart: the whole range of time zones, either way. */
const FARTHEST = 12 * 3600;
/** Squared error that is left where times are moved, over that where they are not: below it they are not of one time. Our choice. */
const LEAST_LEFT = 0.5;

/**
 * Seconds by which energy comes after the work that explains it best, where that is far better than work of the same
 * interval: times of another zone, or work that is counted when it ends. Then each unit seems to take less than it does,
 * and less work looks like a saving. 0 where the same interval does. @param terms those of the fitted model.
 */
export const workLag = (baseline: ScopeSeries, terms: readonly Term[]): number => {
  const most = Math.floor(FARTHEST / baseline.step);
  const known = usableRows(baseline).filter((row) => row >= most && row < baseline.length - most);
  let [best, least] = [0, LEAST_LEFT * meanSquare(baseline, terms, known, 0)];
  for (let by = -most; by <= most; by += 1) {
    const left = by === 0 ? Number.POSITIVE_INFINITY : meanSquare(baseline, terms, known, by);
    if (left < least) [best, least] = [by, left];
  }
  return best * baseline.step;
};

/** Squared error by interval with the work of `by` intervals earlier; infinite where that cannot be fitted. */
const meanSquare = (
  series: ScopeSeries,
  terms: readonly Term[],
  known: readonly number[],
  by: number,
): number => {
  const moved = {
    ...series,
    work: series.work.map((_, at) =>
      series.demanded.map((hosts, row) => rateOf(series, at, row - by) * hosts),
    ),
  };
  const rows = known.filter((row) => moved.work.every((units) => Number.isFinite(units[row])));
  const outcome = fitLeastSquares(designOf(moved, terms, rows), energyOver(moved, rows));
  if (!outcome.ok) return Number.POSITIVE_INFINITY;
  return outcome.fit.residuals.reduce((sum, value) => sum + value * value, 0) / rows.length;
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
