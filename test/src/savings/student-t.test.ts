/** Quantiles are those of published tables. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile } from '../../../src/savings/quantiles.ts';
import {
  normalProbability,
  normalQuantile,
  tProbability,
  tQuantile,
} from '../../../src/savings/student-t.ts';

describe("Student's t", () => {
  it.each([
    [0.95, 10, 1.812_461],
    [0.95, 40, 1.683_851],
    [0.95, 1342, 1.645_99],
    [0.95, 1, 6.313_752],
    [0.975, 5, 2.570_582],
    [0.995, 2, 9.924_843],
  ])('P = %s with %s degrees of freedom is at %s', (probability, degrees, t) => {
    expect(tQuantile(probability, degrees)).toBeCloseTo(t, 5);
  });

  it('has a closed form with 1 and 2 degrees of freedom, which it meets to ten digits', () => {
    for (const p of [0.6, 0.9, 0.95, 0.99, 0.9999]) {
      const cauchy = Math.tan(Math.PI * (p - 0.5));
      expect(tQuantile(p, 1) / cauchy).toBeCloseTo(1, 10);
      const two = (2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p)));
      expect(tQuantile(p, 2) / two).toBeCloseTo(1, 10);
    }
  });

  it('is symmetric, and its quantile undoes its probability', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 5000 }),
        (p, df) => {
          const t = tQuantile(p, df);
          expect(tProbability(t, df)).toBeCloseTo(p, 10);
          expect(tQuantile(1 - p, df)).toBeCloseTo(-t, 6);
        },
      ),
    );
  });

  it('is nothing outside of 0 to 1', () => {
    for (const p of [0, 1, -0.1, Number.NaN]) expect(tQuantile(p, 3)).toBeNaN();
    expect(tQuantile(0.9, 0)).toBeNaN();
  });
});

describe('the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.95, 1.644_853_626_951_47],
    [0.975, 1.959_963_984_540_054],
    [0.999, 3.090_232_306_167_81],
  ])('P = %s is at %s', (probability, z) => {
    expect(normalQuantile(probability)).toBeCloseTo(z, 11);
    expect(normalProbability(z)).toBeCloseTo(probability, 13);
  });
});

describe('a quantile of figures', () => {
  it('lies between order statistics, whatever their order', () => {
    expect(quantile([3, 1, 2, 4], 0.5)).toBe(2.5);
    expect(quantile([3, 1, 2, 4], 0)).toBe(1);
    expect(quantile([3, 1, 2, 4], 1)).toBe(4);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
    expect(median([5])).toBe(5);
    expect(median([])).toBeNaN();
  });

  it('never falls as its level rises', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }), (values) => {
        const levels = Array.from({ length: 21 }, (_, i) => quantile(values, i / 20));
        for (let i = 1; i < levels.length; i += 1)
          expect(levels[i] ?? 0).toBeGreaterThanOrEqual((levels[i - 1] ?? 0) - 1e-6);
      }),
    );
  });
});
