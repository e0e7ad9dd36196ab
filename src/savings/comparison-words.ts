import type { MeasureOutcome, Side } from '../model/comparison.ts';
import { LEAST_COVERAGE } from './metered.ts';

const DAY = 86_400;
const percent = (share: number): string => `${(100 * Math.abs(share)).toFixed(1)} %`;

export interface Compared {
  readonly sides: readonly [Side, Side];
  readonly perDay: boolean;
  readonly isOneWindow: boolean;
  readonly adjusted: MeasureOutcome | undefined;
}

/** The one sentence that may be said of a comparison without a plan. */
export const comparisonSentence = ({ sides, perDay, isOneWindow, adjusted }: Compared): string => {
  const [before, after] = sides;
  const daily = ({ energy, window }: Side): number =>
    perDay ? (energy * DAY) / (window.to - window.from) : energy;
  if (!(before.energy > 0 && after.energy > 0)) {
    const empty = before.energy > 0 ? 'after' : 'before';
    return `Nothing can be compared: no energy of these hosts is known ${isOneWindow ? `for ${(before.energy > 0 ? after : before).label}` : empty}.`;
  }
  const [was, is] = [before, after].map(({ knownTime, hostTime }) => knownTime / hostTime) as [
    number,
    number,
  ];
  if (Math.min(was, is) < LEAST_COVERAGE)
    return `Energy is known for ${percent(was)} of the host time ${isOneWindow ? `of ${before.label}` : 'before'} and for ${percent(is)} ${isOneWindow ? `of ${after.label}` : 'after'}: what its totals differ by is missing data, no change and no saving.`;
  const change = daily(after) / daily(before) - 1;
  const words = `${change > 0 ? '+' : '-'}${percent(change)}`;
  if (isOneWindow)
    return `${after.label} used ${percent(change)} ${change > 0 ? 'more' : 'less'} energy than ${before.label}; not a saving, because they are other hosts with other work.`;
  if (adjusted === undefined && (before.work.length === 0 || after.work.length === 0))
    return `Energy changed by ${words}; not a saving, because nothing says how much work was done.`;
  if (adjusted?.estimate === undefined || adjusted.avoided === undefined || adjusted.interval === undefined)
    return `Energy changed by ${words}; not a saving: ${adjusted?.refusals[0]?.text ?? 'the work cannot be set against energy.'}`;
  const { avoided, estimate, interval } = adjusted;
  const share = (value: number): string => `${((100 * value) / estimate.expected).toFixed(1)} %`;
  const range = `${share(interval.low)} to ${share(interval.high)}, 90 %, model only`;
  if (interval.low > 0)
    return `Energy changed by ${words}; at the same work it is ${share(avoided)} less than expected (${range}). Indicative: no plan was made before.`;
  if (interval.high < 0)
    return `Energy changed by ${words}; at the same work it is ${share(-avoided)} more than expected (${share(-interval.high)} to ${share(-interval.low)}, 90 %, model only).`;
  return `Energy changed by ${words}; at the same work no saving is shown (${range}).`;
};
