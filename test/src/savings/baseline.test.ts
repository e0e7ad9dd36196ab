import { describe, expect, it } from 'vitest';
import { type Baseline, fitBaseline } from '../../../src/savings/baseline.ts';
import { baselineRefusals } from '../../../src/savings/baseline-refusals.ts';
import { detectableSavings } from '../../../src/savings/detectable.ts';
import { modelForm, type Terms } from '../../../src/savings/model-form.ts';
import { quantityOf, type Term } from '../../../src/savings/model-terms.ts';
import type { ScopeSeries } from '../../../src/savings/series.ts';
import { rangeRemarks, type WorkRange } from '../../../src/savings/work-range.ts';
import { madeUp, seriesFrom } from '../../fixtures/baseline-series.ts';

const DAY_S = 86_400;
const names: Terms = { work: ['request'], drivers: [] };

const fitted = (series: ScopeSeries, of = names): Baseline => {
  const outcome = fitBaseline(series, modelForm(series, of));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
  return outcome.baseline;
};
const refusals = (series: ScopeSeries): readonly string[] => fitted(series).refusals.map(({ flag }) => flag);

describe('a baseline', () => {
  it('of steady hosts is accepted, with coefficients in watts and joules', () => {
    const { refusals: none, fit, terms, cv } = fitted(madeUp({ days: 28, seed: 'steady' }));
    expect(none).toEqual([]);
    expect(terms.map(({ kind }) => kind)).toEqual(['host', 'work']);
    expect(fit.coefficients[0]).toBeCloseTo(100, -1);
    expect(fit.coefficients[1]! / 500).toBeCloseTo(1, 1);
    expect(cv).toBeLessThan(0.02);
  });

  it('takes up a temperature that fans follow, and no other', () => {
    const plain = madeUp({ days: 40, seed: 'warm' });
    const degrees = Float64Array.from({ length: plain.length }, (_, row) => 24 + 5 * Math.sin(row / 37));
    const warm = (watts: number): ScopeSeries =>
      seriesFrom({
        energy: plain.energy.map((value, row) => value + watts * 4 * 3600 * Math.max(0, degrees[row]! - 24)),
        demanded: plain.demanded,
        work: plain.work,
        drivers: [degrees],
      });
    const of = { ...names, drivers: ['inlet_celsius'] };
    const found = fitted(warm(6), of);
    expect(found.terms.map(({ kind }) => kind)).toEqual(['host', 'work', 'above']);
    expect(found.fit.coefficients[2]).toBeCloseTo(6, 0);
    expect(fitted(warm(6), names).cv).toBeGreaterThan(found.cv * 2);
  });

  it('with two kinds of work has a coefficient for each', () => {
    const plain = madeUp({ days: 40, seed: 'two' });
    const batch = Float64Array.from({ length: plain.length }, (_, row) => 50 + 40 * Math.cos(row / 11));
    const series = seriesFrom({
      energy: plain.energy.map((value, row) => value + 9000 * batch[row]!),
      demanded: plain.demanded,
      work: [...plain.work, batch],
    });
    const { fit } = fitted(series, { work: ['request', 'task'], drivers: [] });
    expect(fit.coefficients[1]! / 500).toBeCloseTo(1, 1);
    expect(fit.coefficients[2]! / 9000).toBeCloseTo(1, 1);
  });

  it('is the same where hosts are counted twice as many over twice the energy', () => {
    const one = fitted(madeUp({ days: 28, seed: 'scale', hosts: 2 }));
    const two = fitted(madeUp({ days: 28, seed: 'scale', hosts: 4 }));
    expect(two.fit.coefficients[0]).toBeCloseTo(one.fit.coefficients[0]!, 6);
    expect(two.cv).toBeCloseTo(one.cv, 9);
  });
});

