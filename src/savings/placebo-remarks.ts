import { counted } from '../model/counted.ts';
import type { Grade, Remark } from '../model/estimate.ts';
import { type ClaimPlacebo, daysForPlacebo } from './claim-placebo.ts';
import { percent } from './percent.ts';
import { type Horizon, LEAST_USABLE, LEAST_WINDOWS } from './placebo.ts';

/** Measured coverage below which an interval of nominally 90 % is no evidence of grade C, and below which it is flagged. */
const COVERAGE_REFUSED = 0.8;
const COVERAGE_FLAGGED = 0.85;

const SWITCHBACK = 'run the measure as a switchback, which needs no long history';

/** Grade C where the interval was calibrated, and its coverage measured, on enough windows; else D. */
export const gradeOf = (placebo: ClaimPlacebo | undefined): Grade =>
  placebo !== undefined &&
  placebo.calibration.independent >= LEAST_WINDOWS &&
  (placebo.coverage?.ratio ?? 0) >= COVERAGE_REFUSED
    ? 'C'
    : 'D';

export const reportingRefusals = (usable: number, length: number): readonly Remark[] =>
  length > 0 && usable >= LEAST_USABLE * length
    ? []
    : [
        {
          flag: usable === 0 ? 'nothing_after' : 'thin_reporting',
          text: `Only ${usable} of the ${length} intervals since the start have energy and work that are known (${percent(LEAST_USABLE)} are needed).`,
          remedy: 'Find out why readings are missing; silence is never a saving.',
        },
      ];

interface Told {
  readonly placebo: ClaimPlacebo | undefined;
  /** Half width of the placebo, and of the printed interval, as shares of the expected energy. */
  readonly relative: number;
  readonly halfWidth: number;
  /** J. */
  readonly avoided: number;
  readonly expected: number;
  readonly horizon: Horizon;
}

/** What a reader must know of the interval: how it was calibrated, and whether it holds as often as it says. */
export const placeboRemarks = ({
  placebo,
  relative,
  halfWidth,
  avoided,
  expected,
  horizon,
}: Told): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  const windows = placebo?.calibration.independent ?? 0;
  if (windows < LEAST_WINDOWS)
    flags.push({
      flag: 'model_only',
      text: `The history holds ${windows} placebo windows that do not overlap, and ${LEAST_WINDOWS} are needed: how often such an interval holds is not known here, and model intervals are too narrow where the mix of work changes.`,
      remedy: `Keep ${daysForPlacebo(horizon)} days of history before the start, name untouched hosts as control, report on a shorter window, or ${SWITCHBACK}.`,
    });
  const coverage = placebo?.coverage;
  if (coverage !== undefined && coverage.ratio < COVERAGE_FLAGGED)
    flags.push({
      flag: coverage.ratio < COVERAGE_REFUSED ? 'coverage_low' : 'undercovered',
      text: `Of ${coverage.windows} placebo windows (${coverage.independent} that do not overlap) the 90 % interval held ${percent(coverage.ratio)}, give or take ${percent(coverage.standardError)}.`,
      remedy: `Take the interval for one of ${percent(coverage.ratio)}, or ${SWITCHBACK}.`,
    });
  if (placebo !== undefined && Math.abs(placebo.calibration.bias) > relative / 2)
    refusals.push({
      flag: 'placebo_bias',
      text: `Where nothing was changed the model found ${percent(Math.abs(placebo.calibration.bias))} ${placebo.calibration.bias > 0 ? 'saved' : 'wasted'} in the middle of ${counted(placebo.calibration.windows, 'window')}; that is more than half of its uncertainty (${percent(relative)}).`,
      remedy: `The hosts drift one way: compare with untouched hosts, or ${SWITCHBACK}.`,
    });
  if (halfWidth > 1)
    refusals.push({
      flag: 'interval_too_wide',
      text: `The interval is ${percent(halfWidth)} of the expected energy to each side: nothing can be told.`,
      remedy: `Choose a baseline with work as it is now, or ${SWITCHBACK}.`,
    });
  if (avoided > expected)
    refusals.push({
      flag: 'more_than_all',
      text: 'More would be saved than was expected to be used.',
      remedy: 'Check the meter: energy below 0 is an error of it.',
    });
  return { flags, refusals };
};
