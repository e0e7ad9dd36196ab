import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitCurve, type LoadPair } from '../../src/energy/curve-fit.ts';
import { neverFallingFit } from '../../src/energy/isotonic.ts';
import { powerAt } from '../../src/energy/load-curve.ts';
import { ratio, watts } from '../../src/units.ts';

const load = fc.double({ min: 0, max: 1, noNaN: true });
const power = fc.double({ min: 1, max: 5000, noNaN: true });
/** Ends that a fit needs, and anything between. */
const pairs = fc
  .tuple(fc.array(fc.tuple(load, power), { maxLength: 60 }), power, power)
  .map(([middle, a, b]): readonly LoadPair[] =>
    [[0, Math.min(a, b)] as const, ...middle, [1, Math.max(a, b) + 1] as const].map(([l, p]) => ({
      load: ratio(l),
      power: watts(p),
    })),
  );

it('a fitted curve never falls, stays finite, and always has its ends', () => {
  fc.assert(
    fc.property(pairs, (measured) => {
      const fit = fitCurve(measured);
      if (!fit.found) return;
      const { points, errorBand, rSquared } = fit.value;
      expect(points[0]?.load).toBe(0);
      expect(points.at(-1)?.load).toBe(1);
      points.forEach((point, i) => {
        expect(point.power).toSatisfy(Number.isFinite);
        expect(point.power).toBeGreaterThanOrEqual(Math.max(0, (points[i - 1]?.power ?? 0) - 1e-9));
      });
      expect(errorBand).toBeGreaterThanOrEqual(0.01);
      expect(errorBand).toBeLessThanOrEqual(1);
      expect(rSquared).toBeLessThanOrEqual(1);
    }),
  );
});

it('the order in which pairs were measured does not matter', () => {
  fc.assert(
    fc.property(
      pairs.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length }),
        ),
      ),
      ([list, shuffled]) => {
        expect(fitCurve(shuffled)).toEqual(fitCurve(list));
      },
    ),
  );
});

it('a known curve is recovered from noisy readings of it, within the noise', () => {
  const curves = fc.tuple(
    fc.double({ min: 20, max: 400, noNaN: true }),
    fc.double({ min: 0.2, max: 4, noNaN: true }),
    fc.double({ min: 0.4, max: 1, noNaN: true }),
  );
  const noise = 0.03;
  fc.assert(
    fc.property(curves, fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (shape, stream) => {
      // Concave, as servers are; idle and range in watts.
      const [idle, range, bend] = shape;
      const truth = (at: number): number => idle * (1 + range * at ** bend);
      const random = (): number => stream.next().value ?? 0;
      const measured = [0, 0.1, 0.25, 0.5, 0.75, 1].flatMap((step) =>
        Array.from({ length: 30 }, (): LoadPair => {
          const at = Math.min(1, Math.max(0, step + 0.005 * random()));
          return { load: ratio(at), power: watts(truth(at) * (1 + noise * random())) };
        }),
      );
      const fit = fitCurve(measured);
      if (!fit.found) throw new Error(fit.reason);
      for (const step of [0.1, 0.25, 0.5, 0.75, 0.99]) {
        const error = powerAt({ points: fit.value.points }, ratio(step)) / truth(step) - 1;
        // At 25 and 75 % the curve of 10 % steps cuts the corner of a step; the rest is the noise of a median.
        expect(Math.abs(error)).toBeLessThan(2 * noise);
      }
      expect(fit.value.errorBand).toBeLessThan(3 * noise);
    }),
    { numRuns: 50 },
  );
});

it('the never-falling fit keeps the weighted mean and leaves what does not fall alone', () => {
  const weighted = fc.record({
    value: fc.double({ min: 0, max: 1000, noNaN: true }),
    weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(weighted, { minLength: 1, maxLength: 40 }), (values) => {
      const fit = neverFallingFit(values);
      const total = (of: readonly number[]): number =>
        of.reduce((sum, value, i) => sum + value * (values[i]?.weight ?? 0), 0);
      expect(fit).toHaveLength(values.length);
      expect(total(fit)).toBeCloseTo(total(values.map(({ value }) => value)), 4);
      fit.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(fit[i - 1] ?? 0);
      });
      const sorted = [...values].sort((a, b) => a.value - b.value);
      expect(neverFallingFit(sorted)).toEqual(sorted.map(({ value }) => value));
    }),
  );
});
