import type { Metric } from './model/metric.ts';

const MEASURE = ['measure'] as const;
/** Sums since the start: kept beside the plan, so that they go on after a restart. */
const sum = (unit: string, help: string, ...more: string[]) =>
  ({
    kind: 'counter',
    unit,
    labels: [...MEASURE, ...more],
    persisted: true,
    optIn: 'measures',
    help,
  }) as const;
const gauge = (unit: string, help: string, ...more: string[]) =>
  ({ kind: 'gauge', unit, labels: [...MEASURE, ...more], optIn: 'measures', help }) as const;
const info = (help: string, ...more: string[]) =>
  ({ kind: 'info', unit: '1', labels: [...MEASURE, ...more], optIn: 'measures', help }) as const;

/** The part of the catalogue that is of measures. Each measure has one exporter: the agent or the service that evaluates it. */
export const SAVINGS_METRICS = {
  negawatt_savings_info: info(
    'Energy-saving measure with hashes of its plan: as it is now, and as it was frozen at the start; two that differ are an edit.',
    ...['kind', 'boundary', 'option', 'plan_sha256', 'frozen_sha256'],
  ),
  negawatt_savings_scope_info: info('Host within the scope of a measure, as it was frozen.', 'member'),
  negawatt_savings_start_timestamp_seconds: gauge(
    's',
    'First instant with the measure in force, seconds since 1970 UTC.',
  ),
  negawatt_savings_last_evaluation_timestamp_seconds: gauge(
    's',
    'When the measure was last evaluated with success, seconds since 1970 UTC.',
  ),
  negawatt_savings_last_evaluation_successful: gauge(
    '1',
    '0 while the measure could not be evaluated and its figures are those of an earlier time, else 1.',
  ),
  negawatt_savings_reporting_end_timestamp_seconds: gauge(
    's',
    'End of the window that grade, verdict and avoided energy are of: the last report date, or full interval before the first.',
  ),
  negawatt_savings_counted_until_timestamp_seconds: gauge(
    's',
    'End of the last full interval that is in the counters of the measure, seconds since 1970 UTC.',
  ),
  negawatt_savings_energy_joules_total: sum(
    'J',
    'Energy of the hosts of a measure since its start, with that of hosts that are off, over intervals that are known.',
  ),
  negawatt_savings_baseline_energy_joules_total: sum(
    'J',
    'Energy that these hosts would have used without the measure, by its frozen baseline, 0 or more an interval; exact at full ones.',
  ),
  negawatt_savings_residual_energy_joules_total: sum(
    'J',
    'Energy of hosts of a measure while they were off, metered or stipulated; contained in negawatt_savings_energy_joules_total.',
  ),
  negawatt_savings_work_total: sum(
    '1',
    'Useful work of the hosts of a measure since its start, in units.',
    'unit',
  ),
  negawatt_savings_demanded_host_seconds_total: sum(
    's',
    'Host time that would have been kept powered without the measure, of hosts that are known.',
  ),
  negawatt_savings_powered_host_seconds_total: sum(
    's',
    'Host time that was powered on, of the hosts of a measure that are known.',
  ),
  negawatt_savings_hosts: gauge(
    '1',
    'Hosts of a measure by state in the last full interval: on, off (told, never by silence) or unknown.',
    'state',
  ),
  negawatt_savings_missing_ratio: gauge(
    '1',
    'Share of the host time since the start of a measure that is not known and in none of its sums.',
  ),
  negawatt_savings_extrapolated_ratio: gauge(
    '1',
    'Share of the reporting window with more or less work than in all but the rarest hours of the baseline.',
  ),
  negawatt_savings_avoided_energy_joules: gauge(
    'J',
    'Energy that a measure avoided in its reporting window; below 0 it used more.',
  ),
  negawatt_savings_avoided_energy_low_joules: gauge(
    'J',
    'Lower end of the 90 % interval of the avoided energy.',
  ),
  negawatt_savings_avoided_energy_high_joules: gauge(
    'J',
    'Upper end of the 90 % interval of the avoided energy.',
  ),
  negawatt_savings_avoided_emissions_grams: gauge(
    'g',
    'CO2e that a measure avoided (energy), that the grid did by itself (grid), of moved load (shift); effects are never summed.',
    ...['method', 'signal', 'effect'],
  ),
  negawatt_savings_coefficient_joules: gauge(
    'J',
    'Frozen baseline: energy for one of a term, such as a host second (then it is the idle power in W) or a unit of work.',
    'term',
  ),
  negawatt_savings_covariance_square_joules: gauge(
    'J2',
    'Frozen baseline: covariance of two coefficients that holds where residuals move together (Newey-West), each for one of its term.',
    ...['row', 'column'],
  ),
  negawatt_savings_longrun_variance_square_joules: gauge(
    'J2',
    'Frozen baseline: long-run variance of the residuals of an interval (Newey-West).',
  ),
  negawatt_savings_baseline_cv_ratio: gauge(
    '1',
    'Frozen baseline: scatter of the residuals over the mean energy of an interval, CV(RMSE).',
  ),
  negawatt_savings_baseline_r2_ratio: gauge('1', 'Frozen baseline: adjusted coefficient of determination.'),
  negawatt_savings_holdout_nmbe_ratio: gauge(
    '1',
    'Frozen baseline: bias of its last quarter as predicted from the rest; above 0 it used more than predicted.',
  ),
  negawatt_savings_residual_autocorrelation_ratio: gauge(
    '1',
    'Frozen baseline: correlation of residuals of neighbouring intervals.',
  ),
  negawatt_savings_effective_points: gauge(
    '1',
    'Frozen baseline: independent points that its intervals are worth.',
  ),
  negawatt_savings_placebo_coverage_ratio: gauge(
    '1',
    'Share of windows in which nothing was changed whose interval was right; 0.9 is meant.',
  ),
  negawatt_savings_placebo_halfwidth_ratio: gauge(
    '1',
    'Half-width of the interval by such windows over the expected energy, for the reporting window alone.',
  ),
  negawatt_savings_placebo_windows: gauge(
    '1',
    'Windows without overlap in which nothing was changed; ten are needed for grade C.',
  ),
  negawatt_savings_detectable_ratio: gauge(
    '1',
    'Smallest saving over the expected energy that this measure could have shown.',
  ),
  negawatt_savings_work_change_ratio: gauge(
    '1',
    'Change of the work an hour from the baseline to the reporting window: 0.1 is 10 % more.',
    'unit',
  ),
  negawatt_savings_intensity_change_ratio: gauge(
    '1',
    'Change of the energy for a unit of work from the baseline to the reporting window; no saving by itself.',
    'unit',
  ),
  negawatt_savings_growth_offset_ratio: gauge(
    '1',
    'Part of the avoided energy that growth of the work took up again; above 1 the total rose all the same. Absent where 0 may have been avoided.',
  ),
  negawatt_savings_guard_degradation_ratio: gauge(
    '1',
    'How much worse a guard of the service is with the measure than without: 0.05 is 5 %.',
    'guard',
  ),
  negawatt_savings_grade: gauge(
    '1',
    'Evidence for a measure: 1 for its grade, A to E, 0 for the others.',
    'grade',
  ),
  negawatt_savings_verdict: gauge(
    '1',
    'Verdict on a measure: 1 for one of verified, indicative, not_verified, increase and refused, 0 for the others.',
    'verdict',
  ),
  negawatt_savings_flag: gauge(
    '1',
    'Something to know of a measure before its figures are believed: 1 while it is so, absent else.',
    'flag',
  ),
} as const satisfies Record<string, Metric>;
