import type { DesignOutcome, EnergyInterval, NoEstimate, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { type HostHalves, sortedByHost } from './host-model.ts';
import { LEVEL } from './levels.ts';
import { quantile } from './quantiles.ts';
import { commonOf, isKnown, powerOf } from './synthetic-course.ts';
import { fitSynthetic, outsideShare, type PowerCourse } from './synthetic-fit.ts';
import { remarksOf } from './synthetic-remarks.ts';

/** Donors that the method needs (reference of the method, 5.3). */
export const LEAST_DONORS = 15;
export interface SyntheticInput {
  readonly treated: readonly HostHalves[];
  /** Untouched hosts. */
  readonly donors: readonly HostHalves[];
}

const none = (...refusals: readonly Remark[]): NoEstimate => ({ design: 'synthetic-control', refusals });

/**
 * Synthetic control: the mixture of untouched hosts that ran as the hosts of the measure did, carried on into the
 * reporting window. Each donor is put in the place of the hosts in turn; how far those run away, against how well they
 * were followed before, is what chance looks like. Work is not accounted for. Grade B.
 */
export const syntheticControl = (input: SyntheticInput): DesignOutcome => {
  const treated = sortedByHost(input.treated);
  const all = sortedByHost(input.donors);
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
