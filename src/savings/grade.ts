import type { DesignEstimate, Grade, MeasuredCoverage, Remark } from '../model/estimate.ts';
import type { Registration } from '../model/measure.ts';
import type { Quality } from '../model/meter.ts';
import { shownInstant } from './utc-instant.ts';

const ORDER = 'ABCDE';

/** The weaker of two. */
export const weaker = (a: Grade, b: Grade): Grade => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b);
export const isWeaker = (a: Grade, b: Grade): boolean => ORDER.indexOf(a) > ORDER.indexOf(b);

/** Least measured coverage of a nominal 90 % interval above grade D (reference of the method, 8). */
const LEAST_COVERAGE = 0.8;

export interface GradeInput {
  readonly estimate: Pick<DesignEstimate, 'design' | 'grade'>;
  readonly coverage: MeasuredCoverage | undefined;
  /** Undefined: there is no plan at all. */
  readonly registration: Registration | undefined;
  readonly start: number;
  /** The least sure of both sides. */
  readonly quality: Quality | undefined;
  /** A meter or method changed within a side. */
  readonly didMeterVary: boolean;
}

interface Reason extends Remark {
  readonly grade: Grade;
}

const DESIGN_REASONS: Readonly<Record<Grade, string>> = {
  A: '',
  B: 'Hosts were not drawn at random, so untouched hosts may differ in what is not seen.',
  C: 'Before is compared with after: what else changed in between is only bounded by how wrong the method was when nothing changed.',
  D: 'The design is too small, or its past too short, for an interval whose hit rate is known.',
  E: 'Nothing says how much work was done: a change of energy is no saving.',
};

const planReason = ({ registration, start }: GradeInput): readonly Reason[] => {
  const reason = (flag: string, text: string, remedy: string): readonly Reason[] => [
    { grade: 'D', flag, text, remedy },
  ];
  if (registration === undefined)
    return reason(
      'no_plan',
      'No plan was made before the change: windows and scope were chosen knowing the result.',
      'Write the measure down before it starts.',
    );
  const { hashAtStart, frozenAt, hashNow } = registration;
  if (hashAtStart === undefined || frozenAt === undefined)
    return reason(
      'plan_not_registered',
      'The plan was not recorded before the start.',
      'Let negawatt run with the plan before the next start.',
    );
  if (frozenAt > start)
    return reason(
      'plan_late',
      `The plan was recorded on ${shownInstant(frozenAt)}, after the start of ${shownInstant(start)}.`,
      'Let negawatt run with the plan before the next start.',
    );
  if (hashNow !== hashAtStart)
    return reason(
      'plan_edited',
      `The plan was changed after its start: it was ${hashAtStart.slice(0, 12)}, it is ${hashNow.slice(0, 12)}.`,
      'Put it back as it was; corrections are non-routine events with evidence.',
    );
  return [];
};

const dataReasons = ({ quality, didMeterVary, coverage }: GradeInput): readonly Reason[] => {
  const reasons: Reason[] = [];
  if (quality === 'estimated')
    reasons.push({
      grade: 'D',
      flag: 'estimated_power',
      text: 'Power of some hosts is worked out from their load and not metered: a saving that a model does not know of can not show, and the reverse.',
      remedy: 'Meter these hosts (RAPL, BMC or PDU).',
    });
  if (didMeterVary)
    reasons.push({
      grade: 'D',
      flag: 'meter_varied',
      text: 'What counts the energy changed within a window.',
      remedy: 'Let one meter count throughout.',
    });
  if (coverage !== undefined && coverage.ratio < LEAST_COVERAGE)
    reasons.push({
      grade: 'D',
      flag: 'coverage_low',
      text: `When nothing changed, the 90 % interval was right in ${(100 * coverage.ratio).toFixed(1)} % of windows only.`,
      remedy: 'Count the work more completely, or run an on/off test.',
    });
  return reasons;
};

/** The weakest of what design, plan and data allow, and why it is not better, worst first. */
export const gradeOf = (
  input: GradeInput,
): { readonly grade: Grade; readonly reasons: readonly Remark[] } => {
  const { design, grade } = input.estimate;
  const ofDesign: readonly Reason[] =
    grade === 'A'
      ? []
      : [
          {
            grade,
            flag: `design_${design.replaceAll('-', '_')}`,
            text: DESIGN_REASONS[grade],
            remedy:
              grade === 'B'
                ? 'For A: draw hosts or times at random.'
                : 'For B: name untouched hosts. For A: run it as an on/off test.',
          },
        ];
  const reasons = [...planReason(input), ...dataReasons(input), ...ofDesign].sort(
    (a, b) => ORDER.indexOf(b.grade) - ORDER.indexOf(a.grade),
  );
  return {
    grade: reasons.reduce<Grade>((weakest, reason) => weaker(weakest, reason.grade), 'A'),
    reasons: reasons.map(({ flag, text, remedy }) => ({ flag, text, remedy })),
  };
};
