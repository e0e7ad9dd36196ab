import type { Remark } from '../model/estimate.ts';
import type { Guard } from '../model/measure.ts';
import { percent } from './percent.ts';
import type { ScopeSeries } from './series.ts';

/** How much worse a guard is with the measure than without: 0.05 is 5 % more of it. NaN: not known on a side. */
export const degradation = (
  without: ScopeSeries,
  withIt: ScopeSeries,
  guard: number,
  isWithout: (at: number) => boolean = () => true,
  isWith: (at: number) => boolean = () => true,
): number => meanOf(withIt, guard, isWith) / meanOf(without, guard, isWithout) - 1;

const meanOf = ({ guards, length }: ScopeSeries, guard: number, counts: (at: number) => boolean): number => {
  let [sum, count] = [0, 0];
  for (let at = 0; at < length; at += 1) {
    const value = guards[guard]?.[at] ?? Number.NaN;
    if (!Number.isFinite(value) || !counts(at)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
};

export interface ServiceRemarks {
  readonly flags: readonly Remark[];
  /** A guard is worse, or not known, and the plan does not say that this is accepted: no VERIFIED. */
  readonly isBlocking: boolean;
}

/**
 * Whether the same service was given: a unit of work that takes longer, or fails, is worth less. Guards grow when service
 * gets worse (latency, error rate, queueing). One of which nothing is known has not been passed.
 *
 * @param changes how much worse each guard is, as `degradation` gives it.
 * @param overrides reasons that the plan gives for guards that may be worse, by name.
 */
export const serviceRemarks = (
  guards: readonly Guard[],
  changes: readonly number[],
  overrides: Readonly<Record<string, string>>,
): ServiceRemarks => {
  const flags: Remark[] = [];
  let isBlocking = false;
  for (const [at, { name, maxDegradation }] of guards.entries()) {
    const change = changes[at] ?? Number.NaN;
    // From 0 to 0 is no change; from 0 to anything is without bound.
    if (change <= maxDegradation) continue;
    const isKnown = !Number.isNaN(change);
    const reason = overrides[name];
    flags.push({
      flag: isKnown ? 'lower_service' : 'service_unknown',
      text: `${
        isKnown
          ? `${name} is ${Number.isFinite(change) ? percent(change) : 'infinitely'} worse with the measure; ${percent(maxDegradation)} was allowed. A unit of work is worth less.`
          : `Nothing is known of ${name}, by which the same service was to be told.`
      }${reason === undefined ? '' : ` The plan accepts it: ${reason}.`}`,
      remedy:
        reason !== undefined
          ? ''
          : isKnown
            ? 'Ease the measure, or say in overrides of the plan why less service is accepted.'
            : 'Check the query of this guard.',
    });
    isBlocking ||= reason === undefined;
  }
  return { flags, isBlocking };
};