describe('hours and work that go together', () => {
  it('are told, as their coefficients cannot be told apart although the total can', () => {
    const plain = madeUp({ days: 28, seed: 'together' });
    // An elastic fleet: hosts follow work nearly.
    const demanded = plain.work[0]!.map((value, row) => value * (1 + 0.02 * Math.sin(row)));
    const series = seriesFrom({
      energy: demanded.map((value, row) => 100 * value + 500 * plain.work[0]![row]!),
      demanded,
      work: plain.work,
    });
    expect(fitted(series).flags.map(({ flag }) => flag)).toEqual(['inflated']);
    expect(fitted(plain).flags).toEqual([]);
  });
});

describe('the terms of a model', () => {
  it('count what is there: host time, work, work up to a knee for each host, degrees above a threshold', () => {
    const series = seriesFrom({
      energy: new Float64Array(3).fill(1),
      demanded: Float64Array.of(7200, 7200, 3600),
      work: [Float64Array.of(1, 50, 50)],
      drivers: [Float64Array.of(20, 27, 30)],
    });
    const of = (term: Term) => [0, 1, 2].map((row) => quantityOf(term, series, row));
    expect(of({ kind: 'host' })).toEqual([7200, 7200, 3600]);
    expect(of({ kind: 'work', at: 0, unit: 'r' })).toEqual([1, 50, 50]);
    expect(of({ kind: 'waking', at: 0, unit: 'r', rate: 1 / 720 })).toEqual([1, 10, 5]);
    expect(of({ kind: 'above', at: 0, driver: 'c', threshold: 25 })).toEqual([0, 14_400, 18_000]);
  });
});

describe('a baseline is refused', () => {
  it('that is shorter than two weeks', () => {
    expect(refusals(madeUp({ days: 13, seed: 'short', noise: 0.01 }))).toContain('short_baseline');
    expect(refusals(madeUp({ days: 14, seed: 'short', noise: 0.01 }))).not.toContain('short_baseline');
  });

  it('of which more than a tenth is missing', () => {
    const missing = (every: number) => (row: number) => row % every === 0;
    expect(refusals(madeUp({ days: 28, seed: 'holes', missing: missing(9) }))).toEqual(['thin_baseline']);
    expect(refusals(madeUp({ days: 28, seed: 'holes', missing: missing(11) }))).toEqual([]);
  });

  it('with more work for less energy, or idle power below 0', () => {
    expect(refusals(madeUp({ days: 28, seed: 'less', perUnit: -100, idle: 300 }))).toContain('unphysical');
    expect(refusals(madeUp({ days: 28, seed: 'below', idle: -5 }))).toContain('unphysical');
  });

  it('that scatters', () => {
    const series = madeUp({ days: 60, seed: 'scatter' });
    const energy = series.energy.map((value, row) => value * (row % 7 < 3 ? 0.2 : 1.6));
    expect(refusals({ ...series, energy })).toEqual(['loose_model']);
  });

  it('whose last quarter took more, or less, than the rest predicts, and says which', () => {
    const series = madeUp({ days: 40, seed: 'step' });
    const changed = (factor: number): ScopeSeries => ({
      ...series,
      energy: series.energy.map((value, row) => (row >= series.length * 0.75 ? value * factor : value)),
    });
    expect(refusals(changed(1.04))).not.toContain('biased_model');
    const [more, less] = [1.1, 0.9].map((factor) =>
      fitted(changed(factor)).refusals.find(({ flag }) => flag === 'biased_model'),
    );
    expect(more?.text).toMatch(/took (8|9|10)\.\d % more energy/);
    expect(less?.text).toMatch(/took (9|10|11)\.\d % less energy/);
  });

  it('whose hours resemble each other so much that few are left', () => {
    const series = madeUp({ days: 20, seed: 'slow' });
    const energy = series.energy.map((value, row) => value * (1 + 0.04 * Math.sin((row / 90) * 2 * Math.PI)));
    const { effectivePoints, refusals: all } = fitted({ ...series, energy });
    expect(effectivePoints).toBeLessThan(20);
    expect(all.map(({ flag }) => flag)).toContain('few_points');
  });

  it('of days with a stricter limit than one of hours', () => {
    const judged = {
      terms: [],
      fit: fitted(madeUp({ days: 28, seed: 'limit' })).fit,
      physical: true,
      holdOutCv: 0.27,
      holdOutBias: 0,
      effectivePoints: 100,
      usable: 1,
      days: 200,
    };
    expect(baselineRefusals({ ...judged, step: 3600 })).toEqual([]);
    expect(baselineRefusals({ ...judged, step: DAY_S }).map(({ flag }) => flag)).toEqual(['loose_model']);
  });

  it('without a fit where nothing of it is known, or work and hosts cannot be told apart', () => {
    const nothing = madeUp({ days: 28, seed: 'none', missing: () => true });
    const outcome = fitBaseline(nothing, modelForm(nothing, names));
    expect(outcome.ok ? [] : outcome.refusals.map(({ flag }) => flag)).toEqual(['not_fitted']);
    const series = madeUp({ days: 28, seed: 'one' });
    const same = { ...series, work: [series.demanded.map((value) => value / 10)] };
    const singular = fitBaseline(same, modelForm(same, names));
    expect(singular.ok ? [] : singular.refusals.map(({ flag }) => flag)).toEqual(['inseparable']);
  });
});

