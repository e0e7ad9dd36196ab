import type { EnergyInterval, IntervalMethod } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { autocorrelation, columnSums, cvRmse, effectivePoints, quadratic } from './fit-statistics.ts';
import { type Design, type Fit, predict } from './least-squares.ts';
import { LEVEL } from './levels.ts';
import { defaultLag, hacTotalVariance, longRunVariance } from './newey-west.ts';
import { tQuantile } from './student-t.ts';

/** Of ASHRAE Guideline 14-2014 for hourly and weather-like data (Reddy and Claridge; as CalTRACK 4.3.2.4 cites it). */
const GUIDELINE_14_SCALE = 1.26;

export interface ModelIntervalInput {
  readonly design: Design;
  readonly fit: Fit;
  /** Rows of the reporting window. */
  readonly future: Design;
  /** Energy that was used over them, J. */
  readonly actual: number;
  /** Lag of the robust interval; left out: `defaultLag`. */
  readonly lag?: number;
}

/**
 * Half-widths by method, J: what textbooks print; no `ar1` where the points that the rows are worth are not above the
 * terms. They cover the truth far too seldom where the load drifts.
 */
export const modelHalfWidths = ({
  design,
  fit,
  future,
  lag = defaultLag(fit.n),
}: Omit<ModelIntervalInput, 'actual'>): Readonly<Partial<Record<IntervalMethod, number>>> => {
  const { n, p, s, residuals, inverse } = fit;
  const m = future.columns[0]?.length ?? 0;
  const d = columnSums(future);
  const expected = predict(fit, future.columns).reduce((sum, value) => sum + value, 0);
  const t = tQuantile((1 + LEVEL) / 2, n - p);
  const rho = autocorrelation(residuals);
  const points = effectivePoints(n, rho);
  const guideline =
    t * (Math.abs(expected) / m) * cvRmse(fit) * Math.sqrt((n / points) * (1 + 2 / points) * m);
  const hac = hacTotalVariance(design, fit, d, lag);
  let correlated = m;
  let power = 1;
  for (let k = 1; k < m; k += 1) {
    power *= rho;
    if (power < 1e-18) break;
    correlated += 2 * (m - k) * power;
  }
  // So few points leave no freedom: no number of degrees would be right.
  const tOfPoints = tQuantile((1 + LEVEL) / 2, points - p);
  return {
    'exact-independent': t * s * Math.sqrt(m + quadratic(inverse, d)),
    'guideline-14': guideline,
    'guideline-14-scaled': GUIDELINE_14_SCALE * guideline,
    ...(points > p ? { ar1: tOfPoints * Math.sqrt(s * s * correlated + hac) } : {}),
    'newey-west': t * Math.sqrt(Math.max(m * longRunVariance(residuals, lag) + hac, 0)),
  };
};

/** The same as intervals of the avoided energy: expected minus used. */
export const modelIntervals = (input: ModelIntervalInput): readonly EnergyInterval[] => {
  const expected = predict(input.fit, input.future.columns).reduce((sum, value) => sum + value, 0);
  return Object.entries(modelHalfWidths(input)).map(([method, half]) =>
    intervalAround(method as IntervalMethod, expected - input.actual, half),
  );
};

export const intervalAround = (method: IntervalMethod, avoided: number, half: number): EnergyInterval => ({
  method,
  level: ratio(LEVEL),
  low: joules(avoided - half),
  high: joules(avoided + half),
});
