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

/** Why a comparison with untouched hosts may not be shown. `share` is the estimate, `drift` what the untouched hosts fell by. */
export const refusalsOf = (
  share: number,
  drift: number,
  trend: PreTrend | undefined,
  carried: number,
  starts: PseudoStarts | undefined,
  halfWidth: number,
): readonly Remark[] => {
  const refusals: Remark[] = [];
  if (trend === undefined)
    refusals.push({
      flag: 'pre_trend_unknown',
      text: 'Too few days before the start are known to tell whether the hosts and the untouched ones went the same way.',
      remedy: 'Take a longer baseline.',
    });
  else if (trend.pValue < SIGNIFICANT || Math.abs(carried) > Math.abs(share) / 2)
    refusals.push({
      flag: 'pre_trend',
      text: `Before the start the hosts were already drifting away from the untouched ones (p ${trend.pValue.toFixed(3)}); carried on, that alone would come to ${percent(carried)}, the measure is estimated at ${percent(share)}.`,
      remedy: 'Take control hosts with the same hardware and the same kind of work, or an on/off test.',
    });
  if (Math.abs(drift) > Math.abs(share) / 2)
    refusals.push({
      flag: 'control_drift',
      text: `The untouched hosts, too, used ${percent(Math.abs(drift))} ${drift > 0 ? 'less' : 'more'} than expected, more than half of the ${percent(share)} that the measure is estimated at.`,
      remedy: 'Find out what changed for all hosts, and start anew after it, or run an on/off test.',
    });
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
  treated: readonly HostEnergy[],
  control: readonly HostEnergy[],
  left: readonly string[],
): readonly Remark[] => {
  const flags: Remark[] = [];
  if (Math.min(treated.length, control.length) < HOSTS_A_SIDE)
    flags.push({
      flag: 'few_hosts',
      text: `${treated.length} hosts are compared with ${control.length} untouched ones; with fewer than ${HOSTS_A_SIDE} on a side chance can not be told well.`,
      remedy: `Take at least ${HOSTS_A_SIDE} hosts on each side.`,
    });
  if (left.length > 0)
    flags.push({
      flag: 'hosts_left_out',
      text: `${left.length} hosts are left out, as too little of them is known: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' and more' : ''}.`,
      remedy: 'See why their energy or work is missing.',
    });
  return flags;
};
