import { describe, expect, it } from 'vitest';
import { blockBootstrapHalfWidth } from '../../../src/savings/block-bootstrap.ts';
import { type Design, fitLeastSquares, predict } from '../../../src/savings/least-squares.ts';
import { modelHalfWidths } from '../../../src/savings/model-intervals.ts';
import { quantile } from '../../../src/savings/quantiles.ts';
import { seededRandom } from '../../../src/savings/random.ts';

/** Noise about 0 of which each hour keeps a share of the one before. */
const noise = (seed: string, n: number, keeps = 0): Float64Array => {
  const random = seededRandom(seed);
  let before = 0;
  return Float64Array.from({ length: n }, () => {
    before = keeps * before + random.next() + random.next() + random.next() - 1.5;
    return before;
  });
};
const designOf = (seed: string, n: number): Design => ({
  names: ['constant', 'work'],
  columns: [new Float64Array(n).fill(1), noise(seed, n).map((value) => 10 + value)],
});
/** Energy on a constant and work; without the constant the residuals have a mean. */
const made = (keeps: number, constant = true) => {
  const whole = designOf('before', 1000);
  const of = (design: Design): Design =>
    constant ? design : { names: ['work'], columns: design.columns.slice(1) };
  const design = of(whole);
  const e = noise('errors', 1000, keeps);
  const y = predict({ coefficients: Float64Array.of(1200, 31) }, whole.columns).map(
    (value, at) => value + e[at]!,
  );
  const outcome = fitLeastSquares(design, y);
  if (!outcome.ok) throw new Error(outcome.detail);
  return { design, fit: outcome.fit, future: of(designOf('after', 300)), draws: 1000, level: 0.9 };
};

describe('the moving-block bootstrap', () => {
  it('gives the same bits for the same stream, and nearly the same for another', () => {
    const input = { ...made(0.5), block: 48 };
    const width = (seed: string): number => blockBootstrapHalfWidth({ ...input, random: seededRandom(seed) });
    expect(width('report')).toBe(width('report'));
    expect(width('another')).not.toBe(width('report'));
    expect(Math.abs(width('another') / width('report') - 1)).toBeLessThan(0.15);
  });

  it('agrees with the exact form where errors are independent and blocks are single hours', () => {
    const input = made(0);
    const { 'exact-independent': exact = Number.NaN } = modelHalfWidths(input);
    const width = blockBootstrapHalfWidth({ ...input, draws: 10_000, block: 1, random: seededRandom('iid') });
    expect(Math.abs(width / exact - 1)).toBeLessThan(0.04);
  });

  it('is wider than the exact form where errors last, and single hours do not see it', () => {
    const input = made(0.8);
    const { 'exact-independent': exact = Number.NaN } = modelHalfWidths(input);
    const width = (block: number): number =>
      blockBootstrapHalfWidth({ ...input, block, random: seededRandom('lasting') });
    expect(width(72)).toBeGreaterThan(2 * exact);
    expect(width(1)).toBeLessThan(1.1 * exact);
  });

  it.each([true, false])('says what refitting each drawn baseline says (with a constant: %s)', (constant) => {
    const input = { ...made(0.5, constant), draws: 60, block: 48 };
    const { design, fit, future } = input;
    const mean = fit.residuals.reduce((sum, value) => sum + value, 0) / fit.n;
    const random = seededRandom('refit');
    const drawn = (rows: number): Float64Array => {
      const errors = new Float64Array(rows);
      for (let at = 0; at < rows; at += 48) {
        const start = random.below(fit.n - 48 + 1);
        for (let k = 0; k < 48 && at + k < rows; k += 1) errors[at + k] = fit.residuals[start + k]! - mean;
      }
      return errors;
    };
    const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
    const before = total(predict(fit, future.columns));
    const distances = Array.from({ length: 60 }, () => {
      const errors = drawn(fit.n);
      const refit = fitLeastSquares(
        design,
        fit.fitted.map((value, at) => value + errors[at]!),
      );
      if (!refit.ok) throw new Error(refit.detail);
      return Math.abs(total(predict(refit.fit, future.columns)) - before - total(drawn(300)));
    });
    expect(blockBootstrapHalfWidth({ ...input, random: seededRandom('refit') })).toBeCloseTo(
      quantile(distances, 0.9),
      6,
    );
  });

  it('takes a block no longer than either window', () => {
    const input = made(0.5);
    const width = (block: number): number =>
      blockBootstrapHalfWidth({ ...input, block, random: seededRandom('long') });
    expect(width(5000)).toBe(width(300));
  });
});
