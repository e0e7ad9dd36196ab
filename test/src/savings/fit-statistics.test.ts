import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  autocorrelation,
  columnSums,
  cvRmse,
  durbinWatson,
  effectivePoints,
  leverages,
  nmbe,
  quadratic,
  totalWeights,
  varianceInflation,
} from '../../../src/savings/fit-statistics.ts';
import { type Design, type Fit, fitLeastSquares } from '../../../src/savings/least-squares.ts';
import { seededRandom } from '../../../src/savings/random.ts';

const fitOf = (design: Design, y: Float64Array): Fit => {
  const outcome = fitLeastSquares(design, y);
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.fit;
};
const ones = (n: number): Float64Array => new Float64Array(n).fill(1);
const noise = (seed: string, n: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: n }, () => random.next() - 0.5);
};

describe('how well a model fits', () => {
  it('is CV(RMSE) over n - p and the mean of the energy, the same in kWh and in J', () => {
    const design = { names: ['constant'], columns: [ones(4)] };
    const y = Float64Array.of(8, 12, 9, 11);
    // By hand: mean 10, squares 4 + 4 + 1 + 1 over 3.
    expect(cvRmse(fitOf(design, y))).toBeCloseTo(Math.sqrt(10 / 3) / 10, 14);
    expect(
      cvRmse(
        fitOf(
          design,
          y.map((value) => value * 3.6e6),
        ),
      ),
    ).toBeCloseTo(Math.sqrt(10 / 3) / 10, 14);
  });

  it('is the bias of a hold-out with its sign: positive where more was used than predicted', () => {
    expect(nmbe(Float64Array.of(11, 11, 11, 11), Float64Array.of(10, 10, 10, 10))).toBeCloseTo(1 / 11, 14);
    expect(nmbe(Float64Array.of(10, 10, 10), Float64Array.of(11, 11, 11))).toBeLessThan(0);
  });
});

describe('autocorrelation of the residuals', () => {
  it('is the correlation of each with the one before', () => {
    // By hand: (1,2,4) with (2,4,3): means 7/3 and 3; products 1, squares 14/3 and 2.
    expect(autocorrelation(Float64Array.of(1, 2, 4, 3))).toBeCloseTo(1 / Math.sqrt((14 / 3) * 2), 14);
  });

  it('is found again where an hour keeps a known share of the one before', () => {
    for (const rho of [0.3, 0.7, 0.9]) {
      const e = noise(`rho ${rho}`, 50_000);
      for (let at = 1; at < e.length; at += 1) e[at]! += rho * e[at - 1]!;
      expect(Math.abs(autocorrelation(e) - rho)).toBeLessThan(0.02);
      expect(Math.abs(durbinWatson(e) - 2 * (1 - rho))).toBeLessThan(0.04);
    }
  });

  it('is held within 0 and 0.99, so that effective points are neither more than there are nor none', () => {
    expect(autocorrelation(Float64Array.of(1, -1, 1, -1, 1))).toBe(0);
    expect(autocorrelation(Float64Array.from({ length: 50 }, (_, at) => at))).toBe(0.99);
    for (const few of [[], [1], [2, 2, 2]]) expect(autocorrelation(Float64Array.from(few))).toBe(0);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10_000 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (n, rho) => {
          expect(effectivePoints(n, rho)).toBeGreaterThan(0);
          expect(effectivePoints(n, rho)).toBeLessThanOrEqual(n);
        },
      ),
    );
    expect(effectivePoints(1344, 0.5)).toBeCloseTo(448, 12);
  });
});

describe('drivers that cannot be told apart', () => {
  it('show in the variance inflation: 1 / (1 - r^2) for two drivers and a constant', () => {
    const a = noise('a', 400);
    const b = noise('b', 400).map((value, at) => 0.2 * value + a[at]! + 40);
    const mean = (v: Float64Array): number => v.reduce((sum, value) => sum + value, 0) / v.length;
    const [ma, mb] = [mean(a), mean(b)];
    const inner = (v: Float64Array, mv: number, w: Float64Array, mw: number): number =>
      v.reduce((sum, value, at) => sum + (value - mv) * (w[at]! - mw), 0);
    const r2 = inner(a, ma, b, mb) ** 2 / (inner(a, ma, a, ma) * inner(b, mb, b, mb));
    const design = { names: ['constant', 'a', 'b'], columns: [ones(400), a, b] };
    const [constant, ofA, ofB] = varianceInflation(design);
    expect(constant).toBe(1);
    expect(ofA).toBeCloseTo(1 / (1 - r2), 8);
    expect(ofB).toBeCloseTo(1 / (1 - r2), 8);
    expect(ofA).toBeGreaterThan(10);
  });

  it('a constant that is no round number is still no driver', () => {
    const design = {
      names: ['hours', 'work'],
      columns: [new Float64Array(500).fill(36_000.1), noise('w', 500)],
    };
    const [hours, work] = varianceInflation(design);
    expect(hours).toBe(1);
    expect(work).toBeCloseTo(1, 10);
  });

  it('host time that hardly varies is told apart from work that does: nothing is inflated', () => {
    const work = noise('w', 500).map((value) => 40 + 10 * value);
    const hours = noise('h', 500).map((value) => 36_000 * (1 + 0.001 * value));
    expect(Math.max(...varianceInflation({ names: ['hours', 'work'], columns: [hours, work] }))).toBeLessThan(
      2,
    );
  });

  it('host time that follows the work is not', () => {
    const work = noise('w', 500).map((value) => 40 + 30 * value);
    const hours = work.map((value, at) => 900 * value * (1 + 0.01 * noise('h', 500)[at]!));
    expect(
      Math.min(...varianceInflation({ names: ['hours', 'work'], columns: [hours, work] })),
    ).toBeGreaterThan(100);
    const twice = work.map((value) => 2 * value);
    expect(varianceInflation({ names: ['work', 'twice'], columns: [work, twice] })).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe('leverages', () => {
  it('are between 0 and 1 and sum to the number of coefficients', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6 }), fc.integer({ min: 5, max: 40 }), (seed, n) => {
        const design = {
          names: ['1', 'a', 'b'],
          columns: [ones(n), noise(`${seed}a`, n), noise(`${seed}b`, n)],
        };
        const h = leverages(design, fitOf(design, noise(seed, n)));
        expect(Math.min(...h)).toBeGreaterThan(0);
        expect(Math.max(...h)).toBeLessThan(1 + 1e-12);
        expect(h.reduce((sum, value) => sum + value, 0)).toBeCloseTo(3, 9);
      }),
    );
  });
});

describe('the error of a predicted total', () => {
  it('moves with each row of the fit by its weight: refitting says the same', () => {
    const n = 30;
    const design = { names: ['1', 'a'], columns: [ones(n), noise('a', n)] };
    const y = noise('y', n);
    const future = { names: design.names, columns: [ones(5), Float64Array.of(1, 2, 3, 4, 5)] };
    const d = columnSums(future);
    expect([...d]).toEqual([5, 15]);
    const fit = fitOf(design, y);
    const total = ({ coefficients }: Fit): number => coefficients[0]! * d[0]! + coefficients[1]! * d[1]!;
    const weights = totalWeights(design, fit, d);
    for (const row of [0, 13, 29]) {
      const moved = fitOf(
        design,
        y.map((value, at) => (at === row ? value + 1 : value)),
      );
      expect(total(moved) - total(fit)).toBeCloseTo(weights[row]!, 10);
    }
    const squares = weights.reduce((sum, value) => sum + value * value, 0);
    expect(quadratic(fit.inverse, d)).toBeCloseTo(squares, 9);
  });
});
