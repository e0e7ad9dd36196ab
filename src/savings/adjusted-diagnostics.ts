import type { Baseline } from './baseline.ts';
import type { ClaimPlacebo } from './claim-placebo.ts';
import { coefficientName } from './model-terms.ts';

/** Figures of a fit for auditors, by a name that carries the unit. */
export const baselineDiagnostics = (baseline: Baseline): Readonly<Record<string, number>> => ({
  ...Object.fromEntries(
    baseline.terms.map((term, at) => [coefficientName(term), baseline.fit.coefficients[at] ?? Number.NaN]),
  ),
  baseline_cv_ratio: baseline.cv,
  baseline_r2_ratio: baseline.fit.r2,
  baseline_intervals: baseline.fit.n,
  holdout_cv_ratio: baseline.holdOutCv,
  holdout_nmbe_ratio: baseline.holdOutBias,
  residual_autocorrelation_ratio: baseline.autocorrelation,
  residual_durbin_watson_ratio: baseline.durbinWatson,
  effective_points: baseline.effectivePoints,
  variance_inflation_ratio: baseline.varianceInflation,
});

/** Figures of the placebo windows; none where there are none. @param relative half width over expected energy. */
export const placeboDiagnostics = (
  placebo: ClaimPlacebo | undefined,
  relative: number,
  difficulty: number,
): Readonly<Record<string, number>> => {
  if (placebo === undefined) return { placebo_windows: 0, placebo_independent_windows: 0 };
  const { calibration, coverage, isPooled } = placebo;
  return {
    placebo_windows: calibration.windows,
    placebo_independent_windows: calibration.independent,
    placebo_pooled: isPooled ? 1 : 0,
    placebo_halfwidth_ratio: relative,
    placebo_unscaled_halfwidth_ratio: calibration.plain,
    placebo_bias_ratio: calibration.bias,
    placebo_median_error_ratio: calibration.medianError,
    placebo_difficulty_ratio: difficulty,
    ...(coverage === undefined
      ? {}
      : {
          placebo_coverage_ratio: coverage.ratio,
          placebo_coverage_standard_error_ratio: coverage.standardError,
        }),
  };
};
