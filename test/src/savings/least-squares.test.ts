/** Coefficients are those that NIST certifies, to the digits that the arithmetic allows, and no figure is made up. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { powersOf } from '../../../src/savings/double-double.ts';
import { fitLeastSquares, predict } from '../../../src/savings/least-squares.ts';
import { fitRefined } from '../../../src/savings/refine.ts';

const NIST = join(import.meta.dirname, '../../../../shared/data/savings/nist');

type Shape = { readonly degree: number; readonly constant: boolean } | 'columns';
/** Models and least digits: within one of what plain QR reaches; Filip and Wampler 4 and 5 in double-double beyond it. */
const SETS: Readonly<
  Record<string, { readonly shape: Shape; readonly digits: number; readonly refined?: number }>
> = {
  norris: { shape: { degree: 1, constant: true }, digits: 11.1 },
  pontius: { shape: { degree: 2, constant: true }, digits: 11.1 },
  noint1: { shape: { degree: 1, constant: false }, digits: 14 },
  noint2: { shape: { degree: 1, constant: false }, digits: 14 },
  longley: { shape: 'columns', digits: 9.9, refined: 14 },
  filip: { shape: { degree: 10, constant: true }, digits: 6.4, refined: 13 },
  wampler1: { shape: { degree: 5, constant: true }, digits: 8.3, refined: 14 },
  wampler2: { shape: { degree: 5, constant: true }, digits: 11.5, refined: 13 },
  wampler3: { shape: { degree: 5, constant: true }, digits: 8.9, refined: 14 },
  wampler4: { shape: { degree: 5, constant: true }, digits: 6.8, refined: 14 },
  wampler5: { shape: { degree: 5, constant: true }, digits: 4.8, refined: 13 },
};

const table = (name: string): Readonly<Record<string, Float64Array>> => {
  const [head = '', ...lines] = readFileSync(join(NIST, `${name}.csv`), 'utf8')
    .trim()
    .split(/\r?\n/);
  const rows = lines.map((line) => line.split(',').map(Number));
  return Object.fromEntries(
    head
      .split(',')
      .map((column, at) => [column.trim(), Float64Array.from(rows, (row) => row[at] ?? Number.NaN)]),
  );
};

const certified = (name: string) => {
  const lines = readFileSync(join(NIST, 'certified_exact.csv'), 'utf8').trim().split(/\r?\n/).slice(1);
  return lines
    .map((line) => line.split(','))
    .filter(([set]) => set === name)
    .map(([, , , statistic = '', value, error]) => ({
      statistic,
      value: Number(value),
      error: Number(error),
    }));
};

/** Digits in common: log10 of the relative error, negated; 16 where they are equal. */
const digitsOf = (got: number, wanted: number): number => {
  const off = Math.abs(wanted) > 0 ? Math.abs(got - wanted) / Math.abs(wanted) : Math.abs(got);
  return off === 0 ? 16 : Math.min(16, -Math.log10(off));
};

const worst = (got: Float64Array, wanted: readonly number[]): number =>
  Math.min(...wanted.map((value, j) => digitsOf(got[j] ?? Number.NaN, value)));

describe.skipIf(!existsSync(NIST))(
  'the certified sets of NIST (skipped where ../shared/data is absent)',
  () => {
    it.each(Object.keys(SETS))('%s: coefficients, their errors and the residual deviation', (name) => {
      const { shape, digits, refined } = SETS[name] ?? { shape: 'columns', digits: 16 };
      const columns = table(name);
      const y = columns.y ?? new Float64Array(0);
      const wanted = certified(name);
      const coefficients = wanted.filter(({ statistic }) => /^B\d+$/.test(statistic));
      const rsd = wanted.find(({ statistic }) => statistic === 'RSD')?.value ?? Number.NaN;
      const r2 = wanted.find(({ statistic }) => statistic === 'R2')?.value ?? Number.NaN;

      const x = columns.x ?? columns.x1 ?? new Float64Array(0);
      const exact =
        shape === 'columns'
          ? [
              { hi: new Float64Array(y.length).fill(1), lo: new Float64Array(y.length) },
              ...['x1', 'x2', 'x3', 'x4', 'x5', 'x6'].map((key) => ({
                hi: columns[key] ?? x,
                lo: new Float64Array(y.length),
              })),
            ]
          : powersOf(x, shape.degree).slice(shape.constant ? 0 : 1);
      const names = coefficients.map(({ statistic }) => statistic);
      const plain = fitLeastSquares({ names, columns: exact.map(({ hi }) => hi) }, y, 1e-14);
      if (!plain.ok) throw new Error(plain.detail);
      const values = coefficients.map(({ value }) => value);
      const reached = worst(plain.fit.coefficients, values);
      expect(reached).toBeGreaterThanOrEqual(digits);

      const fine = fitRefined(names, exact, y);
      const finer = worst(fine.coefficients, values);
      const p = coefficients.length;
      const errors = Float64Array.from(
        { length: p },
        (_, j) => fine.s * Math.sqrt(fine.inverse[j * p + j] ?? 0),
      );
      console.log(
        `${name}: plain QR ${reached.toFixed(1)} digits, double-double ${finer.toFixed(1)}, standard errors ${worst(
          errors,
          coefficients.map(({ error }) => error),
        ).toFixed(1)}, RSD ${digitsOf(fine.s, rsd).toFixed(1)}`,
      );
      if (refined !== undefined) expect(finer).toBeGreaterThanOrEqual(refined);
      if (rsd > 0) {
        // Powers of Filip's values up to the tenth lose the rest when they are rounded to one double.
        expect(digitsOf(plain.fit.s, rsd)).toBeGreaterThanOrEqual(name === 'filip' ? 8 : 9);
        expect(digitsOf(fine.s, rsd)).toBeGreaterThanOrEqual(9);
      } else expect(fine.s).toBeLessThan(1e-9);
      expect(plain.fit.r2).toBeCloseTo(r2, 9);
    });
  },
);

