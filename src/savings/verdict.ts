import type { MeasureOutcome, Verdict } from '../model/comparison.ts';
import type { DesignEstimate, DesignOutcome, EnergyInterval, Grade, Remark } from '../model/estimate.ts';
import type { MeasurePlan } from '../model/measure.ts';
import { joules, ratio } from '../units.ts';
import { avoidedEmissions, changeInEmissions, growthOffset } from './effects.ts';
import { estimateIsPossible, type Judged, serviceHeld, workMoved } from './guards.ts';
import { nonRoutineAdjustment } from './non-routine.ts';
import type { ScopeSeries } from './series.ts';

const GRADES: readonly Grade[] = ['A', 'B', 'C', 'D', 'E'];
export const weaker = (a: Grade, b: Grade): Grade => (GRADES.indexOf(a) > GRADES.indexOf(b) ? a : b);

export const isEstimate = (outcome: DesignOutcome): outcome is DesignEstimate => 'avoided' in outcome;

/** The strongest that gives a figure; of equal ones the first that was tried. Undefined where none does. */
export const strongest = (outcomes: readonly DesignOutcome[]): DesignEstimate | undefined =>
  outcomes
    .filter(isEstimate)
    .filter(({ refusals }) => refusals.length === 0)
    .reduce<DesignEstimate | undefined>(
      (best, one) =>
        best === undefined || GRADES.indexOf(one.grade) < GRADES.indexOf(best.grade) ? one : best,
      undefined,
    );

/** What an interval says of a grade (reference of the method, section 14). */
export const verdictOf = (grade: Grade, { low, high }: Pick<EnergyInterval, 'low' | 'high'>): Verdict => {
  if (high < 0) return 'increase';
  if (low <= 0) return 'not_verified';
  return grade === 'A' || grade === 'B' || grade === 'C' ? 'verified' : 'indicative';
};

export interface OutcomeInput {
  readonly plan: MeasurePlan;
  /** In the order of preference. */
  readonly designs: readonly DesignOutcome[];
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  /** Of the sides and the plan. */
  readonly sides: Judged;
  /** What lowers the grade to D whatever the design. */
  readonly reasons: readonly Remark[];
}

/** From what the designs found to what may be said. */
export const outcomeOf = (input: OutcomeInput): MeasureOutcome => {
  const { plan, designs, before, after, sides, reasons } = input;
  const chosen = strongest(designs);
  if (chosen === undefined || sides.refusals.length > 0)
    return refused(
      designs,
      [...sides.refusals, ...(chosen === undefined ? firstRefusals(designs) : [])],
      sides.flags,
    );
  const adjustment = nonRoutineAdjustment(plan, after);
  const avoided = chosen.avoided + adjustment.joules;
  const widened = (half: number): number => Math.hypot(half, adjustment.uncertainty);
  const interval: EnergyInterval = {
    ...chosen.interval,
    low: joules(avoided - widened(chosen.avoided - chosen.interval.low)),
    high: joules(avoided + widened(chosen.interval.high - chosen.avoided)),
  };
  const possible = estimateIsPossible(chosen.expected, avoided, interval);
  const work = workMoved(before, after, avoided);
  const service = serviceHeld(plan, before, after);
  const flags = [...sides.flags, ...chosen.flags, ...work.flags, ...service.flags, ...adjustment.flags];
  if (possible.refusals.length > 0) return refused(designs, possible.refusals, flags);
  const isWorse = service.flags.some(({ flag, remedy }) => flag === 'lower_service' && remedy !== '');
  const limits: readonly Remark[] = [...reasons, ...(isWorse ? service.flags : [])];
  const grade = limits.some(({ flag }) => flag !== 'withdrawn') ? weaker(chosen.grade, 'D') : chosen.grade;
  return {
    verdict: verdictOf(grade, interval),
    grade,
    gradeReasons: reasons,
    estimate: chosen,
    interval,
    avoided: joules(avoided),
    fraction: ratio(avoided / chosen.expected),
    emissions:
      chosen.expectedSeries === undefined
        ? undefined
        : avoidedEmissions(before, after, chosen.expectedSeries, chosen.interval),
    change: changeInEmissions(before, after),
    growthOffset: growthOffset(before, after, avoided),
    coverage: chosen.coverage,
    detectable: chosen.detectable,
    daysNeeded: undefined,
    flags,
    refusals: [],
    others: designs.filter((one) => one !== chosen),
  };
};

const firstRefusals = (designs: readonly DesignOutcome[]): readonly Remark[] => designs[0]?.refusals ?? [];

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
