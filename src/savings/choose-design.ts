import type { DesignEstimate, DesignName, DesignOutcome, NoEstimate } from '../model/estimate.ts';
import { isWeaker } from './grade.ts';

/** From the strongest; between two of one grade the earlier one goes. */
const STRENGTH: readonly DesignName[] = [
  'switchback',
  'ab',
  'difference-in-differences',
  'synthetic-control',
  'adjusted-baseline',
  'segmented',
  'before-after',
];

export interface Choice {
  /** Undefined: none of them could work anything out. */
  readonly chosen: DesignEstimate | undefined;
  readonly others: readonly DesignOutcome[];
}

const isEstimate = (outcome: DesignOutcome): outcome is DesignEstimate => 'avoided' in outcome;

/** Whether a design goes before another: never by what it found. */
const goesBefore = (a: DesignEstimate, b: DesignEstimate): boolean => {
  const [isFree, isOtherFree] = [a.refusals.length === 0, b.refusals.length === 0];
  if (isFree !== isOtherFree) return isFree;
  if (a.grade !== b.grade) return isWeaker(b.grade, a.grade);
  return STRENGTH.indexOf(a.design) < STRENGTH.indexOf(b.design);
};

/**
 * Of the designs that a plan allows the strongest one that may show a figure; the others are listed beside it. The choice
 * looks at grade and design alone, so that no figure is picked for its size. If all are refused, the strongest says why.
 */
export const chooseDesign = (outcomes: readonly DesignOutcome[]): Choice => {
  const chosen = outcomes
    .filter(isEstimate)
    .reduce<DesignEstimate | undefined>(
      (best, one) => (best === undefined || goesBefore(one, best) ? one : best),
      undefined,
    );
  return { chosen, others: outcomes.filter((one) => one !== chosen) };
};

/** All reasons for which nothing was worked out. */
export const reasonsOf = (outcomes: readonly (DesignEstimate | NoEstimate)[]) =>
  outcomes.flatMap(({ refusals }) => refusals);