const column = (length: number) =>
  fc
    .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: length, maxLength: length })
    .map((values) => Float64Array.from(values, (value) => value / 1000));

describe('least squares', () => {
  const ones = new Float64Array(12).fill(1);
  const some = fc.tuple(column(12), column(12), column(12));

  it('of columns that nearly move together keep their digits, where plain doubles lose them', () => {
    const large = Float64Array.from({ length: 12 }, (_, at) => 2 ** 27 + at);
    const y = large.map((value) => 3 + 2 * value);
    const found = fitLeastSquares({ names: ['one', 'large'], columns: [ones, large] }, y);
    if (!found.ok) throw new Error(found.detail);
    expect(found.fit.pivotRatio).toBeLessThan(1e-7);
    expect(found.fit.coefficients[0]).toBeCloseTo(3, 6);
    expect(found.fit.coefficients[1]).toBeCloseTo(2, 12);
  });

  it('leaves nothing in the residuals that a column could explain', () => {
    fc.assert(
      fc.property(some, ([a, b, y]) => {
        const outcome = fitLeastSquares({ names: ['1', 'a', 'b'], columns: [ones, a, b] }, y);
        fc.pre(outcome.ok && outcome.fit.pivotRatio > 1e-6);
        if (!outcome.ok) return;
        for (const each of [ones, a, b]) {
          const product = each.reduce((sum, value, i) => sum + value * (outcome.fit.residuals[i] ?? 0), 0);
          expect(Math.abs(product)).toBeLessThan(1e-6 * (1 + Math.hypot(...each) * Math.hypot(...y)));
        }
      }),
    );
  });

  it('does not care in which unit a column is, nor in which order the rows are', () => {
    fc.assert(
      fc.property(some, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), ([a, b, y], unit) => {
        const names = ['1', 'a', 'b'];
        const one = fitLeastSquares({ names, columns: [ones, a, b] }, y);
        const scaled = fitLeastSquares({ names, columns: [ones, a.map((value) => value * unit), b] }, y);
        const back = (values: Float64Array) => values.toReversed();
        const turned = fitLeastSquares({ names, columns: [ones, back(a), back(b)] }, back(y));
        fc.pre(one.ok && one.fit.pivotRatio > 1e-4 && scaled.ok && turned.ok);
        if (!one.ok || !scaled.ok || !turned.ok) return;
        const size = Math.max(...one.fit.coefficients.map(Math.abs), 1e-3);
        expect(((scaled.fit.coefficients[1] ?? 0) * unit) / size).toBeCloseTo(
          (one.fit.coefficients[1] ?? 0) / size,
          8,
        );
        for (let j = 0; j < 3; j += 1)
          expect((turned.fit.coefficients[j] ?? 0) / size).toBeCloseTo(
            (one.fit.coefficients[j] ?? 0) / size,
            8,
          );
      }),
    );
  });

  it('finds the idle watts and joules per unit that the data were made of', () => {
    const work = Float64Array.from({ length: 48 }, (_, i) => 20 + 10 * Math.sin(i / 4));
    const seconds = new Float64Array(48).fill(36_000);
    const y = work.map((value, i) => 120 * (seconds[i] ?? 0) + 111_600 * value);
    const outcome = fitLeastSquares({ names: ['host_second', 'work'], columns: [seconds, work] }, y);
    if (!outcome.ok) throw new Error(outcome.detail);
    expect(outcome.fit.coefficients[0]).toBeCloseTo(120, 8);
    expect(outcome.fit.coefficients[1]).toBeCloseTo(111_600, 5);
    expect(predict(outcome.fit, [Float64Array.of(3600), Float64Array.of(0)])[0]).toBeCloseTo(432_000, 4);
  });

  it('refuses columns that move together, too few rows, and figures that are none', () => {
    const a = Float64Array.from({ length: 6 }, (_, i) => i);
    const names = ['a', 'twice a'];
    const columns = [a, a.map((value) => 2 * value)];
    const y = a.map((value) => value + 1);
    expect(fitLeastSquares({ names, columns }, y)).toMatchObject({
      ok: false,
      reason: 'singular',
      detail: 'a, twice a move together: their effects cannot be told apart',
    });
    const few = columns.map((each) => each.subarray(0, 2));
    expect(fitLeastSquares({ names, columns: few }, y.subarray(0, 2))).toMatchObject({ reason: 'too-few' });
    const hole = a.slice();
    hole[3] = Number.NaN;
    expect(fitLeastSquares({ names: ['a'], columns: [hole] }, y)).toMatchObject({
      reason: 'not-finite',
      detail: 'a is not a finite number in every interval',
    });
    expect(fitLeastSquares({ names: ['a'], columns: [a] }, hole)).toMatchObject({
      detail: 'the energy is not a finite number in every interval',
    });
  });
});
