import type { MeasuredCoverage } from '../model/estimate.ts';
import { ratio } from '../units.ts';
import type { Terms } from './baseline.ts';
import { quantileOfSorted } from './quantiles.ts';
import { rollingFit } from './rolling-fit.ts';
import type { ScopeSeries } from './series.ts';

/** An apparent saving in a window in which nothing was changed. */
export interface PlaceboError {
  /** Of the window that was predicted, seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** (expected - actual) / expected. */
  readonly error: number;
  /** Which history it is from: windows of two histories never overlap. */
  readonly history: number;
}

export interface Placebo {
  /** In order of time. */
  readonly errors: readonly PlaceboError[];
  /** Windows that do not overlap. */
  readonly independent: number;
  /** Half-width of the interval as a share of the expected energy; undefined where fewer than 9 windows are independent. */
  readonly halfWidth: number | undefined;
  /** Median apparent saving. */
  readonly bias: number;
  readonly coverage: MeasuredCoverage | undefined;
  /** Smallest saving that could be shown, as a share. */
  readonly detectable: number | undefined;
}

const DAY = 86_400;
const LEVEL = 0.9;
/** Below it no distribution-free 90 % bound exists: 0.9 (1 + 1/K) is above 1 (split conformal, Vovk et al. 2005). */
const LEAST_INDEPENDENT = 9;
/** Windows without overlap that must lie in the past of one that is judged. */
const LEAST_EARLIER = 5;

/**
 * What the method would have called a saving at each day of histories in which nothing was changed, with windows as long
 * as those of the claim: drift grows with the horizon.
 *
 * @param histories own history before the start, and untouched hosts.
 * @param n intervals of the baseline. @param m intervals of the reporting window.
 */
export const placeboErrors = (
  histories: readonly ScopeSeries[],
  terms: Terms,
  n: number,
  m: number,
): readonly PlaceboError[] => {
  const errors: PlaceboError[] = [];
  for (const [history, series] of histories.entries()) {
    const fit = rollingFit(series, terms);
    if (fit === undefined) continue;
    const stride = Math.max(1, Math.round(DAY / series.step));
    // From the end backwards: the windows nearest to the start of the measure are all there.
    for (let from = series.length - n - m; from >= 0; from -= stride) {
      const found = fit.predict(from, n, m);
      if (found === undefined || !(found.expected > 0)) continue;
      const start = series.from + (from + n) * series.step;
      errors.push({
        from: start,
        to: start + m * series.step,
        error: (found.expected - found.actual) / found.expected,
        history,
      });
    }
  }
  return errors.sort((a, b) => a.from - b.from || a.history - b.history);
};

/** Most windows without overlap, greedily by their ends, which is the most there are. */
export const independentOf = (errors: Iterable<PlaceboError>): number => {
  const ends = new Map<number, number>();
  let count = 0;
  for (const { from, to, history } of errors) {
    if ((ends.get(history) ?? Number.NEGATIVE_INFINITY) > from) continue;
    ends.set(history, to);
    count += 1;
  }
  return count;
};

const levelFor = (independent: number): number => Math.min(1, LEVEL * (1 + 1 / independent));

export const placeboOf = (errors: readonly PlaceboError[]): Placebo => {
  const independent = independentOf(errors);
  const sizes = Float64Array.from(errors, ({ error }) => Math.abs(error)).sort();
  const signed = Float64Array.from(errors, ({ error }) => error).sort();
  const halfWidth =
    independent >= LEAST_INDEPENDENT ? quantileOfSorted(sizes, levelFor(independent)) : undefined;
  return {
    errors,
    independent,
    halfWidth,
    bias: quantileOfSorted(signed, 0.5),
    coverage: coverageOf(errors),
    detectable: halfWidth === undefined ? undefined : halfWidth + quantileOfSorted(sizes, 0.5),
  };
};

/**
 * How often the interval held 0 where nothing was changed: each window is judged by windows that were over when it
 * began, never by later ones. The standard error counts windows without overlap alone.
 */
export const coverageOf = (errors: readonly PlaceboError[]): MeasuredCoverage | undefined => {
  // Ranks of all sizes, so that the quantile of those added so far is a walk down a tree of counts.
  const order = Float64Array.from(errors, ({ error }) => Math.abs(error)).sort();
  const past = countsByRank(order);
  const byEnd = errors.toSorted((a, b) => a.to - b.to);
  const ends = new Map<number, number>();
  let [added, independent, held, judged] = [0, 0, 0, 0];
  const judgedOnes: PlaceboError[] = [];
  for (const one of errors) {
    for (let next = byEnd[added]; next !== undefined && next.to <= one.from; next = byEnd[added]) {
      past.add(Math.abs(next.error));
      if ((ends.get(next.history) ?? Number.NEGATIVE_INFINITY) <= next.from) {
        ends.set(next.history, next.to);
        independent += 1;
      }
      added += 1;
    }
    if (independent < LEAST_EARLIER) continue;
    judged += 1;
    judgedOnes.push(one);
    if (Math.abs(one.error) <= past.quantile(levelFor(independent))) held += 1;
  }
  if (judged === 0) return undefined;
  const share = held / judged;
  const apart = independentOf(judgedOnes);
  return {
    ratio: ratio(share),
    windows: judged,
    independent: apart,
    standardError: ratio(Math.sqrt(Math.max(share * (1 - share), 1 / (4 * apart)) / apart)),
  };
};

/** Counts of values by rank (Fenwick, Software: Practice and Experience 24:3, 1994). */
const countsByRank = (order: Float64Array) => {
  const tree = new Int32Array(order.length + 1);
  let total = 0;
  const rankOf = (value: number): number => {
    let [low, high] = [0, order.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((order[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** Value of the so-manieth added, from 0. */
  const nth = (at: number): number => {
    let [position, rest] = [0, at + 1];
    for (let step = 1 << Math.floor(Math.log2(order.length)); step > 0; step >>= 1) {
      const next = position + step;
      if (next < tree.length && (tree[next] ?? 0) < rest) {
        position = next;
        rest -= tree[next] ?? 0;
      }
    }
    return order[position] ?? Number.NaN;
  };
  return {
    add: (value: number): void => {
      total += 1;
      for (let i = rankOf(value) + 1; i < tree.length; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
    },
    quantile: (level: number): number => {
      const at = level * (total - 1);
      const below = Math.floor(at);
      const low = nth(below);
      return low + (nth(Math.min(below + 1, total - 1)) - low) * (at - below);
    },
  };
};
