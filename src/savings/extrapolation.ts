import type { Remark } from '../model/estimate.ts';
import { usableRows } from './baseline.ts';
import { quantile } from './quantiles.ts';
import type { ScopeSeries } from './series.ts';

/** Limits of the reference of the method, section 8. */
const [FLAGGED, REFUSED, BEYOND] = [0.05, 0.25, 0.5] as const;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export interface Extrapolation {
  /** Share of reporting hours outside of the 1st to 99th percentile of the baseline's work. */
  readonly outsideUsual: number;
  /** Share outside of its smallest and largest. */
  readonly outsideAll: number;
  readonly flags: readonly Remark[];
  readonly refusals: readonly Remark[];
}

/** Whether the model is asked about work that the baseline never saw. The worst kind of work decides. */
export const extrapolation = (
  before: ScopeSeries,
  after: ScopeSeries,
  units: readonly string[],
): Extrapolation => {
  const [rowsBefore, rowsAfter] = [usableRows(before), usableRows(after)];
  let worst = { unit: '', usual: 0, all: 0, beyond: 0 };
  for (const [term, unit] of units.entries()) {
    const pick = (series: ScopeSeries, rows: Int32Array) =>
      Float64Array.from(rows, (i) => series.work[term]?.[i] ?? Number.NaN);
    const [seen, asked] = [pick(before, rowsBefore), pick(after, rowsAfter)];
    const [low, high] = [quantile(seen, 0.01), quantile(seen, 0.99)];
    const [least, most] = [quantile(seen, 0), quantile(seen, 1)];
    const share = (isOut: (value: number) => boolean) =>
      asked.length === 0 ? 0 : asked.filter(isOut).length / asked.length;
    const one = {
      unit,
      usual: share((value) => value < low || value > high),
      all: share((value) => value < least || value > most),
      beyond: most > least ? (quantile(asked, 1) - most) / (most - least) : 0,
    };
    if (one.usual > worst.usual || one.all > worst.all || one.beyond > worst.beyond) worst = one;
  }
  const refusals: Remark[] =
    worst.all > REFUSED || worst.beyond > BEYOND
      ? [
          {
            flag: 'extrapolating_too_far',
            text: `In ${percent(worst.all)} of reporting hours there was more or less work (${worst.unit}) than in any hour of the baseline, up to ${percent(Math.max(worst.beyond, 0))} of its range beyond: what it would have taken is not known.`,
            remedy: 'Use an on/off test or untouched hosts, which need no such guess.',
          },
        ]
      : [];
  const flags: Remark[] =
    worst.usual > FLAGGED
      ? [
          {
            flag: 'extrapolating',
            text: `In ${percent(worst.usual)} of reporting hours there was more or less work (${worst.unit}) than the baseline usually had; in ${percent(worst.all)} than it ever had.`,
            remedy: '',
          },
        ]
      : [];
  return { outsideUsual: worst.usual, outsideAll: worst.all, flags, refusals };
};
