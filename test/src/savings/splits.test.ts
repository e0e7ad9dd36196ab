/** Figures that are split in parts: the parts add up to the whole, whatever the figures. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOffset } from '../../../src/savings/growth.ts';
import { decompose, logarithmicMean } from '../../../src/savings/lmdi.ts';
import { shapley } from '../../../src/savings/shapley.ts';

const factor = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const product = (factors: readonly number[]) => factors.reduce((all, one) => all * one, 1);
const total = (parts: readonly number[]) => parts.reduce((sum, part) => sum + part, 0);

describe('the logarithmic mean', () => {
  it('of equal amounts is that amount, and of nearly equal ones is next to it', () => {
    expect(logarithmicMean(3, 3)).toBe(3);
    expect(logarithmicMean(3 * (1 + 1e-12), 3)).toBeCloseTo(3, 10);
    expect(logarithmicMean(0, 0)).toBe(0);
    expect(logarithmicMean(5, 0)).toBe(0);
  });

  it('lies between both, nearer to the smaller than their arithmetic mean, and is symmetric', () => {
    fc.assert(
      fc.property(factor, factor, (a, b) => {
        const mean = logarithmicMean(a, b);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        return (
          mean >= low * (1 - 1e-12) &&
          mean <= high * (1 + 1e-12) &&
          mean <= ((a + b) / 2) * (1 + 1e-12) &&
          Math.abs(mean - logarithmicMean(b, a)) <= 1e-9 * mean
        );
      }),
    );
  });
});

describe('bars of a change', () => {
  it('add up to the change of the product, without a rest', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(factor, factor), { minLength: 1, maxLength: 5 }), (pairs) => {
        const [before, after] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const change = product(after) - product(before);
        const scale = Math.max(product(after), product(before));
        return Math.abs(total(decompose(before, after)) - change) <= 1e-9 * scale;
      }),
    );
  });

  it('of a factor that did not change is 0, and turned round in time they turn their signs', () => {
    const forth = decompose([2, 3, 5], [4, 3, 1]);
    expect(forth[1]).toBe(0);
    expect(decompose([4, 3, 1], [2, 3, 5])).toEqual(
      forth.map((bar) => (bar === 0 ? expect.closeTo(0, 12) : expect.closeTo(-bar, 12))),
    );
  });

  it('add up with factors that come from 0 or fall to it, and are numbers throughout', () => {
    expect(decompose([0, 3], [2, 3])).toEqual([6, 0]);
    expect(decompose([2, 3], [0, 3])).toEqual([-6, 0]);
    expect(decompose([0, 0, 3], [2, 1, 3])).toEqual([3, 3, 0]);
    expect(decompose([0, 3], [0, 7])).toEqual([0, 0]);
    expect(decompose([0, 3], [2, 0])).toEqual([0, 0]);
  });
});

describe('parts of overlapping measures', () => {
  const values = (count: number) =>
    fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
      minLength: 2 ** count,
      maxLength: 2 ** count,
    });

  it('add up to what all of them avoided, for one to six of them', () => {
    for (const count of [1, 2, 3, 4, 5, 6])
      fc.assert(
        fc.property(values(count), (value) => {
          const parts = shapley(count, (set) => value[set] ?? 0);
          return Math.abs(total(parts) - (value[2 ** count - 1] ?? 0)) <= 1e-3;
        }),
        { numRuns: 30 },
      );
  });

  it('are what each avoids alone, where none does anything to another', () => {
    const alone = [3, 5, 7];
    const parts = shapley(3, (set) => total(alone.filter((_, bit) => (set & (1 << bit)) !== 0)));
    for (const [at, part] of parts.entries()) expect(part).toBeCloseTo(alone[at] ?? 0, 12);
  });

  it('are equal for equal measures, and 0 for one that adds nothing to any set', () => {
    const pair = shapley(2, (set) => [0, 4, 4, 5][set] ?? 0);
    expect(pair[0]).toBeCloseTo(2.5, 12);
    expect(pair[1]).toBeCloseTo(2.5, 12);
    expect(shapley(2, (set) => (set & 1) * 9)[1]).toBe(0);
  });

  it('by hand, of the glove game: the one with the rarer glove has two thirds', () => {
    const value = (set: number) => ((set & 1) !== 0 && (set & 6) !== 0 ? 1 : 0);
    const [left, right, other] = shapley(3, value);
    expect(left).toBeCloseTo(2 / 3, 12);
    expect(right).toBeCloseTo(1 / 6, 12);
    expect(other).toBeCloseTo(1 / 6, 12);
  });

  it('of seven measures are refused with what to do', () => {
    expect(() => shapley(7, () => 0)).toThrow(/joint figure/);
  });
});

describe('the growth offset', () => {
  it('is 0 where the total fell by all that was avoided, 1 where it stayed, above 1 where it rose', () => {
    expect(growthOffset(1000, 900, 100, 90)).toBe(0);
    expect(growthOffset(1000, 1000, 100, 90)).toBe(1);
    expect(growthOffset(1000, 1050, 100, 90)).toBe(1.5);
  });

  it('does not exist where nothing was avoided', () => {
    expect(growthOffset(1000, 1100, 0, -10)).toBeUndefined();
    expect(growthOffset(1000, 1100, -100, -110)).toBeUndefined();
    expect(growthOffset(Number.NaN, 1100, 100, 90)).toBeUndefined();
  });

  it('is not told of a saving that may as well be none: 1 J of 1,000 would make 100 J of growth 100 times it', () => {
    expect(growthOffset(1000, 1100, 1, -20)).toBeUndefined();
    expect(growthOffset(1000, 1100, 1, 0)).toBeUndefined();
  });
});
