import type { LoadCurve } from '../model/meter.ts';
import { type Ratio, ratio, type Watts, watts } from '../units.ts';

/**
 * Power of a host at a busy share of its capacity: linear between the curve's points, held at its ends.
 *
 * @param load 0..1; values outside are held at the ends, NaN at the idle point.
 */
export const powerAt = (curve: Pick<LoadCurve, 'points'>, load: Ratio): Watts => {
  const first = curve.points[0];
  if (first === undefined) return watts(0);
  let before = first;
  for (const point of curve.points) {
    if (load <= point.load) {
      const width = point.load - before.load;
      if (width <= 0) return point.power;
      return watts(before.power + ((load - before.load) / width) * (point.power - before.power));
    }
    before = point;
  }
  return Number.isNaN(load) ? first.power : before.power;
};

/** Power of the curve at no load: the floor of a host without a meter. */
export const idlePower = (curve: LoadCurve): Watts => curve.points[0]?.power ?? watts(0);

/** Idle power over the power at a load, by the shape of a curve: what a loaded minute tells of the floor. */
export const idleShareOf = (curve: Pick<LoadCurve, 'points'>, load: Ratio): Ratio => {
  const power = powerAt(curve, load);
  return power > 0 ? ratio((curve.points[0]?.power ?? 0) / power) : ratio(1);
};

/**
 * Shape of a package where no curve is known for the host: shares of the thermal design power (Teads stress
 * measurements on Intel bare metal, 2021; the table and its notice are in config/hardware).
 */
export const PACKAGE_SHAPE: Pick<LoadCurve, 'points'> = {
  points: [
    { load: ratio(0), power: watts(0.12) },
    { load: ratio(0.1), power: watts(0.32) },
    { load: ratio(0.5), power: watts(0.75) },
    { load: ratio(1), power: watts(1.02) },
  ],
};
