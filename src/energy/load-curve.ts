import type { LoadCurve } from '../model/meter.ts';
import { type Ratio, type Watts, watts } from '../units.ts';

/**
 * Power of a host at a busy share of its capacity: linear between the curve's points, held at its ends.
 *
 * @param load 0..1; values outside are held at the ends, NaN at the idle point.
 */
export const powerAt = (curve: LoadCurve, load: Ratio): Watts => {
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
