import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basisOf, dayMoments } from '../../../src/savings/day-moments.ts';
import { fitLeastSquares, predict } from '../../../src/savings/least-squares.ts';
import { modelForm } from '../../../src/savings/model-form.ts';
import {
  designOf,
  energyOver,
  isPhysical,
  type ModelForm,
  type Term,
} from '../../../src/savings/model-terms.ts';
import {
  calibrate,
  detectableSaving,
  type Horizon,
  independentWindows,
  LEAST_DIFFICULTY,
  type PlaceboWindow,
  placeboHalfWidth,
  placeboLevel,
  placeboWindows,
} from '../../../src/savings/placebo.ts';
import { measuredCoverage } from '../../../src/savings/placebo-coverage.ts';
import { gradeOf, placeboRemarks } from '../../../src/savings/placebo-remarks.ts';
import { quantile } from '../../../src/savings/quantiles.ts';
import type { ScopeSeries } from '../../../src/savings/series.ts';
import { madeUp } from '../../fixtures/baseline-series.ts';
import { hasCornell, readCornell } from '../../fixtures/cornell-trace.ts';

const DAY = 86_400;
const names = { work: ['request'], drivers: [] };
const HORIZON: Horizon = { fit: 28, gap: 2, report: 7 };

const windowsOf = (series: ScopeSeries, horizon: Horizon, form = modelForm(series, names)) => {
  const terms = [...form.always, ...form.optional];
  const moments = dayMoments(series, terms, basisOf(series, terms), 'end');
  return placeboWindows(moments, form.always.length, horizon);
};

/** A window by QR over its hours, term by term as a reader of the method would do it. */
const byHand = (
  series: ScopeSeries,
  form: ModelForm,
  { fit: days, gap, report }: Horizon,
  first: number,
): { error: number; difficulty: number } | undefined => {
  const rowsOf = (from: number, to: number): number[] =>
    Array.from({ length: (to - from) * 24 }, (_, at) => from * 24 + at).filter(
      (row) => series.usable[row] === 1,
    );
  const fitted = (rows: number[], terms: readonly Term[]) => {
    const outcome = fitLeastSquares(designOf(series, terms, rows), energyOver(series, rows));
    return outcome.ok && isPhysical(terms, outcome.fit.coefficients) ? outcome.fit : undefined;
  };
  const cut = first + Math.floor(days * 0.75);
  const heldOut = (terms: readonly Term[]): number => {
    const outcome = fitLeastSquares(
      designOf(series, terms, rowsOf(first, cut)),
      energyOver(series, rowsOf(first, cut)),
    );
    if (!outcome.ok) return Number.POSITIVE_INFINITY;
    const rows = rowsOf(cut, first + days);
    const said = predict(outcome.fit, designOf(series, terms, rows).columns);
    return energyOver(series, rows).reduce((sum, value, at) => sum + (value - said[at]!) ** 2, 0);
  };
  let terms = form.always;
  for (const term of form.optional) {
    const more = [...terms, term];
    const isBetter =
      heldOut(more) < heldOut(terms) &&
      fitted(rowsOf(first, cut), more) !== undefined &&
      fitted(rowsOf(first, first + days), more) !== undefined;
    if (isBetter) terms = more;
  }
  const rows = rowsOf(first, first + days);
  const fit = fitted(rows, terms);
  if (fit === undefined) return undefined;
  const later = rowsOf(first + days + gap, first + days + gap + report);
  const future = designOf(series, terms, later);
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const expected = sum(predict(fit, future.columns));
  // Errors of days, and the pull of each day's scores on the total.
  const d = future.columns.map(sum);
  const z = d.map((_, a) => d.reduce((total, value, b) => total + fit.inverse[a * d.length + b]! * value, 0));
  const columns = designOf(series, terms, rows).columns;
  const [errors, pulls] = [new Map<number, number>(), new Map<number, number>()];
  rows.forEach((row, at) => {
    const day = Math.floor(row / 24);
    const residual = fit.residuals[at]!;
    errors.set(day, (errors.get(day) ?? 0) + residual);
    const pull = z.reduce((total, value, a) => total + value * columns[a]![at]! * residual, 0);
    pulls.set(day, (pulls.get(day) ?? 0) + pull);
  });
  const longRun = (of: Map<number, number>): number => {
    const values = Array.from({ length: days }, (_, at) => of.get(first + at) ?? 0);
    const lag = Math.min(7, Math.floor(days / 4));
    let total = 0;
    for (let l = 0; l <= lag; l += 1)
      for (let at = l; at < days; at += 1)
        total += (l === 0 ? 1 : 2 * (1 - l / (lag + 1))) * values[at]! * values[at - l]!;
    return Math.max(0, total);
  };
  const variance = (longRun(errors) / rows.length) * later.length + longRun(pulls);
  return {
    error: (expected - sum(energyOver(series, later))) / expected,
    difficulty: Math.max(LEAST_DIFFICULTY, Math.sqrt(variance) / expected),
  };
};

