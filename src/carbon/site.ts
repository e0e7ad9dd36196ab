import { type Joules, scale, toKilowattHours } from '../units.ts';
import type { Piece } from './course.ts';
import { NO_OVERHEAD } from './emissions.ts';

/** What a span's IT energy cost the site, by currency: the price is paid for the overhead too. Pure. */
export const costOf = (energy: Joules, course: readonly Piece[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { carbon, share } of course) {
    const { price, pue = NO_OVERHEAD } = carbon;
    if (price === undefined) continue;
    const paid = toKilowattHours(scale(energy, share * pue)) * price.perKWh;
    sums.set(price.currency, (sums.get(price.currency) ?? 0) + paid);
  }
  return sums;
};

/** Litres of water that a span's IT energy took; undefined where no piece has a WUE. Pure. */
export const waterOf = (energy: Joules, course: readonly Piece[]): number | undefined => {
  if (course.every(({ carbon }) => carbon.wue === undefined)) return undefined;
  return course.reduce(
    (sum, { carbon: { wue = 0 }, share }) => sum + toKilowattHours(scale(energy, share)) * wue,
    0,
  );
};

/** Carbon usage effectiveness, kg of CO2e of the site per kWh of IT energy (ISO/IEC 30134-8): a site on grid power alone. */
export const cueOf = (gramsPerKWh: number, pue: number): number => (gramsPerKWh * pue) / 1000;
