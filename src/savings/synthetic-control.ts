import type { DesignOutcome, EnergyInterval, NoEstimate, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { type HostHalves, sortedByHost } from './host-model.ts';
import { quantile } from './quantiles.ts';
import type { ScopeSeries } from './series.ts';
import { fitSynthetic, outsideShare, type PowerCourse } from './synthetic-fit.ts';

const LEVEL = 0.9;
/** Donors that the method needs (reference of the method, 5.3). */
export const LEAST_DONORS = 15;
/** Hosts of which less is known are left out (reference of the method, guard rails: coverage of 90 %). */
const LEAST_KNOWN = 0.9;
/** Shares of intervals outside the donors: those for work outside its baseline (reference of the method, guard rails). */
const FLAGGED_OUTSIDE = 0.05;
const REFUSED_OUTSIDE = 0.25;
/** Bias on the last quarter of the baseline that a frozen model may have (reference of the method, guard rails). */
const LARGEST_HOLD_OUT_BIAS = 0.05;

export interface SyntheticInput {
  readonly treated: readonly HostHalves[];
  /** Untouched hosts. */
  readonly donors: readonly HostHalves[];
}

const none = (...refusals: readonly Remark[]): NoEstimate => ({ design: 'synthetic-control', refusals });

const knownAt = (series: ScopeSeries, at: number): boolean =>
  series.usable[at] === 1 &&
  Number.isFinite(series.energy[at] ?? Number.NaN) &&
  (series.demanded[at] ?? 0) > 0;

const knownShare = (series: ScopeSeries): number => {
  let known = 0;
  for (let at = 0; at < series.length; at += 1) if (knownAt(series, at)) known += 1;
  return known / Math.max(1, series.length);
};

const commonOf = (all: readonly ScopeSeries[]): Int32Array =>
  Int32Array.from(
    Array.from({ length: all[0]?.length ?? 0 }, (_, at) => at).filter((at) =>
      all.every((series) => knownAt(series, at)),
    ),
  );

/** Power of hosts together, W per demanded host, at some intervals. */
const powerOf = (hosts: readonly ScopeSeries[], at: Int32Array): Float64Array =>
  Float64Array.from(at, (index) => {
    let [energy, demanded] = [0, 0];
    for (const series of hosts) {
      energy += series.energy[index] ?? Number.NaN;
      demanded += series.demanded[index] ?? Number.NaN;
    }
    return energy / demanded;
  });

const remarksOf = (input: {
  readonly outside: number;
  readonly holdOut: number;
  readonly left: readonly string[];
}): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const { outside, holdOut, left } = input;
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  if (outside > FLAGGED_OUTSIDE)
    (outside > REFUSED_OUTSIDE ? refusals : flags).push({
      flag: 'outside_donors',
      text: `In ${(100 * outside).toFixed(0)} % of the hours before the start the hosts ran above or below all untouched ones, where no mixture of them can follow.`,
      remedy: 'Add untouched hosts that are busier, or idler, than the hosts of the measure.',
    });
  if (Math.abs(holdOut) > LARGEST_HOLD_OUT_BIAS)
    refusals.push({
      flag: 'hold_out_bias',
      text: `A mixture that was fitted on three quarters of the baseline is ${(100 * Math.abs(holdOut)).toFixed(1)} % off in the last quarter, where nothing was changed.`,
      remedy:
        'Take untouched hosts with the same kind of work, or a difference in differences, which accounts for work.',
    });
  if (left.length > 0)
    flags.push({
      flag: 'hosts_left_out',
      text: `${left.length} untouched hosts are left out, as less than 90 % of them is known: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' and more' : ''}.`,
      remedy: 'See why their energy is missing.',
    });
  return { flags, refusals };
};

/**
 * Synthetic control: the mixture of untouched hosts that ran as the hosts of the measure did, carried on into the
 * reporting window. Each donor is put in the place of the hosts in turn; how far those run away, against how well they
 * were followed before, is what chance looks like. Work is not accounted for. Grade B.
 */
