import type { MeasureOutcome, Side } from '../model/comparison.ts';
import type { DesignEstimate, DesignOutcome, EnergyInterval, Remark } from '../model/estimate.ts';
import type { FactorOrigin } from '../model/history.ts';
import type { MeasurePlan, Registration } from '../model/measure.ts';
import { lessSure } from '../model/usage.ts';
import { ratio } from '../units.ts';
import { changeInEmissions } from './change-in-emissions.ts';
import { chooseDesign, reasonsOf } from './choose-design.ts';
import { avoidedEmissions } from './effects.ts';
import { gradeOf } from './grade.ts';
import { growthOffset } from './growth.ts';
import { figureRefusals } from './guard-figures.ts';
import { factorRemarks } from './guard-grid.ts';
import { serviceRemarks } from './guard-service.ts';
import { workRemarks } from './guard-work.ts';
import { widened } from './non-routine.ts';
import { percent } from './percent.ts';
import type { ScopeSeries } from './series.ts';
import { usableTotals } from './usable-totals.ts';
import { verdictOf } from './verdict.ts';

export interface OutcomeInput {
  readonly plan: MeasurePlan;
  /** Undefined: there was no plan. */
  readonly registration: Registration | undefined;
  readonly designs: readonly DesignOutcome[];
  /** Baseline and reporting window, non-routine events taken out. */
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  readonly sides: readonly [Side, Side];
  /** Half-width that the non-routine adjustments bring, J. */
  readonly uncertainty: number;
  /** How much worse each guard of the plan is. */
  readonly service: readonly number[];
  /** Saving, as a share of the expected energy, that is nothing but other hosts being silent. */
  readonly composition: number;
  /** Share of the hosts that were left out although the work is counted for all of them together. */
  readonly leftOut: number;
  readonly didMeterVary: boolean;
  readonly factors?:
    | { readonly before: FactorOrigin | undefined; readonly after: FactorOrigin | undefined }
    | undefined;
  /** Of hosts, events and dates. */
  readonly flags: readonly Remark[];
  readonly refusals: readonly Remark[];
}

/** Designs in which both arms lie in one window, drawn at random: what else changes in it is in both. */
const RANDOMISED: readonly string[] = ['switchback', 'ab'];
const DAY = 86_400;
/** Of a measure that was not the only one: what it avoided is in what all of them did together. */
export const OVERLAPPING = 'overlapping';

/** From what the designs found to what may be said. */
export const outcomeOf = (input: OutcomeInput): MeasureOutcome => {
  const { plan, designs, before, after, sides } = input;
  const { chosen, others } = chooseDesign(designs);
  const units = plan.work.map(({ unit }) => unit);
  if (chosen === undefined) {
    // Where there was no work at all, that is why no design could say anything.
    const { refusals } = workRemarks(before, after, units, 0);
    return refused(designs, unique([...input.refusals, ...refusals, ...reasonsOf(designs)]), input.flags);
  }
  const { avoided, expected } = chosen;
  const interval = widened(chosen.interval, avoided, input.uncertainty);
  const isRandomised = RANDOMISED.includes(chosen.design);
  const work = workRemarks(before, after, units, isRandomised ? 0 : avoided);
  const service = serviceRemarks(plan.guards, input.service, plan.overrides);
  const factors = factorRemarks(input.factors?.before, input.factors?.after);
  const flags = unique([...input.flags, ...chosen.flags, ...work.flags, ...service.flags, ...factors.flags]);
  const refusals = unique([
    ...input.refusals,
    ...work.refusals,
    ...chosen.refusals,
    ...figureRefusals(chosen, avoided, interval),
    ...(isRandomised
      ? []
      : [
          ...compositionRefusal(input.composition, interval, expected, avoided),
          ...leftOutRefusal(input.leftOut, interval, expected),
          ...overlap(plan),
        ]),
  ]);
  if (refusals.length > 0) return refused(designs, refusals, flags);
  const graded = gradeOf({
    estimate: chosen,
    coverage: chosen.coverage,
    registration: input.registration,
    start: plan.start,
    quality: lessSure(sides[0].quality, sides[1].quality),
    didMeterVary: input.didMeterVary,
  });
  const verdict = verdictOf({
    grade: graded.grade,
    interval,
    isRefused: false,
    isBlocked: service.isBlocking,
  });
  const [then, now] = [usableTotals(before), usableTotals(after)];
  return {
    verdict,
    grade: graded.grade,
    gradeReasons: [...graded.reasons, ...(service.isBlocking ? service.flags : [])],
    estimate: chosen,
    interval,
    avoided,
    fraction: ratio(avoided / expected),
    emissions: factors.isRefused
      ? undefined
      : avoidedEmissions({
          ...{ before, after, expected, avoided, interval },
          expectedSeries: chosen.expectedSeries,
          isShift: plan.kind === 'carbon-shift',
        }),
    change: factors.isRefused ? undefined : changeInEmissions(before, after, weightsOf(plan, chosen)),
    growthOffset: isRandomised
      ? undefined
      : growthOffset((then.energy / then.intervals) * now.intervals, now.energy, avoided, interval.low),
    coverage: chosen.coverage,
    detectable: chosen.detectable,
    daysNeeded: isRandomised ? daysNeeded(after, interval, avoided) : undefined,
    flags,
    refusals: [],
    others,
  };
};

