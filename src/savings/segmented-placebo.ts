import { LEVEL } from './levels.ts';
import { quantile } from './quantiles.ts';
import { CYCLES_BEFORE, fitSegmented } from './segmented-fit.ts';
import { type ScopeSeries, slice } from './series.ts';
import { tQuantile } from './student-t.ts';

const DAY = 86_400;
/** Pretended starts at most: more of them overlap all the more. Our choice. */
const MOST_STARTS = 120;

/** Savings that pretended starts within the baseline show, as shares; the truth is 0. */
export const placeboErrors = (
  baseline: ScopeSeries,
  reporting: number,
): { readonly errors: readonly number[]; readonly independent: number; readonly horizon: number } => {
  const perDay = Math.max(1, Math.round(DAY / baseline.step));
  const week = 7 * perDay;
  const before = Math.max(CYCLES_BEFORE * week, Math.floor(baseline.length / 2));
  const horizon = Math.min(reporting, Math.floor(baseline.length / 4));
  const room = baseline.length - before - horizon;
  if (room < 0 || horizon < perDay) return { errors: [], independent: 0, horizon };
  const stride = Math.ceil((Math.floor(room / perDay) + 1) / MOST_STARTS) * perDay;
  const errors: number[] = [];
  for (let from = 0; from <= room; from += stride) {
    const found = fitSegmented(slice(baseline, from, from + before + horizon), before);
    if (found !== undefined) errors.push(-found.effect / (found.actual - found.effect));
  }
  return { errors, independent: Math.floor((baseline.length - before) / horizon), horizon };
};

/** Share of pretended starts whose error lies within the quantile of those before it; at least five are waited for. */
export const rollingCoverage = (errors: readonly number[], independent: number): number => {
  let [held, judged] = [0, 0];
  errors.forEach((error, at) => {
    if (at < 5) return;
    judged += 1;
    if (Math.abs(error) <= quantileOf(errors.slice(0, at), independent)) held += 1;
  });
  return judged === 0 ? Number.NaN : held / judged;
};

export const quantileOf = (errors: readonly number[], independent: number): number =>
  quantile(
    errors.map((error) => Math.abs(error)),
    Math.min(1, LEVEL * (1 + 1 / Math.max(1, independent))),
  );

/**
 * Half-width from fewer pretended starts, or shorter ones, than a quantile needs: Student's t with as many degrees as
 * stretches that do not overlap, in proportion to the horizon, as the error of a trend carried on grows.
 */
export const fromFewStarts = (errors: readonly number[], independent: number, longer: number): number => {
  const meanSquare = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
  return tQuantile((1 + LEVEL) / 2, independent) * Math.sqrt(meanSquare) * Math.max(1, longer);
};
