import type { MeasuredCoverage } from '../model/estimate.ts';
import { ratio } from '../units.ts';
import { energiesOf, type HostHalves } from './host-model.ts';
import { clusterInterval, groupRatio } from './host-ratio.ts';
import { quantile } from './quantiles.ts';
import { slice } from './series.ts';

const DAY = 86_400;
/** Pretended starts at most: more of them overlap all the more and tell nothing new, but take time. Our choice. */
const MOST_STARTS = 60;

/** What the comparison finds at starts that were none. */
export interface PseudoStarts {
  readonly windows: number;
  /** How many of them do not overlap. */
  readonly independent: number;
  /** Savings that were found, as a share; the truth is 0. */
  readonly errors: readonly number[];
  readonly median: number;
  readonly coverage: MeasuredCoverage;
}

/**
 * Pretends that the measure began at days within the baseline: fits each host on the half baseline before, compares
 * the stretch after it, as long as the reporting window where a quarter of the baseline has room for it. Undefined
 * where there is not.
 */
export const pseudoStarts = (
  treated: readonly HostHalves[],
  control: readonly HostHalves[],
  level: number,
): PseudoStarts | undefined => {
  const sample = treated[0];
  if (sample === undefined) return undefined;
  const { before, after } = sample;
  const perDay = Math.max(1, Math.round(DAY / before.step));
  const fitted = Math.floor(before.length / 2);
  const tried = Math.min(after.length, Math.floor(before.length / 4));
  const origins = Math.floor((before.length - fitted - tried) / perDay) + 1;
  if (tried < perDay) return undefined;
  const stride = Math.ceil(origins / MOST_STARTS) * perDay;
  const errors: number[] = [];
  let held = 0;
  for (let from = 0; from + fitted + tried <= before.length; from += stride) {
    const pretended = (hosts: readonly HostHalves[]): readonly HostHalves[] =>
      hosts.map(({ host, before: whole }) => ({
        host,
        before: slice(whole, from, from + fitted),
        after: slice(whole, from + fitted, from + fitted + tried),
      }));
    const [t, c] = [energiesOf(pretended(treated)).known, energiesOf(pretended(control)).known];
    if (t.length < 2 || c.length < 2) continue;
    const { estimate, low, high } = clusterInterval(groupRatio(t), groupRatio(c), level);
    errors.push(-Math.expm1(estimate));
    if (low <= 0 && high >= 0) held += 1;
  }
  if (errors.length === 0) return undefined;
  const share = held / errors.length;
  const independent = Math.floor((before.length - fitted) / tried);
  return {
    windows: errors.length,
    independent,
    errors,
    median: quantile(errors, 0.5),
    coverage: {
      ratio: ratio(share),
      windows: errors.length,
      independent,
      standardError: ratio(Math.sqrt((share * (1 - share)) / Math.min(independent, errors.length))),
    },
  };
};
