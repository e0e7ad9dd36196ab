import type { EnergyInterval, IntervalMethod } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { autocorrelation, columnSums, cvRmse, effectivePoints, quadraticForm } from './fit-statistics.ts';
import { type Design, type Fit, predict } from './least-squares.ts';
import { defaultLag, hacTotalVariance, longRunVariance } from './newey-west.ts';
import { tQuantile } from './student-t.ts';

/**
 * Closed forms of the uncertainty of a predicted total. All of them take the errors to be sampling noise; where the work
 * behind the same drivers changes, they are too narrow. They stand beside other intervals, and prove nothing.
 */
export interface ModelInput {
  readonly design: Design;
  readonly fit: Fit;
  /** The rows over which the total is predicted. */
  readonly future: Design;
  /** Two-sided; 0.9 where it is not given. */
  readonly level?: number;
  /** Lag of Newey and West, in rows; `defaultLag(n)` where it is not given. */
  readonly lag?: number;
  /** Factor of Guideline 14 for the length of an interval; 1.26, that of hours, where it is not given. */
  readonly scale?: number;
}

/** Half width in the units of y (J), by method; NaN where the rows are too few for the method (n' not above p). */
export type HalfWidths = Readonly<
  Record<'exact-independent' | 'guideline-14' | 'guideline-14-scaled' | 'ar1' | 'newey-west', number>
>;

/** Hourly factor of the Guideline 14 form, derived on building loads (Reddy and Claridge; as in OpenDSM). */
const HOURLY_SCALE = 1.26;

/**
 * Factor of the Guideline 14 form; for daily and monthly models over a number of months (Sun and Baltazar, as OpenDSM
 * has it, with the months of the reporting period). Derived on building loads.
 */
export const guidelineScale = (interval: 'hourly' | 'daily' | 'monthly', months: number): number => {
  if (interval === 'hourly') return HOURLY_SCALE;
  return interval === 'daily'
    ? -0.00024 * months ** 2 + 0.03535 * months + 1.00286
    : -0.00022 * months ** 2 + 0.03306 * months + 0.94054;
};

/** Variance of the sum of m errors of an AR(1) process of variance 1: m + 2 sum over k of (m - k) rho^k. */
export const ar1SumVariance = (m: number, rho: number): number => {
  let sum = m;
  let power = 1;
  for (let k = 1; k < m && power > 1e-18; k += 1) {
    power *= rho;
    sum += 2 * (m - k) * power;
  }
  return sum;
};

/** All closed forms: exact for independent errors (Koran et al.), Guideline 14 with n - p as in OpenDSM, AR(1), Newey-West. */
export const modelHalfWidths = (input: ModelInput): HalfWidths => {
  const { design, fit, future, level = 0.9, scale = HOURLY_SCALE } = input;
  const { n, p, s } = fit;
  const m = future.columns[0]?.length ?? 0;
  const t = (degrees: number): number => tQuantile((1 + level) / 2, degrees);
  const d = columnSums(future);
  const total = predict(fit, future.columns).reduce((sum, value) => sum + value, 0);
  const rho = autocorrelation(fit.residuals);
  const points = effectivePoints(n, rho);
  const lag = input.lag ?? defaultLag(n);
  const ofCoefficients = Math.max(0, hacTotalVariance(design, fit, d, lag));
  const longRun = Math.max(0, longRunVariance(fit.residuals, lag));
  const guideline =
    t(n - p) * Math.abs(total / m) * cvRmse(fit) * Math.sqrt((n / points) * (1 + 2 / points) * m);
  return {
    'exact-independent': t(n - p) * s * Math.sqrt(m + quadraticForm(fit.inverse, d)),
    'guideline-14': guideline,
    'guideline-14-scaled': scale * guideline,
    ar1: t(points - p) * Math.sqrt(s * s * ar1SumVariance(m, rho) + ofCoefficients),
    'newey-west': t(n - p) * Math.sqrt(m * longRun + ofCoefficients),
  };
};

/** An interval of that half width about an estimate, J. */
export const intervalAbout = (
  method: IntervalMethod,
  level: number,
  estimate: number,
  halfWidth: number,
): EnergyInterval => ({
  method,
  level: ratio(level),
  low: joules(estimate - halfWidth),
  high: joules(estimate + halfWidth),
});

/**
 * The closed forms as intervals of the avoided energy, predicted total minus `actual` (J over the same rows). A method
 * for which the rows are too few is not in the list.
 */
export const modelIntervals = (
  input: ModelInput & { readonly actual: number },
): readonly EnergyInterval[] => {
  const { fit, future, actual, level = 0.9 } = input;
  const avoided = predict(fit, future.columns).reduce((sum, value) => sum + value, 0) - actual;
  const widths = modelHalfWidths(input);
  const methods = ['exact-independent', 'guideline-14', 'guideline-14-scaled', 'ar1', 'newey-west'] as const;
  return methods
    .filter((method) => Number.isFinite(widths[method]))
    .map((method) => intervalAbout(method, level, avoided, widths[method]));
};
