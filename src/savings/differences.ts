import { counted } from '../model/counted.ts';
import type { DesignOutcome, EnergyInterval, IntervalMethod, NoEstimate, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { carriedOn, flagsOf, HOSTS_A_SIDE, refusalsOf } from './differences-remarks.ts';
import { energiesOf, type HostHalves, sortedByHost } from './host-model.ts';
import { bootstrapInterval, clusterInterval, groupRatio, wildInterval } from './host-ratio.ts';
import { LEVEL, POWER_QUANTILE } from './levels.ts';
import { preTrend } from './pre-trend.ts';
import { pseudoStarts } from './pseudo-starts.ts';
import { seededRandom } from './random.ts';
import { workShift } from './work-shift.ts';

/** Draws of hosts (reference of the method, 5.2). */
const BOOTSTRAPS = 2000;

export interface DifferencesInput {
  /** Hosts with the measure, and untouched ones; the same windows for all. */
  readonly treated: readonly HostHalves[];
  readonly control: readonly HostHalves[];
  /** Seeds the bootstraps; recorded in the report. */
  readonly seed: string;
}

const none = (...refusals: readonly Remark[]): NoEstimate => ({
  design: 'difference-in-differences',
  refusals,
});

/**
 * Difference in differences: each host against its own frozen model, then the hosts with the measure against untouched
 * ones, `S = 1 - (1 - s_T) / (1 - s_C)`. `1 - s` is actual over expected energy of a side's hosts together, so that
 * large hosts count for what they use and expected less actual is avoided. What befalls all hosts alike cancels.
 *
 * The interval is Student's t over hosts with Welch's degrees; the two bootstraps stand beside it. Grade B.
 */
export const differences = (input: DifferencesInput): DesignOutcome => {
  const [treated, control] = [energiesOf(input.treated), energiesOf(input.control)];
  const sample = input.treated[0];
  if (sample === undefined || treated.known.length < 2 || control.known.length < 2)
    return none({
      flag: 'too_few_hosts',
      text: `${counted(treated.known.length, 'host')} with the measure and ${counted(control.known.length, 'untouched one')} have enough known hours; two of each are the least, ${HOSTS_A_SIDE} are needed for proof.`,
      remedy: 'Name more hosts that are never touched as control.',
    });
  const [t, c] = [groupRatio(treated.known), groupRatio(control.known)];
  const found = clusterInterval(t, c, LEVEL);
  const actual = treated.known.reduce((sum, host) => sum + host.actual, 0);
  const avoidedAt = (log: number): number => actual * Math.expm1(-log);
  const of = (method: IntervalMethod, { low, high }: { low: number; high: number }): EnergyInterval => ({
    method,
    level: ratio(LEVEL),
    low: joules(avoidedAt(high)),
    high: joules(avoidedAt(low)),
  });
  const random = (purpose: string) => seededRandom(`${input.seed} ${purpose}`);
  const interval = of('cluster-t', found);
  const intervals = [
    interval,
    of('wild-cluster', wildInterval(t, c, LEVEL, BOOTSTRAPS, random('wild'))),
    of('host-bootstrap', bootstrapInterval(treated.known, control.known, LEVEL, BOOTSTRAPS, random('hosts'))),
  ];
  const avoided = avoidedAt(found.estimate);
  const expected = actual + avoided;
  const share = avoided / expected;
  const half = (interval.high - interval.low) / 2 / expected;
  const compared = {
    share,
    ...{ low: interval.low / expected, high: interval.high / expected, drift: 1 - c.ratio },
  };
  const trend = preTrend(sortedByHost(input.treated), sortedByHost(input.control));
  const carried = trend === undefined ? Number.NaN : carriedOn(trend, sample);
  const starts = pseudoStarts(input.treated, input.control, LEVEL);
  const shift = workShift(input.treated, input.control);
  const expectedSeries = new Float64Array(sample.after.length).fill(Number.NaN);
  for (const host of treated.known)
    host.expectedSeries.forEach((due, at) => {
      if (!Number.isFinite(due)) return;
      const sum = expectedSeries[at] ?? Number.NaN;
      expectedSeries[at] = (Number.isFinite(sum) ? sum : 0) + due * c.ratio;
    });
  return {
    design: 'difference-in-differences',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals,
    interval,
    // With fewer windows that do not overlap a share of them says nothing of 90 % (reference of the method, 1).
    coverage: starts !== undefined && starts.independent >= 10 ? starts.coverage : undefined,
    pValue: undefined,
    detectable: ratio(half + POWER_QUANTILE * found.standardError),
    grade: Math.min(treated.known.length, control.known.length) >= HOSTS_A_SIDE ? 'B' : 'D',
    flags: [...flagsOf(compared, treated.known, control.known, [...treated.left, ...control.left]), ...shift],
    refusals: refusalsOf(compared, trend, carried, starts, half),
    diagnostics: {
      hosts_treated: treated.known.length,
      hosts_control: control.known.length,
      hosts_left_out: treated.left.length + control.left.length,
      treated_fall_ratio: 1 - t.ratio,
      control_fall_ratio: 1 - c.ratio,
      standard_error_ratio: found.standardError,
      ...(trend === undefined
        ? {}
        : {
            pre_trend_ratio_per_day: trend.slopePerDay,
            pre_trend_p: trend.pValue,
            pre_trend_carried_ratio: carried,
          }),
      ...(starts === undefined
        ? {}
        : {
            pseudo_starts: starts.windows,
            pseudo_starts_independent: starts.independent,
            pseudo_starts_coverage_ratio: starts.coverage.ratio,
            pseudo_starts_median_ratio: starts.median,
          }),
    },
    expectedSeries,
    placebo: starts?.errors ?? [],
  };
};