/** Joules per unit by which several kinds of work become one; one kind needs none. */
const weightsOf = ({ work }: MeasurePlan, { diagnostics }: DesignEstimate): readonly number[] =>
  work.length === 1
    ? [1]
    : work.map(({ unit }) => diagnostics[`coefficient_work_joules_per_${unit}`] ?? Number.NaN);

/**
 * Days until an interval that narrows with the root of time would leave 0 out, if what was found is the truth. Only a
 * randomised test narrows so; a baseline drifts.
 */
const daysNeeded = (
  after: ScopeSeries,
  { low, high }: EnergyInterval,
  avoided: number,
): number | undefined => {
  const half = (high - low) / 2;
  if (low > 0 || high < 0 || avoided === 0) return undefined;
  const days = (after.length * after.step) / DAY;
  const more = days * ((half / avoided) ** 2 - 1);
  return more > 0 && Number.isFinite(more) ? Math.ceil(more) : undefined;
};

/** Silent hosts are left out; if those that are silent now draw more than the others, leaving them out looks like a saving. */
const compositionRefusal = (
  shift: number,
  { low, high }: EnergyInterval,
  expected: number,
  avoided: number,
): readonly Remark[] => {
  const shifted = shift * expected;
  // Half of what was found is where drift of untouched hosts refuses too (reference of the method, 8).
  const isHalf = shifted / avoided > 0.5;
  const isTaken =
    (low > 0 && (isHalf || low - shifted <= 0)) || (high < 0 && (isHalf || high - shifted >= 0));
  return isTaken
    ? [
        {
          flag: 'missing_not_at_random',
          text: `Other hosts were silent after the start than before: that alone makes ${percent(Math.abs(shift))} of ${shift > 0 ? 'a saving' : 'an increase'}, too much of what was found.`,
          remedy: 'Find out why they were silent, or compare windows in which they are not.',
        },
      ]
    : [];
};

/** Hosts that are left out take their energy with them, and not the work that they did: that is counted for all together. */
const leftOutRefusal = (share: number, { low, high }: EnergyInterval, expected: number): readonly Remark[] =>
  (low > 0 && low <= share * expected) || (high < 0 && -high <= share * expected)
    ? [
        {
          flag: 'work_of_left_out',
          text: `Work is counted for all hosts together, and ${percent(share)} of them are left out: how much of it they did, before and after, is not known, and what was found is no more than that.`,
          remedy:
            'Count work on each host, or compare the hosts that were there throughout with their own work.',
        },
      ]
    : [];

const overlap = ({ overlaps }: MeasurePlan): readonly Remark[] =>
  overlaps.length === 0
    ? []
    : [
        {
          flag: OVERLAPPING,
          text: `${overlaps.join(', ')} changed some of the same hosts in the same time: what each avoided can not be told by before and after.`,
          remedy: 'Look at what they avoided together, or run one of them as an on/off test.',
        },
      ];

/** A remark once, whoever made it. */
const unique = (remarks: readonly Remark[]): readonly Remark[] =>
  remarks.filter(
    ({ flag, text }, at) => remarks.findIndex((other) => other.flag === flag && other.text === text) === at,
  );

/** A guard rail: reasons and remedies, no headline number. */
const refused = (
  designs: readonly DesignOutcome[],
  refusals: readonly Remark[],
  flags: readonly Remark[],
): MeasureOutcome => ({
  verdict: 'refused',
  grade: 'E',
  gradeReasons: [],
  ...{ estimate: undefined, interval: undefined, avoided: undefined, fraction: undefined },
  ...{ emissions: undefined, change: undefined, growthOffset: undefined, coverage: undefined },
  ...{ detectable: undefined, daysNeeded: undefined },
  flags,
  refusals,
  others: designs,
});
