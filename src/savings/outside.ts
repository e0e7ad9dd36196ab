import type { Days } from './window-error.ts';

/** Above this share of intervals outside the work of the baseline, a prediction is refused. */
export const OUTSIDE_LIMIT = 0.25;
/** Work may go beyond the baseline's by this share of its range at most. */
export const BEYOND_LIMIT = 0.5;

/** How far the work of some days lies outside that of others; of several kinds of work the worst. */
export interface Outside {
  /** Share of intervals outside the extremes, 0 to 1. */
  readonly share: number;
  /** By how much the highest is above the highest of the others, as a share of their range; 0 or more. */
  readonly beyond: number;
}

/** Work per host-second of the days `later` against the extremes of the days `fitted`. Days within are not gone through. */
export const outsideOf = (fitted: Days, later: Days): Outside => {
  let [share, beyond] = [0, 0];
  fitted.of.rates.forEach((_, kind) => {
    let [low, high, top, out, rows] = [Infinity, -Infinity, -Infinity, 0, 0];
    for (let day = fitted.from; day < fitted.to; day += 1) {
      low = Math.min(low, fitted.of.low[kind]?.[day] ?? low);
      high = Math.max(high, fitted.of.high[kind]?.[day] ?? high);
    }
    const { perDay } = later.of;
    const rates = later.of.rates[kind];
    for (let day = later.from; day < later.to; day += 1) {
      rows += later.of.rows[day] ?? 0;
      const [least, most] = [later.of.low[kind]?.[day] ?? low, later.of.high[kind]?.[day] ?? high];
      top = Math.max(top, most);
      if (least >= low && most <= high) continue;
      for (let slot = day * perDay; slot < (day + 1) * perDay; slot += 1) {
        const rate = rates?.[slot] ?? Number.NaN;
        if (rate < low || rate > high) out += 1;
      }
    }
    if (rows > 0) share = Math.max(share, out / rows);
    if (top > high) beyond = Math.max(beyond, high > low ? (top - high) / (high - low) : Infinity);
  });
  return { share, beyond };
};

export const isTooFar = ({ share, beyond }: Outside): boolean =>
  share > OUTSIDE_LIMIT || beyond > BEYOND_LIMIT;
