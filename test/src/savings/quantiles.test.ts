import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile } from '../../../src/savings/quantiles.ts';

const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 });
const level = fc.double({ min: 0, max: 1, noNaN: true });

describe('a quantile', () => {
  it('is that of R and NumPy: linear between the order statistics', () => {
    const sample = [15, 20, 35, 40, 50];
    expect(quantile(sample, 0.4)).toBeCloseTo(29, 12);
    expect(quantile(sample, 0.25)).toBe(20);
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)).toBeCloseTo(9.1, 12);
    expect(quantile([7], 0.3)).toBe(7);
  });

  it('never falls as its level rises, and lies between the least and the greatest value', () => {
    fc.assert(
      fc.property(values, level, level, (sample, a, b) => {
        const [low, high] = [quantile(sample, Math.min(a, b)), quantile(sample, Math.max(a, b))];
        // Interpolation rounds: a hair of the spread.
        const hair = 1e-15 * (Math.max(...sample) - Math.min(...sample));
        expect(low).toBeLessThanOrEqual(high + hair);
        // As numbers: the sign of a 0 is nothing to a quantile.
        expect(quantile(sample, 0) === Math.min(...sample)).toBe(true);
        expect(quantile(sample, 1) === Math.max(...sample)).toBe(true);
      }),
    );
  });

  it('does not depend on the order of the values, and leaves them as they are', () => {
    fc.assert(
      fc.property(values, level, (sample, at) => {
        const before = [...sample];
        expect(quantile([...sample].reverse(), at)).toBe(quantile(sample, at));
        expect(sample).toEqual(before);
      }),
    );
  });

  it('sorts by value, not by text, with numbers below 0 and above 9', () => {
    expect(median([100, 9, -20])).toBe(9);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median(Float64Array.of(10, 9, 8))).toBe(9);
  });

  it('is NaN of nothing or where a value is not known, and infinite where the values are', () => {
    expect(quantile([], 0.5)).toBeNaN();
    expect(quantile([1, Number.NaN, 3], 0.1)).toBeNaN();
    expect(quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.9)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
