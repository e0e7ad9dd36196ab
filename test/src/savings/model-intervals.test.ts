/** The scenarios with a known truth: estimates and textbook intervals come out to the printed digit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockBootstrapHalfWidth } from '../../../src/savings/block-bootstrap.ts';
import {
  autocorrelation,
  cvRmse,
  durbinWatson,
  effectivePoints,
  leverages,
  nmbe,
  varianceInflation,
} from '../../../src/savings/fit-statistics.ts';
import { fitLeastSquares } from '../../../src/savings/least-squares.ts';
import { modelHalfWidths, modelIntervals } from '../../../src/savings/model-intervals.ts';
import { defaultLag, hacCovariance, longRunVariance } from '../../../src/savings/newey-west.ts';
import { seededRandom } from '../../../src/savings/random.ts';

const SCENARIOS = join(import.meta.dirname, '../../../../shared/data/savings/scenarios');
const KWH = 3.6e6;

/** kWh, of the README beside the data; the block bootstrap within 15 %, as truth.json says. */
const TABLE = {
  s1_growth_real_saving: [1995.822, 1798.205, 197.617, 1.758, 2.856, 3.598, 4.364, 4.2, 377.4],
  s2_workfall_no_saving: [1306.011, 1302.598, 3.413, 2.178, 2.654, 3.344, 6.396, 7.169, 301.5],
  s3_grid_only: [1636.93, 1635.835, 1.095, 1.69, 2.719, 3.426, 5.097, 5.304, 348.6],
  s4_real_saving_flat: [1645.625, 1476.965, 168.66, 1.21, 2.722, 3.43, 4.457, 7.55, 180.1],
  s5_small_saving: [1646.998, 1625.459, 21.538, 1.734, 3.34, 4.209, 5.234, 5.925, 243.4],
} as const;

const scenario = (name: string) => {
  const lines = readFileSync(join(SCENARIOS, `${name}.csv`), 'utf8')
    .trim()
    .split(/\r?\n/);
  const head = (lines[0] ?? '').split(',');
  const rows = lines.slice(1).map((line) => line.split(','));
  const of = (column: string, period: string): Float64Array =>
    Float64Array.from(
      rows.filter((row) => row[head.indexOf('period')] === period),
      (row) => Number(row[head.indexOf(column)]),
    );
  const design = (period: string) => {
    const work = of('work_units', period);
    return { names: ['1', 'work'], columns: [new Float64Array(work.length).fill(1), work] };
  };
  const joulesOf = (period: string) => of('energy_wh', period).map((value) => value * 3600);
  const outcome = fitLeastSquares(design('baseline'), joulesOf('baseline'));
  if (!outcome.ok) throw new Error(outcome.detail);
  return {
    design: design('baseline'),
    future: design('reporting'),
    fit: outcome.fit,
    actual: joulesOf('reporting').reduce((sum, value) => sum + value, 0),
  };
};

describe.skipIf(!existsSync(SCENARIOS))('scenarios (skipped where ../shared/data is absent)', () => {
  it.each(Object.keys(TABLE) as (keyof typeof TABLE)[])(
    '%s: avoided energy and every textbook interval',
    (name) => {
      const [expected, used, avoided, exact, guideline, scaled, hac24, hac168, points] = TABLE[name];
      const { design, future, fit, actual } = scenario(name);
      const intervals = modelIntervals({ design, fit, future, actual, lag: 24 });
      const [first] = intervals;
      const middle = ((first?.low ?? 0) + (first?.high ?? 0)) / 2;
      expect((middle + actual) / KWH).toBeCloseTo(expected, 3);
      expect(actual / KWH).toBeCloseTo(used, 3);
      expect(middle / KWH).toBeCloseTo(avoided, 3);
      const halves = modelHalfWidths({ design, fit, future, lag: 24 });
      expect((halves['exact-independent'] ?? 0) / KWH).toBeCloseTo(exact, 3);
      expect((halves['guideline-14'] ?? 0) / KWH).toBeCloseTo(guideline, 3);
      expect((halves['guideline-14-scaled'] ?? 0) / KWH).toBeCloseTo(scaled, 3);
      expect((halves['newey-west'] ?? 0) / KWH).toBeCloseTo(hac24, 3);
      expect((modelHalfWidths({ design, fit, future, lag: 168 })['newey-west'] ?? 0) / KWH).toBeCloseTo(
        hac168,
        3,
      );
      expect(effectivePoints(fit.n, autocorrelation(fit.residuals))).toBeCloseTo(points, 1);
      for (const interval of intervals) expect(interval.level).toBe(0.9);
    },
  );

  it.each(Object.keys(TABLE))('%s: the block bootstrap gives what another program drew', (name) => {
    const truth = JSON.parse(readFileSync(join(SCENARIOS, 'truth.json'), 'utf8')) as Record<
      string,
      { estimator_ols_work: { hw90_block_bootstrap_kwh: number } }
    >;
    const { design, future, fit } = scenario(name);
    const half = (seed: string) =>
      blockBootstrapHalfWidth({
        ...{ design, fit, future, block: 168, draws: 1000, level: 0.9 },
        random: seededRandom(seed),
      });
    const key = Object.keys(truth).find((one) => name.startsWith(one)) ?? name;
    const wanted = truth[key]?.estimator_ols_work.hw90_block_bootstrap_kwh ?? Number.NaN;
    expect(half('a') / KWH / wanted).toBeGreaterThan(0.85);
    expect(half('a') / KWH / wanted).toBeLessThan(1.15);
    expect(half('a')).toBe(half('a'));
    expect(half('a')).not.toBe(half('b'));
  });
});

