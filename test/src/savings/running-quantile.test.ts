import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quantile } from '../../../src/savings/quantiles.ts';
import { runningQuantile } from '../../../src/savings/running-quantile.ts';

it('a set that grows has at every moment the quantiles of what is in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: -10, max: 10, noNaN: true })), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer(),
      (values, level, seed) => {
        const order = values
          .map((_, at) => at)
          .sort((a, b) => ((a * 7919 + seed) % 101) - ((b * 7919 + seed) % 101));
        const set = runningQuantile(Float64Array.from(values));
        const within: number[] = [];
        expect(set.at(level)).toBeNaN();
        for (const index of order) {
          set.add(index);
          within.push(values[index]!);
          expect(set.size).toBe(within.length);
          expect(set.at(level)).toBeCloseTo(quantile(within, level), 12);
        }
      },
    ),
  );
});
