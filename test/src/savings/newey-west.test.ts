import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSums, quadratic } from '../../../src/savings/fit-statistics.ts';
import { type Design, type Fit, fitLeastSquares } from '../../../src/savings/least-squares.ts';
import { hacCovariance, hacTotalVariance, longRunVariance } from '../../../src/savings/newey-west.ts';
import { seededRandom } from '../../../src/savings/random.ts';

const noise = (seed: string, n: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () => random.next() - 0.5);
};
const made = (seed: string, n: number): { design: Design; fit: Fit } => {
  const columns = [new Float64Array(n).fill(1), noise(`${seed}a`, n), noise(`${seed}b`, n)];
  const design = { names: ['1', 'a', 'b'], columns };
  const outcome = fitLeastSquares(design, noise(seed, n));
  if (!outcome.ok) throw new Error(outcome.detail);
  return { design, fit: outcome.fit };
};

/** The formula term by term, matrix by matrix. */
const byHand = (design: Design, { inverse, residuals, n, p }: Fit, lag: number): number[][] => {
  const x = Array.from({ length: n }, (_, t) => design.columns.map((column) => column[t]!));
  const empty = (): number[][] => Array.from({ length: p }, () => new Array<number>(p).fill(0));
  const times = (a: number[][], b: number[][]): number[][] =>
    a.map((row) => b[0]!.map((_, at) => row.reduce((sum, value, k) => sum + value * b[k]![at]!, 0)));
  const meat = empty();
  for (let t = 0; t < n; t += 1)
    for (let l = 0; l <= Math.min(lag, t); l += 1)
      for (let i = 0; i < p; i += 1)
        for (let j = 0; j < p; j += 1) {
          const [now, then] = [x[t]!, x[t - l]!];
          const both = residuals[t]! * residuals[t - l]!;
          meat[i]![j]! +=
            l === 0
              ? both * now[i]! * now[j]!
              : (1 - l / (lag + 1)) * both * (now[i]! * then[j]! + then[i]! * now[j]!);
        }
  const bread = Array.from({ length: p }, (_, i) => [...inverse.subarray(i * p, (i + 1) * p)]);
  return times(times(bread, meat), bread);
};

describe('variance with autocorrelated errors', () => {
  it('of the coefficients is the published formula, term by term', () => {
    for (const lag of [0, 1, 7]) {
      const { design, fit } = made(`lag ${lag}`, 40);
      const expected = byHand(design, fit, lag).flat();
      for (const [at, value] of hacCovariance(design, fit, lag).entries())
        expect(value).toBeCloseTo(expected[at]!, 12);
    }
  });

  it('of a total is that of the coefficients times what they are multiplied with', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6 }), fc.integer({ min: 0, max: 20 }), (seed, lag) => {
        const { design, fit } = made(seed, 60);
        const d = columnSums({ ...design, columns: design.columns.map((column) => column.subarray(0, 25)) });
        const whole = quadratic(hacCovariance(design, fit, lag), d);
        const short = hacTotalVariance(design, fit, d, lag);
        expect(Math.abs(short - whole)).toBeLessThanOrEqual(1e-9 * Math.abs(whole) + 1e-12);
        expect(short).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('of one more error is its plain variance without lags, and by hand with one', () => {
    const e = Float64Array.of(1, -2, 3, -1);
    expect(longRunVariance(e, 0)).toBe(15 / 4);
    // gamma_1 = (-2 - 6 - 3) / 4, weight 1 - 1/2.
    expect(longRunVariance(e, 1)).toBeCloseTo(15 / 4 + 2 * 0.5 * (-11 / 4), 14);
  });

  it('comes to (1 + rho) / (1 - rho) times the variance where each hour keeps a share rho of the one before', () => {
    const e = noise('long run', 200_000);
    for (let at = 1; at < e.length; at += 1) e[at]! += 0.6 * e[at - 1]!;
    // Uniform noise has a variance of 1/12; the long run multiplies it by 1 / (1 - rho)^2.
    expect(longRunVariance(e, 60) / (1 / 12 / 0.4 ** 2)).toBeGreaterThan(0.9);
    expect(longRunVariance(e, 60) / (1 / 12 / 0.4 ** 2)).toBeLessThan(1.05);
  });

  it('is never below 0, whatever the errors and the lag', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 60 }),
        (errors, lag) => {
          const scale = Math.max(...errors.map((value) => value * value));
          expect(longRunVariance(Float64Array.from(errors), lag)).toBeGreaterThanOrEqual(-1e-12 * scale);
        },
      ),
    );
  });
});