describe('placebo windows', () => {
  it.each([
    ['two terms', madeUp({ days: 70, seed: 'qr', drift: 0.01 })],
    ['a cost of waking up', madeUp({ days: 70, seed: 'wake', wake: 70, drift: 0.01 })],
    ['a knee that helps in some windows alone', madeUp({ days: 70, seed: 'a', wake: 2, noise: 0.1 })],
    [
      'hours that are missing',
      madeUp({ days: 70, seed: 'gaps', noise: 0.2, missing: (row) => row % 17 === 0 }),
    ],
    ['a history of part of a day more', madeUp({ days: 70.25, seed: 'part', drift: 0.01 })],
  ])('are those of a fit by QR to the hours of each window: %s', (_, series) => {
    const form = modelForm(series, names);
    const found = windowsOf(series, HORIZON, form);
    // Days are counted back from the end.
    const skipped = series.length % 24;
    const whole: ScopeSeries = {
      ...series,
      length: series.length - skipped,
      energy: series.energy.subarray(skipped),
      demanded: series.demanded.subarray(skipped),
      work: series.work.map((column) => column.subarray(skipped)),
      usable: series.usable.subarray(skipped),
    };
    expect(found).toHaveLength(70 - 37 + 1);
    found.forEach((window, origin) => {
      const expected = byHand(whole, form, HORIZON, origin);
      expect(Math.abs(window.error - expected!.error)).toBeLessThan(1e-9);
      expect(Math.abs(window.difficulty / expected!.difficulty - 1)).toBeLessThan(1e-8);
      expect(window.start).toBe(skipped * 3600 + (origin + 30) * DAY);
    });
  });

  it('leave out windows of which more than a tenth is missing', () => {
    const gap = (row: number): boolean => row >= 40 * 24 && row < 44 * 24;
    const found = windowsOf(madeUp({ days: 70, seed: 'outage', missing: gap }), HORIZON);
    expect(found.length).toBeGreaterThan(0);
    for (const { start, end } of found) {
      const missing = (from: number, to: number): number => Math.min(to, 44 * DAY) - Math.max(from, 40 * DAY);
      expect(missing(start, end)).toBeLessThanOrEqual(0.1 * 7 * DAY);
      expect(missing(start - 30 * DAY, start - 2 * DAY)).toBeLessThanOrEqual(0.1 * 28 * DAY);
    }
  });

  it('leave out fits with idle power below 0', () => {
    expect(windowsOf(madeUp({ days: 60, seed: 'below', idle: -20 }), HORIZON)).toEqual([]);
    expect(windowsOf(madeUp({ days: 60, seed: 'below', idle: 20 }), HORIZON)).toHaveLength(24);
  });

  it('of a history that is too short are none', () => {
    expect(windowsOf(madeUp({ days: 36, seed: 'short' }), HORIZON)).toEqual([]);
  });

  it('do not change with the units of energy and work', () => {
    const series = madeUp({ days: 60, seed: 'units', drift: 0.01, wake: 50 });
    const other = {
      ...series,
      energy: series.energy.map((value) => value / 3.6e6),
      work: series.work.map((column) => column.map((value) => value * 1e9)),
    };
    const [found, turned] = [windowsOf(series, HORIZON), windowsOf(other, HORIZON)];
    expect(found.length).toBeGreaterThan(10);
    found.forEach(({ error, difficulty }, at) => {
      expect(turned[at]?.error).toBeCloseTo(error, 9);
      expect(turned[at]?.difficulty).toBeCloseTo(difficulty, 9);
    });
  });
});

