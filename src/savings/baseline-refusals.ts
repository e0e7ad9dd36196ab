import type { Remark } from '../model/estimate.ts';
import type { Fit } from './least-squares.ts';
import type { Term } from './model-terms.ts';
import { percent } from './percent.ts';

/** Largest scatter of the hold-out, hourly as in ASHRAE Guideline 14 (2014), 25 % for days. */
const CV_HOURLY = 0.3;
const CV_DAILY = 0.25;
/** Largest bias of the hold-out: the 5 % of Guideline 14 for monthly data, half of what it allows for hours. */
const BIAS = 0.05;
/** Independent points for each coefficient (a rule of thumb of regression, Harrell, 2015, 4.4: 10 to 20). */
const POINTS_A_TERM = 10;
/** Two weeks: each day of the week twice. */
const LEAST_DAYS = 14;
/** Share of intervals that must be known. */
const LEAST_USABLE = 0.9;
const DAY = 86_400;

/** What the fit of a baseline is judged by. */
export interface Judged {
  readonly terms: readonly Term[];
  readonly fit: Fit;
  readonly physical: boolean;
  readonly holdOutCv: number;
  readonly holdOutBias: number;
  readonly effectivePoints: number;
  readonly usable: number;
  /** Length of the baseline, and of an interval in seconds. */
  readonly days: number;
  readonly step: number;
}

/** Reasons for which no saving may be claimed from a fit. */
export const baselineRefusals = (judged: Judged): readonly Remark[] => {
  const remarks: Remark[] = [];
  const refuse = (flag: string, text: string, remedy: string): void => {
    remarks.push({ flag, text, remedy });
  };
  const { holdOutCv, holdOutBias, effectivePoints, usable, days, fit, step } = judged;
  if (days < LEAST_DAYS)
    refuse(
      'short_baseline',
      `The baseline is ${days.toFixed(1)} days long; it takes ${LEAST_DAYS} to have seen each day of the week twice.`,
      `Begin the baseline earlier: ${LEAST_DAYS} days at least, 28 are better.`,
    );
  if (usable < LEAST_USABLE)
    refuse(
      'thin_baseline',
      `Only ${percent(usable)} of the baseline's intervals have energy and work that are known (${percent(LEAST_USABLE)} are needed).`,
      'Choose a baseline without outages, or find out why readings are missing.',
    );
  if (!judged.physical)
    refuse(
      'unphysical',
      `The fit is of no host: ${coefficientsText(judged)}. Idle power must not be below 0, and more work must take more energy.`,
      'Check that the work is that of these hosts, in the same hours; name the unit that the energy goes with.',
    );
  const limit = step >= DAY ? CV_DAILY : CV_HOURLY;
  // A hold-out that could not be fitted is not a good one.
  if (!(holdOutCv <= limit))
    refuse(
      'loose_model',
      `From the first three quarters of the baseline its last quarter is predicted with a scatter of ${percent(holdOutCv)} (at most ${percent(limit)} are believed).`,
      'Name the work that the energy goes with, or run the measure as a switchback.',
    );
  if (!(Math.abs(holdOutBias) <= BIAS))
    refuse(
      'biased_model',
      `The last quarter of the baseline took ${percent(Math.abs(holdOutBias))} ${holdOutBias > 0 ? 'more' : 'less'} energy than the rest of it predicts (at most ${percent(BIAS)} are believed): the hosts changed before the measure.`,
      'Find out what changed, and begin the baseline after it; or run the measure as a switchback.',
    );
  if (effectivePoints < POINTS_A_TERM * fit.p)
    refuse(
      'few_points',
      `The ${fit.n} intervals are worth ${effectivePoints.toFixed(0)} independent ones, as each resembles the one before; ${fit.p} coefficients need ${POINTS_A_TERM * fit.p}.`,
      'Choose a longer baseline.',
    );
  return remarks;
};

const coefficientsText = ({ terms, fit }: Judged): string =>
  terms
    .map((term, at) => {
      const value = fit.coefficients[at] ?? Number.NaN;
      if (term.kind === 'host') return `${value.toPrecision(3)} W for an idle host`;
      if (term.kind === 'above') return `${value.toPrecision(3)} W for each step of ${term.driver}`;
      return term.kind === 'work'
        ? `${value.toPrecision(3)} J for each ${term.unit}`
        : `${value.toPrecision(3)} J more for each ${term.unit} up to ${(term.rate * 3600).toPrecision(2)} an hour and host`;
    })
    .join(', ');