describe('work unlike that of the baseline', () => {
  const of = (range: Partial<WorkRange>) =>
    rangeRemarks({ outsideCommon: 0, outsideExtremes: 0, beyond: 0, ...range });

  it('is told above 5 % of hours outside what is common', () => {
    expect(of({ outsideCommon: 0.049 }).flags).toEqual([]);
    expect(of({ outsideCommon: 0.051 }).flags.map(({ flag }) => flag)).toEqual(['extrapolating']);
  });

  it('is refused above 25 % of hours never seen, and beyond half of the range', () => {
    expect(of({ outsideExtremes: 0.25, beyond: 0.5 }).refusals).toEqual([]);
    expect(
      of({ outsideExtremes: 0.26 })
        .refusals.map(({ text }) => text)
        .join(),
    ).toContain('26.0 %');
    expect(
      of({ beyond: 0.51 })
        .refusals.map(({ text }) => text)
        .join(),
    ).toContain('51.0 %');
  });
});

describe('what could be shown', () => {
  const history = madeUp({ days: 300, seed: 'ahead', drift: 0.01 });
  const start = 301 * DAY_S;
  const ahead = (reportAt: readonly number[]) =>
    detectableSavings({ history, baselineLength: 28 * 24, start, reportAt, terms: names });

  it('is told for each report date, with its grade and what history it takes', () => {
    const [week, quarter] = ahead([start + 7 * DAY_S, start + 90 * DAY_S]);
    expect(week).toMatchObject({ days: 7, grade: 'C', daysOfHistory: 28 + 1 + 70 });
    expect(week?.saving).toBeGreaterThan(0.01);
    expect(week?.saving).toBeLessThan(0.2);
    expect(quarter).toMatchObject({ days: 90, grade: 'D', daysOfHistory: 28 + 1 + 900 });
  });

  it('is larger for a fleet that drifts more', () => {
    const steady = detectableSavings({
      history: madeUp({ days: 300, seed: 'ahead', drift: 0 }),
      baselineLength: 28 * 24,
      start,
      reportAt: [start + 7 * DAY_S],
      terms: names,
    });
    expect(ahead([start + 7 * DAY_S])[0]?.saving).toBeGreaterThan(steady[0]?.saving ?? Number.NaN);
  });

  it('is not known where the window is longer than the history', () => {
    expect(ahead([start + 400 * DAY_S])[0]).toMatchObject({ saving: undefined, grade: 'D', independent: 0 });
  });
});