/** Windows of a week, a day apart, with these errors. */
const weekly = (errors: readonly number[], host = 0): readonly PlaceboWindow[] =>
  errors.map((error, day) => ({ start: day * DAY, end: (day + 7) * DAY, error, difficulty: 0.02, host }));

const errorsOf = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 80, maxLength: 160 });

describe('the half width that placebo windows give', () => {
  it('is the quantile of all errors at 0.9 (1 + 1/K) for K windows that do not overlap', () => {
    const errors = Array.from({ length: 71 }, (_, day) => Math.sin(day * day));
    const windows = weekly(errors);
    expect(independentWindows(windows)).toBe(11);
    const level = 0.9 * (1 + 1 / 11);
    const plain = quantile(errors.map(Math.abs), level);
    const calibration = calibrate(windows)!;
    expect(calibration.plain).toBeCloseTo(plain, 12);
    // Of one difficulty, the scaled half width is the plain one.
    expect(placeboHalfWidth(calibration, 0.02)).toBeCloseTo(plain, 12);
    expect(placeboHalfWidth(calibration, 0.04)).toBeCloseTo(2 * plain, 12);
    const middle = quantile(errors.map(Math.abs), 0.5);
    expect(detectableSaving(calibration, 0.02)).toBeCloseTo(plain + middle, 12);
  });

  it('is the largest error where windows are too few for a quantile', () => {
    expect(placeboLevel(3)).toBe(1);
    const windows = weekly(Array.from({ length: 15 }, (_, day) => day / 100));
    expect(calibrate(windows)?.plain).toBeCloseTo(0.14, 12);
  });

  it('windows of several hosts count together, in whatever order the hosts come', () => {
    fc.assert(
      fc.property(errorsOf, errorsOf, (a, b) => {
        const one = calibrate([...weekly(a, 0), ...weekly(b, 1)]);
        expect(calibrate([...weekly(b, 0), ...weekly(a, 1)])).toEqual(one);
        expect(one?.independent).toBe(independentWindows(weekly(a)) + independentWindows(weekly(b)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('measured coverage', () => {
  /** As told: each window against those that had ended when it began. */
  const plainly = (windows: readonly PlaceboWindow[]) => {
    let [held, judged] = [0, 0];
    for (const window of windows) {
      const earlier = windows.filter(({ end }) => end <= window.start);
      if (independentWindows(earlier) < 5) continue;
      const scores = earlier.map(({ error, difficulty }) => Math.abs(error) / difficulty);
      judged += 1;
      if (
        Math.abs(window.error) / window.difficulty <=
        quantile(scores, placeboLevel(independentWindows(earlier)))
      )
        held += 1;
    }
    return { held, judged };
  };

  it('is what sorting earlier windows at every origin gives', () => {
    fc.assert(
      fc.property(errorsOf, errorsOf, (a, b) => {
        const windows = [...weekly(a, 0), ...weekly(b, 1)];
        const { held, judged } = plainly(windows);
        const coverage = measuredCoverage(windows);
        expect(coverage?.windows).toBe(judged);
        expect(coverage?.ratio).toBeCloseTo(held / judged, 12);
      }),
      { numRuns: 50 },
    );
  });

  it('judges each window by earlier ones alone: whatever comes later, verdicts before it stay', () => {
    const held = (errors: readonly number[]): { count: number; judged: number } => {
      const { ratio = 0, windows = 0 } = measuredCoverage(weekly(errors)) ?? {};
      return { count: Math.round(ratio * windows), judged: windows };
    };
    fc.assert(
      fc.property(errorsOf, fc.integer({ min: 50, max: 79 }), (errors, from) => {
        const before = held(errors.slice(0, from));
        const better = held(errors.map((error, day) => (day < from ? error : 0)));
        const worse = held(errors.map((error, day) => (day < from ? error : 2 ** (day - from + 1))));
        // Errors of 0 are always within; errors that double every day never are.
        expect(better.count).toBe(before.count + better.judged - before.judged);
        expect(worse.count).toBe(before.count);
      }),
      { numRuns: 100 },
    );
  });

  it('is near 0.9 where windows are alike, with a standard error that counts windows that do not overlap', () => {
    const random = Array.from({ length: 3000 }, (_, at) => (Math.sin(at * 12.9898) * 43_758.5453) % 1);
    const coverage = measuredCoverage(weekly(random));
    expect(coverage?.ratio).toBeGreaterThan(0.88);
    expect(coverage?.ratio).toBeLessThan(0.93);
    expect(coverage?.independent).toBe(Math.ceil((coverage?.windows ?? 0) / 7));
    expect(coverage?.standardError).toBeCloseTo(Math.sqrt((0.9 * 0.1) / (coverage?.independent ?? 1)), 2);
  });

  it('falls where errors grow from month to month; the grade is then D, and the share is told', () => {
    const windows = weekly(Array.from({ length: 120 }, (_, day) => 0.01 * 1.05 ** day));
    const [calibration, coverage] = [calibrate(windows)!, measuredCoverage(windows)];
    expect(coverage?.ratio).toBe(0);
    const placebo = { windows, calibration, coverage, isPooled: false };
    expect(gradeOf(placebo)).toBe('D');
    const { flags } = placeboRemarks({
      placebo,
      relative: 0.5,
      halfWidth: 0.5,
      avoided: 0,
      expected: 1,
      horizon: HORIZON,
    });
    expect(flags.map(({ flag }) => flag)).toEqual(['coverage_low']);
    expect(flags[0]?.text).toContain('held 0.0 %');
  });

  it('of 0.8 and more takes ten windows that do not overlap for grade C', () => {
    const of = (days: number) => {
      const windows = weekly(Array.from({ length: days }, (_, day) => (day % 13) / 100));
      return gradeOf({
        windows,
        calibration: calibrate(windows)!,
        coverage: measuredCoverage(windows),
        isPooled: false,
      });
    };
    expect([of(9 * 7), of(9 * 7 + 1)]).toEqual(['D', 'C']);
  });

  it('an interval wider than all the energy is refused', () => {
    const windows = weekly(Array.from({ length: 80 }, (_, day) => Math.sin(day)));
    const placebo = { windows, calibration: calibrate(windows)!, coverage: undefined, isPooled: false };
    const of = (halfWidth: number) =>
      placeboRemarks({
        placebo,
        relative: halfWidth,
        halfWidth,
        avoided: 0,
        expected: 1,
        horizon: HORIZON,
      }).refusals.map(({ flag }) => flag);
    expect(of(1.01)).toEqual(['interval_too_wide']);
    expect(of(0.99)).toEqual([]);
  });

  it('of a history with fewer than six windows is not known', () => {
    expect(measuredCoverage(weekly(new Array<number>(20).fill(0.1)))).toBeUndefined();
  });
});

const ROOT = join(import.meta.dirname, '../../..');

describe.skipIf(!hasCornell(ROOT))(
  'on real GPU hosts without any measure (skipped where ../shared/data is absent)',
  () => {
    it.each([
      { fit: 28, gap: 0, report: 7 },
      { fit: 56, gap: 0, report: 14 },
    ])('the interval of $fit days and $report days holds about as often as it says', (horizon) => {
      const coverages = [...readCornell(ROOT).values()].flatMap((series) => {
        const form = modelForm(series, { work: ['percent'], drivers: [] });
        return measuredCoverage(windowsOf(series, horizon, form)) ?? [];
      });
      const windows = coverages.reduce((sum, one) => sum + one.windows, 0);
      const held = coverages.reduce((sum, one) => sum + one.windows * one.ratio, 0);
      const independent = coverages.reduce((sum, one) => sum + one.independent, 0);
      expect(coverages).toHaveLength(4);
      expect(Math.abs(held / windows - 0.9)).toBeLessThan(3 * Math.sqrt((0.9 * 0.1) / independent));
    });
  },
);