describe('intervals by formula', () => {
  const n = 400;
  const random = seededRandom('noise');
  const noise = Float64Array.from({ length: n }, () => random.next() - 0.5);
  const work = Float64Array.from({ length: n }, (_, i) => 30 + 10 * Math.sin(i / 5));
  const columns = [new Float64Array(n).fill(1), work];
  const design = { names: ['1', 'work'], columns };
  const y = work.map((value, i) => 100 + 3 * value + (noise[i] ?? 0));
  const outcome = fitLeastSquares(design, y);
  if (!outcome.ok) throw new Error(outcome.detail);
  const { fit } = outcome;

  it('with lag 0 the robust covariance is that of White, worked out row by row', () => {
    const white = new Float64Array(4);
    for (let t = 0; t < n; t += 1)
      for (const j of [0, 1])
        for (const k of [0, 1])
          white[2 * j + k] =
            (white[2 * j + k] ?? 0) +
            (fit.residuals[t] ?? 0) ** 2 * (columns[j]?.[t] ?? 0) * (columns[k]?.[t] ?? 0);
    const [a = 0, b = 0, c = 0, d = 0] = fit.inverse;
    const [e = 0, f = 0, g = 0, h = 0] = white;
    const left = [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h] as const;
    const whole = [
      left[0] * a + left[1] * c,
      left[0] * b + left[1] * d,
      left[2] * a + left[3] * c,
      left[2] * b + left[3] * d,
    ];
    for (const [at, value] of hacCovariance(design, fit, 0).entries())
      expect(value / (whole[at] ?? Number.NaN)).toBeCloseTo(1, 9);
  });

  it('the long-run variance of independent noise is about its variance', () => {
    const variance = fit.residuals.reduce((sum, value) => sum + value * value, 0) / n;
    expect(longRunVariance(fit.residuals, 0)).toBeCloseTo(variance, 12);
    expect(longRunVariance(fit.residuals, 10) / variance).toBeGreaterThan(0.6);
    expect(longRunVariance(fit.residuals, 10) / variance).toBeLessThan(1.5);
  });

  it('the AR(1) interval is left out where the hours are worth no more points than there are terms', () => {
    const rising = { ...fit, n: 300, residuals: fit.residuals.map((_, at) => at) };
    expect(modelHalfWidths({ design, fit, future: design })).toHaveProperty('ar1');
    expect(modelHalfWidths({ design, fit: rising, future: design })).not.toHaveProperty('ar1');
  });

  it('leverages add up to the number of coefficients', () => {
    expect(leverages(design, fit).reduce((sum, value) => sum + value, 0)).toBeCloseTo(2, 9);
  });

  it('columns that nearly repeat each other are inflated, others are not', () => {
    const twin = work.map((value, i) => value + (noise[i] ?? 0) / 10);
    expect(varianceInflation({ names: ['1', 'a', 'b'], columns: [...columns, twin] })[1]).toBeGreaterThan(
      100,
    );
    expect(varianceInflation({ names: ['a'], columns: [work] })).toEqual([1]);
  });

  it('statistics of errors are those of their definitions', () => {
    const e = Float64Array.of(1, -1, 1, -1, 1);
    expect(autocorrelation(e)).toBe(0);
    expect(durbinWatson(e)).toBeCloseTo(16 / 5, 12);
    expect(nmbe(Float64Array.of(2, 4), Float64Array.of(1, 3))).toBeCloseTo(1 / 3, 12);
    expect(effectivePoints(100, 0.5)).toBeCloseTo(100 / 3, 12);
    expect(cvRmse(fit)).toBeCloseTo(fit.s / (y.reduce((sum, value) => sum + value, 0) / n), 12);
    expect([defaultLag(1344), defaultLag(40)]).toEqual([48, 10]);
  });

  it('a drifting series has fewer points than intervals, an independent one about as many', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (seed) => {
        const source = seededRandom(seed);
        let level = 0;
        const walk = Float64Array.from({ length: 500 }, () => {
          level = 0.95 * level + source.next() - 0.5;
          return level;
        });
        expect(effectivePoints(500, autocorrelation(walk))).toBeLessThan(120);
      }),
      { numRuns: 30 },
    );
  });
});
