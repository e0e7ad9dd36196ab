import type { Verdict } from '../model/comparison.ts';
import type { EnergyInterval, Grade } from '../model/estimate.ts';

export interface VerdictInput {
  readonly grade: Grade;
  /** Of the avoided energy; undefined: there is none. */
  readonly interval: Pick<EnergyInterval, 'low' | 'high'> | undefined;
  readonly isRefused: boolean;
  /** Service is worse, or not known, and nothing in the plan accepts that. */
  readonly isBlocked: boolean;
}

/**
 * What may be said. Refusal beats a number; an interval with 0 in it, its ends included, shows nothing, which is not "no
 * effect"; above 0 the grade decides between verified and indicative.
 */
export const verdictOf = ({ grade, interval, isRefused, isBlocked }: VerdictInput): Verdict => {
  if (
    isRefused ||
    interval === undefined ||
    !Number.isFinite(interval.low) ||
    !Number.isFinite(interval.high)
  )
    return 'refused';
  // Without work there is no saving to be spoken of, of either sign.
  if (grade === 'E') return 'refused';
  if (interval.high < 0) return 'increase';
  if (interval.low <= 0) return 'not_verified';
  return grade === 'D' || isBlocked ? 'indicative' : 'verified';
};
