import type { Remark } from '../model/estimate.ts';

/** Shares of intervals outside the donors: those for work outside its baseline (reference of the method, guard rails). */
const FLAGGED_OUTSIDE = 0.05;
const REFUSED_OUTSIDE = 0.25;
/** Bias on the last quarter of the baseline that a frozen model may have (reference of the method, guard rails). */
const LARGEST_HOLD_OUT_BIAS = 0.05;

/** What stands against a mixture of untouched hosts. */
export const remarksOf = (input: {
  readonly outside: number;
  readonly holdOut: number;
  readonly left: readonly string[];
}): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const { outside, holdOut, left } = input;
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  if (outside > FLAGGED_OUTSIDE)
    (outside > REFUSED_OUTSIDE ? refusals : flags).push({
      flag: 'outside_donors',
      text: `In ${(100 * outside).toFixed(0)} % of the hours before the start the hosts ran above or below all untouched ones, where no mixture of them can follow.`,
      remedy: 'Add untouched hosts that are busier, or idler, than the hosts of the measure.',
    });
  if (Math.abs(holdOut) > LARGEST_HOLD_OUT_BIAS)
    refusals.push({
      flag: 'hold_out_bias',
      text: `A mixture that was fitted on three quarters of the baseline is ${(100 * Math.abs(holdOut)).toFixed(1)} % off in the last quarter, where nothing was changed.`,
      remedy:
        'Take untouched hosts with the same kind of work, or a difference in differences, which accounts for work.',
    });
  if (left.length > 0)
    flags.push({
      flag: 'hosts_left_out',
      text: `${left.length} untouched hosts are left out, as less than 90 % of them is known: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' and more' : ''}.`,
      remedy: 'See why their energy is missing.',
    });
  return { flags, refusals };
};