export const syntheticControl = (input: SyntheticInput): DesignOutcome => {
  const treated = sortedByHost(input.treated);
  const all = sortedByHost(input.donors);
  const isKnown = ({ before, after }: HostHalves): boolean =>
    Math.min(knownShare(before), knownShare(after)) >= LEAST_KNOWN;
  const donors = all.filter(isKnown);
  if (donors.length < LEAST_DONORS)
    return none({
      flag: 'too_few_donors',
      text: `${donors.length} untouched hosts are known well enough; a mixture that proves something needs ${LEAST_DONORS}.`,
      remedy: 'Name more hosts that are never touched as control.',
    });
  const before = commonOf([...treated, ...donors].map((host) => host.before));
  const after = commonOf([...treated, ...donors].map((host) => host.after));
  if (treated.length === 0 || before.length <= donors.length || after.length === 0)
    return none({
      flag: 'too_few_hours',
      text: `In ${before.length} hours before and ${after.length} after the start all hosts are known at once; more are needed than the ${donors.length} untouched hosts.`,
      remedy: 'Take a longer baseline, or leave out the hosts with the most gaps.',
    });
  const course = (hosts: readonly HostHalves[]): PowerCourse => ({
    before: powerOf(
      hosts.map((host) => host.before),
      before,
    ),
    after: powerOf(
      hosts.map((host) => host.after),
      after,
    ),
  });
  const target = course(treated);
  const courses = donors.map((donor) => course([donor]));
  const found = fitSynthetic(target, courses);
  const placebos = courses.map((donor, at) => fitSynthetic(donor, courses.toSpliced(at, 1)));
  const ratioOf = (fit: { readonly beforeError: number; readonly afterError: number }): number =>
    fit.afterError / fit.beforeError;
  const asFar = placebos.filter((fit) => ratioOf(fit) >= ratioOf(found)).length;
  const quarter = Math.floor((3 * before.length) / 4);
  const split = ({ before: whole }: PowerCourse): PowerCourse => ({
    before: whole.subarray(0, quarter),
    after: whole.subarray(quarter),
  });
  const heldOut = fitSynthetic(split(target), courses.map(split));
  const meanOf = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const holdOut = heldOut.meanGap / meanOf(heldOut.mixtureAfter);

  const demanded = Float64Array.from(after, (at) =>
    treated.reduce((sum, host) => sum + (host.after.demanded[at] ?? 0), 0),
  );
  const total = (course: Float64Array): number =>
    course.reduce((sum, value, at) => sum + value * (demanded[at] ?? 0), 0);
  const actual = total(target.after);
  const expected = total(found.mixtureAfter);
  const avoided = expected - actual;
  const hostTime = demanded.reduce((sum, value) => sum + value, 0);
  const errors = placebos.map((fit) => (fit.meanGap / fit.beforeError) * found.beforeError);
  const half =
    quantile(
      errors.map((error) => Math.abs(error)),
      Math.min(1, LEVEL * (1 + 1 / donors.length)),
    ) * hostTime;
  const interval: EnergyInterval = {
    method: 'placebo',
    level: ratio(LEVEL),
    low: joules(avoided - half),
    high: joules(avoided + half),
  };
  const outside = outsideShare(target, courses);
  const expectedSeries = new Float64Array(treated[0]?.after.length ?? 0).fill(Number.NaN);
  after.forEach((at, place) => {
    expectedSeries[at] = (found.mixtureAfter[place] ?? Number.NaN) * (demanded[place] ?? Number.NaN);
  });
  const meanPower = expected / hostTime;
  return {
    design: 'synthetic-control',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals: [interval],
    interval,
    coverage: undefined,
    pValue: (1 + asFar) / (1 + donors.length),
    detectable: ratio(
      half / expected +
        quantile(
          errors.map((error) => Math.abs(error)),
          0.5,
        ) /
          meanPower,
    ),
    grade: 'B',
    ...remarksOf({ outside, holdOut, left: all.filter((host) => !isKnown(host)).map(({ host }) => host) }),
    diagnostics: {
      donors: donors.length,
      donors_with_weight: found.weights.filter((weight) => weight > 0).length,
      before_error_watts_per_host: found.beforeError,
      after_error_watts_per_host: found.afterError,
      outside_donors_ratio: outside,
      hold_out_bias_ratio: holdOut,
      weights_settled: found.settled ? 1 : 0,
      ...Object.fromEntries(
        donors.flatMap(({ host }, at) => {
          const weight = found.weights[at] ?? 0;
          return weight > 0 ? [[`weight_${host}_ratio`, weight]] : [];
        }),
      ),
    },
    expectedSeries,
    placebo: errors.map((error) => error / meanPower),
  };
};
