import { counted, plural } from '../model/counted.ts';
import type { Remark } from '../model/estimate.ts';
import type { HostEnergy, HostHalves } from './host-model.ts';
import { percent } from './percent.ts';
import type { PreTrend } from './pre-trend.ts';
import type { PseudoStarts } from './pseudo-starts.ts';

/** Hosts that a side needs for grade B (reference of the method, 5.2). */
export const HOSTS_A_SIDE = 8;
/** Fisher's 5 %, for the trend before the start. */
const SIGNIFICANT = 0.05;
/** Windows that do not overlap, before their middle means anything (reference of the method, 4.4). */
const LEAST_INDEPENDENT = 10;
const DAY = 86_400;

/** Share that a trend between the sides would add up to from the middle of the one window to that of the other. */
export const carriedOn = (trend: PreTrend, { before, after }: HostHalves): number => {
  const middle = (from: number, length: number, step: number): number => from + (length * step) / 2;
  const span = middle(after.from, after.length, after.step) - middle(before.from, before.length, before.step);
  return (trend.slopePerDay * span) / DAY;
};

/** What a comparison with untouched hosts found, as shares of the expected energy. */
export interface Compared {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** What the untouched hosts fell by. */
  readonly drift: number;
}

const isClaim = ({ low, high }: Compared): boolean => low > 0 || high < 0;
/** Of the end of the interval that is nearer to 0: how much of the claim is left at worst. */
const leastOf = ({ low, high }: Compared): number => (low > 0 ? low : high < 0 ? -high : 0);

/** The same words whether it refuses a claim or stands beside an interval with 0 in it. */
const driftRemark = ({ drift }: Compared, then: string, remedy: string): Remark => ({
  flag: 'control_drift',
  text: `The untouched hosts, too, used ${percent(Math.abs(drift))} ${drift > 0 ? 'less' : 'more'} than expected${then}`,
  remedy,
});

/**
 * Why a comparison with untouched hosts may not be shown. That what befell the untouched hosts would have befallen the
 * others alike is assumed and cannot be seen: a claim has to hold as well if it did so not at all, or twice over (bounds by
 * relative size: Rambachan and Roth, Review of Economic Studies 90, 2023). An interval with 0 in it claims nothing, and
 * stands.
 */
export const refusalsOf = (
  found: Compared,
  trend: PreTrend | undefined,
  carried: number,
  starts: PseudoStarts | undefined,
  halfWidth: number,
): readonly Remark[] => {
  const refusals: Remark[] = [];
  const { share, drift } = found;
  if (trend === undefined)
    refusals.push({
      flag: 'pre_trend_unknown',
      text: 'Too few days before the start are known to tell whether the hosts and the untouched ones went the same way.',
      remedy: 'Take a longer baseline.',
    });
  else if (trend.pValue < SIGNIFICANT || (isClaim(found) && Math.abs(carried) > Math.abs(share) / 2))
    refusals.push({
      flag: 'pre_trend',
      text: `Before the start the hosts were already drifting away from the untouched ones (p ${trend.pValue.toFixed(3)}); carried on, that alone would come to ${percent(carried)}, the measure is estimated at ${percent(share)}.`,
      remedy: 'Take control hosts with the same hardware and the same kind of work, or an on/off test.',
    });
  if (isClaim(found) && leastOf(found) <= Math.abs(drift))
    refusals.push(
      driftRemark(
        found,
        `: if that had not befallen these hosts alike, nothing might be left of the ${percent(share)} that the measure is estimated at (${percent(found.low)} to ${percent(found.high)}).`,
        'Find out what changed for all hosts, and start anew after it, or run an on/off test.',
      ),
    );
  if (
    starts !== undefined &&
    starts.independent >= LEAST_INDEPENDENT &&
    Math.abs(starts.median) > halfWidth / 2
  )
    refusals.push({
      flag: 'placebo_bias',
      text: `At ${starts.windows} pretended starts before the real one this comparison finds a saving of ${percent(starts.median)} in the middle, where there was none.`,
      remedy: 'Take control hosts that behave as the hosts do.',
    });
  return refusals;
};

export const flagsOf = (
  found: Compared,
  treated: readonly HostEnergy[],
  control: readonly HostEnergy[],
  left: readonly string[],
): readonly Remark[] => {
  const flags: Remark[] = [];
  if (!isClaim(found) && Math.abs(found.drift) > Math.abs(found.share) / 2)
    flags.push(
      driftRemark(
        found,
        '; what befell all hosts is taken out.',
        'A comparison of these hosts before and after alone would call it a saving or an increase.',
      ),
    );
  if (Math.min(treated.length, control.length) < HOSTS_A_SIDE)
    flags.push({
      flag: 'few_hosts',
      text: `${counted(treated.length, 'host')} ${plural(treated.length, 'is', 'are')} compared with ${counted(control.length, 'untouched one')}; with fewer than ${HOSTS_A_SIDE} on a side chance can not be told well.`,
      remedy: `Take at least ${HOSTS_A_SIDE} hosts on each side.`,
    });
  if (left.length > 0)
    flags.push({
      flag: 'hosts_left_out',
      text: `${counted(left.length, 'host')} ${plural(left.length, 'is', 'are')} left out, as too little of them is known: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' and more' : ''}.`,
      remedy: 'See why their energy or work is missing.',
    });
  return flags;
};
