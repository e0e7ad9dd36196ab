import type { Labels, MetricName, Point } from './metrics.ts';
import type { Side, Verdict } from './model/comparison.ts';
import type { Grade } from './model/estimate.ts';
import {
  type FrozenBaseline,
  inForceFrom,
  type KeptReport,
  type MeasureStanding,
  remarksOf,
  type SavingsCounters,
} from './savings/standing.ts';

const GRADES: readonly Grade[] = ['A', 'B', 'C', 'D', 'E'];
const VERDICTS: readonly Verdict[] = ['verified', 'indicative', 'not_verified', 'increase', 'refused'];

/** Points of one measure; a figure that there is not has none. */
const makerFor = (measure: string) => {
  const of = (metric: MetricName, value: number | undefined, labels: Labels = {}): readonly Point[] =>
    // What was kept in JSON has null where it was no number.
    typeof value === 'number' && Number.isFinite(value)
      ? [{ metric, labels: { measure, ...labels }, value }]
      : [];
  return of;
};
type Maker = ReturnType<typeof makerFor>;

/**
 * Everything that is exported of a measure. Absent is not zero: a refused measure has no avoided energy, one without
 * placebo windows no coverage, one without work no baseline. Counters come from `counters` alone and only grow.
 */
export const savingsPoints = (standing: MeasureStanding): readonly Point[] => {
  const { plan, registration, counters, baseline, report, evaluatedAt, problem } = standing;
  const of = makerFor(plan.name);
  return [
    ...of('negawatt_savings_info', 1, {
      ...{ kind: plan.kind, boundary: plan.boundary, option: plan.option },
      plan_sha256: registration.hashNow,
      frozen_sha256: registration.hashAtStart ?? '',
    }),
    ...plan.hosts.flatMap((member) => of('negawatt_savings_scope_info', 1, { member })),
    ...of('negawatt_savings_start_timestamp_seconds', inForceFrom(plan)),
    ...of('negawatt_savings_last_evaluation_timestamp_seconds', evaluatedAt),
    ...of('negawatt_savings_last_evaluation_successful', problem === undefined ? 1 : 0),
    ...(counters === undefined ? [] : counterPoints(of, counters)),
    ...(baseline === undefined ? [] : baselinePoints(of, baseline)),
    ...(report === undefined ? [] : reportPoints(of, report)),
    ...[...new Set(remarksOf(standing).map(({ flag }) => flag))].flatMap((flag) =>
      of('negawatt_savings_flag', 1, { flag }),
    ),
  ];
};

const counterPoints = (of: Maker, counters: SavingsCounters): readonly Point[] => [
  ...of('negawatt_savings_counted_until_timestamp_seconds', counters.until),
  ...of('negawatt_savings_energy_joules_total', counters.energy),
  ...of('negawatt_savings_baseline_energy_joules_total', counters.baseline),
  ...of('negawatt_savings_residual_energy_joules_total', counters.residual),
  ...counters.work.flatMap(({ unit, amount }) => of('negawatt_savings_work_total', amount, { unit })),
  ...of('negawatt_savings_demanded_host_seconds_total', counters.demanded),
  ...of('negawatt_savings_powered_host_seconds_total', counters.powered),
  ...Object.entries(counters.hosts).flatMap(([state, count]) =>
    of('negawatt_savings_hosts', count, { state }),
  ),
  ...of(
    'negawatt_savings_missing_ratio',
    counters.hostTime > 0 ? Math.max(0, 1 - counters.demanded / counters.hostTime) : undefined,
  ),
];

const baselinePoints = (of: Maker, baseline: FrozenBaseline): readonly Point[] => {
  const { terms, covariance, longRunVariance, statistics } = baseline;
  if (terms.length === 0) return [];
  return [
    ...terms.flatMap(({ name, joules }) => of('negawatt_savings_coefficient_joules', joules, { term: name })),
    ...terms.flatMap(({ name: row }, i) =>
      terms.flatMap(({ name: column }, j) =>
        of('negawatt_savings_covariance_square_joules', covariance[i * terms.length + j], { row, column }),
      ),
    ),
    ...of('negawatt_savings_longrun_variance_square_joules', longRunVariance),
    ...of('negawatt_savings_baseline_cv_ratio', statistics.baseline_cv_ratio),
    ...of('negawatt_savings_baseline_r2_ratio', statistics.baseline_r2_ratio),
    ...of('negawatt_savings_holdout_nmbe_ratio', statistics.holdout_nmbe_ratio),
    ...of('negawatt_savings_residual_autocorrelation_ratio', statistics.residual_autocorrelation_ratio),
    ...of('negawatt_savings_effective_points', statistics.effective_points),
  ];
};

const reportPoints = (of: Maker, report: KeptReport): readonly Point[] => {
  const { outcome, asOf, before, after, guards = [] } = report;
  const { verdict, grade, avoided, interval, emissions, coverage, detectable, growthOffset } = outcome;
  const diagnostics = outcome.estimate?.diagnostics ?? {};
  const effect = (name: string, grams: number | undefined) =>
    of('negawatt_savings_avoided_emissions_grams', grams, {
      ...{ method: 'location', signal: 'average', effect: name },
    });
  return [
    ...of('negawatt_savings_reporting_end_timestamp_seconds', asOf),
    ...of('negawatt_savings_avoided_energy_joules', avoided),
    ...of('negawatt_savings_avoided_energy_low_joules', interval?.low),
    ...of('negawatt_savings_avoided_energy_high_joules', interval?.high),
    ...effect('energy', emissions?.energyEffect),
    ...effect('grid', emissions?.gridEffect),
    ...effect('shift', emissions?.shiftEffect),
    ...of('negawatt_savings_extrapolated_ratio', diagnostics.extrapolated_ratio),
    ...of('negawatt_savings_placebo_coverage_ratio', coverage?.ratio),
    ...of('negawatt_savings_placebo_halfwidth_ratio', diagnostics.placebo_halfwidth_ratio),
    ...of(
      'negawatt_savings_placebo_windows',
      diagnostics.placebo_independent_windows ?? coverage?.independent,
    ),
    ...of('negawatt_savings_detectable_ratio', detectable),
    ...(verdict === 'refused' ? [] : changePoints(of, before, after)),
    ...of('negawatt_savings_growth_offset_ratio', growthOffset),
    ...guards.flatMap(({ name, degradation }) =>
      of('negawatt_savings_guard_degradation_ratio', degradation, { guard: name }),
    ),
    ...GRADES.flatMap((one) => of('negawatt_savings_grade', one === grade ? 1 : 0, { grade: one })),
    ...VERDICTS.flatMap((one) => of('negawatt_savings_verdict', one === verdict ? 1 : 0, { verdict: one })),
  ];
};

/** Work and energy an hour of known host time, and their quotient, after over before. */
const changePoints = (of: Maker, before: Side, after: Side): readonly Point[] =>
  after.work.flatMap(({ unit, amount }) => {
    const was = before.work.find((one) => one.unit === unit)?.amount;
    if (was === undefined || was <= 0 || amount <= 0) return [];
    const length = (side: Side): number => side.window.to - side.window.from;
    const work = amount / length(after) / (was / length(before));
    const intensity = after.energy / amount / (before.energy / was);
    return [
      ...of('negawatt_savings_work_change_ratio', work - 1, { unit }),
      ...of('negawatt_savings_intensity_change_ratio', intensity - 1, { unit }),
    ];
  });
