import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, tProbability, tQuantile } from '../../../src/savings/student-t.ts';

/** Probability, degrees of freedom, quantile: mpmath with 50 digits. */
const MP = [
  [0.95, 10, 1.812461122811676],
  [0.95, 1342, 1.645989862396355],
  [0.51, 3, 0.02721146704911802],
  [0.75, 0.5, 1.553773974030037],
  [0.9, 377.4, 1.283798781434764],
  [0.975, 2.5, 3.574654842003682],
  [0.999, 7, 4.785289628638333],
  [1e-12, 40, -9.987885004868849],
  [0.95, 50000.0, 1.644884102902513],
  [0.975, 1000000.0, 1.959966356814107],
  [0.500001, 12, 2.559336258302496e-6],
] as const;
const NORMAL = [
  [0.5000001, 2.506628273311648e-7],
  [0.6, 0.2533471031357997],
  [0.9, 1.2815515655446006],
  [0.95, 1.6448536269514722],
  [0.975, 1.9599639845400538],
  [0.999, 3.090232306167813],
  [1e-12, -7.034483825301132],
  [1e-40, -13.31092137142517],
] as const;

const near = (value: number, expected: number, share = 1e-10): void =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(share * Math.abs(expected));
const probabilities = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const degreesOfFreedom = fc.oneof(
  fc.integer({ min: 1, max: 10_000 }),
  fc.double({ min: 0.5, max: 2e5, noNaN: true }),
);

describe("the quantile of Student's t", () => {
  it('is that of published tables', () => {
    expect(tQuantile(0.95, 10).toFixed(6)).toBe('1.812461');
    expect(tQuantile(0.95, 40).toFixed(6)).toBe('1.683851');
    expect(tQuantile(0.95, 1342).toFixed(6)).toBe('1.645990');
  });

  it('is that of arithmetic with 40 digits, in the middle and far out, with few and with many degrees of freedom', () => {
    for (const [probability, degrees, known] of MP) near(tQuantile(probability, degrees), known, 1e-12);
    // Out here the third term of the expansion about the normal quantile is needed.
    near(tQuantile(1e-100, 120_000), -21.29357107315677);
  });

  it('has the closed forms of one, two and four degrees of freedom', () => {
    fc.assert(
      fc.property(probabilities, (p) => {
        fc.pre(Math.abs(p - 0.5) > 1e-6);
        near(tQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-9);
        near(tQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-9);
        // The last form takes 1 from a number near 1: nearer to the middle it has no eight digits itself.
        if (Math.abs(p - 0.5) < 1e-3) return;
        const alpha = 4 * p * (1 - p);
        const q = Math.cos(Math.acos(Math.sqrt(alpha)) / 3) / Math.sqrt(alpha);
        near(tQuantile(p, 4), Math.sign(p - 0.5) * 2 * Math.sqrt(q - 1), 1e-8);
      }),
    );
  });

  it('is as far below 0 as above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1023 }), degreesOfFreedom, (k, degrees) => {
        expect(tQuantile(k / 1024, degrees)).toBe(-tQuantile(1 - k / 1024, degrees) + 0);
      }),
    );
  });

  it('leads back to the probability it was asked for', () => {
    fc.assert(
      fc.property(probabilities, degreesOfFreedom, (p, degrees) => {
        near(tProbability(tQuantile(p, degrees), degrees), p, 1e-9);
      }),
    );
  });

  it('grows with the probability and, above the middle, falls with the degrees of freedom towards the normal one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.6, max: 0.999, noNaN: true }), degreesOfFreedom, (p, degrees) => {
        expect(tQuantile(p, degrees)).toBeGreaterThan(tQuantile(p - 0.05, degrees));
        expect(tQuantile(p, degrees)).toBeGreaterThan(tQuantile(p, degrees * 1.1));
        expect(tQuantile(p, degrees)).toBeGreaterThan(normalQuantile(p));
      }),
    );
    expect(tQuantile(0.95, Number.POSITIVE_INFINITY)).toBe(normalQuantile(0.95));
  });

  it('makes no jump where the expansion about the normal quantile takes over', () => {
    for (const p of [0.6, 0.95, 0.9999]) near(tQuantile(p, 100_000.001), tQuantile(p, 99_999.999), 1e-11);
  });

  it('is NaN where there is no such interval, never a number', () => {
    for (const degrees of [0, -3, Number.NaN]) expect(tQuantile(0.95, degrees)).toBeNaN();
    for (const p of [-0.1, 0, 1, 1.1, Number.NaN]) expect(tQuantile(p, 10)).toBeNaN();
    expect(tQuantile(0.5, 10)).toBe(0);
  });
});

describe('the normal quantile', () => {
  it('is that of arithmetic with 40 digits, to 14 of them', () => {
    for (const [probability, known] of NORMAL) near(normalQuantile(probability), known, 1e-14);
  });

  it('is as far below 0 as above it, and NaN outside of 0 to 1', () => {
    for (let k = 1; k < 1024; k += 1) expect(normalQuantile(k / 1024) + normalQuantile(1 - k / 1024)).toBe(0);
    expect(normalQuantile(-1)).toBeNaN();
  });
});
