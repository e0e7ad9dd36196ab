/** Grams of what was avoided, of what the grid did, and of moving energy to other hours: three figures, never a sum. */
import { describe, expect, it } from 'vitest';
import { avoidedEmissions } from '../../../src/savings/effects.ts';
import type { ScopeSeries } from '../../../src/savings/series.ts';
import { joules, ratio } from '../../../src/units.ts';
import { seriesOf } from '../../fixtures/scope-series.ts';

const KWH = 3.6e6;
const hours = (days: number, by: (hour: number) => number) =>
  Float64Array.from({ length: 24 * days }, (_, at) => by(at % 24));
const of = (days: number, energy: (hour: number) => number, grid: (hour: number) => number): ScopeSeries => ({
  ...seriesOf(
    hours(days, (hour) => energy(hour) * KWH),
    Array(24 * days).fill(1),
  ),
  grid: hours(days, grid),
});
const interval = (low: number, high: number) => ({
  method: 'placebo' as const,
  level: ratio(0.9),
  low: joules(low * KWH),
  high: joules(high * KWH),
});
const effects = (
  before: ScopeSeries,
  after: ScopeSeries,
  expected: Float64Array | undefined,
  isShift = false,
  more = {},
) => {
  const sum = (expected ?? after.energy).reduce((all, one) => all + (Number.isFinite(one) ? one : 0), 0);
  const avoided =
    sum -
    after.energy.reduce(
      (all, one, at) => all + (Number.isFinite((expected ?? after.energy)[at]) ? one : 0),
      0,
    );
  return avoidedEmissions({
    ...{ before, after, expectedSeries: expected, expected: sum, avoided, isShift },
    interval: interval(avoided / KWH - 2, avoided / KWH + 2),
    ...more,
  });
};

describe('what was avoided', () => {
  it('counts at the factor of the hour in which it was, not at a mean', () => {
    // 1 kWh less at noon, where a kWh has 100 g, in each of two days.
    const grid = (hour: number) => (hour === 12 ? 100 : 500);
    const before = of(2, () => 2, grid);
    const after = of(2, (hour) => (hour === 12 ? 1 : 2), grid);
    const found = effects(
      before,
      after,
      hours(2, () => 2 * KWH),
    );
    expect(found?.energyEffect).toBeCloseTo(200, 9);
    expect(found?.gridEffect).toBeCloseTo(0, 9);
    expect(found?.shiftEffect).toBeUndefined();
    const mean = (100 + 23 * 500) / 24;
    expect(found?.energyEffectHigh).toBeCloseTo(200 + 2 * mean, 6);
    expect(found?.energyEffectLow).toBeCloseTo(200 - 2 * mean, 6);
  });

  it('is credited at factors of the reporting period; a cleaner grid stands apart', () => {
    const before = of(
      2,
      () => 2,
      () => 400,
    );
    const after = of(
      2,
      () => 1.5,
      () => 300,
    );
    const found = effects(
      before,
      after,
      hours(2, () => 2 * KWH),
    );
    expect(found?.energyEffect).toBeCloseTo(48 * 0.5 * 300, 6);
    expect(found?.gridEffect).toBeCloseTo(48 * 2 * 100, 6);
  });

  it('leaves out hours that do not count', () => {
    const before = of(
      1,
      () => 2,
      () => 400,
    );
    const after = of(
      1,
      () => 1,
      () => 400,
    );
    const expected = hours(1, (hour) => (hour < 12 ? 2 * KWH : Number.NaN));
    expect(effects(before, after, expected)?.energyEffect).toBeCloseTo(12 * 400, 6);
  });

  it('has no grams where factors are known for less than nine tenths of it, and few gaps are filled by hour of day', () => {
    const before = of(
      10,
      () => 2,
      () => 400,
    );
    const grid = hours(10, (hour) => (hour === 0 ? 1000 : 400));
    const after = of(
      10,
      () => 1,
      () => 400,
    );
    const gap = (every: number) => ({
      ...after,
      grid: grid.map((value, at) => (at % every === 0 ? Number.NaN : value)),
    });
    const expected = hours(10, () => 2 * KWH);
    expect(effects(before, gap(9), expected)).toBeUndefined();
    // Every 11th hour unknown: what is known of the same hours of other days stands in.
    expect(effects(before, gap(11), expected)?.energyEffect).toBeCloseTo(10 * (1000 + 23 * 400), 6);
  });

  it('of a design without hours, or of other hosts, is at the mean factor', () => {
    const before = of(
      1,
      () => 2,
      () => 400,
    );
    const after = of(
      1,
      () => 2,
      (hour) => (hour < 12 ? 200 : 400),
    );
    const found = avoidedEmissions({
      ...{ before, after, expectedSeries: undefined, expected: 100 * KWH, avoided: 10 * KWH, isShift: false },
      interval: interval(5, 15),
    });
    expect(found?.energyEffect).toBeCloseTo(10 * 300, 6);
    expect(found?.energyEffectLow).toBeCloseTo(5 * 300, 6);
  });
});

describe('energy that was moved', () => {
  const grid = (hour: number) => (hour < 12 ? 200 : 600);
  const before = of(7, () => 2, grid);

  it('to cleaner hours avoids grams and no energy', () => {
    // 1 kWh an hour goes from afternoons to mornings: 12 h x 7 d x 1 kWh x 400 g.
    const after = of(7, (hour) => (hour < 12 ? 3 : 1), grid);
    const found = effects(
      before,
      after,
      hours(7, () => 2 * KWH),
      true,
    );
    expect(found?.shiftEffect).toBeCloseTo(12 * 7 * 400, 6);
  });

  it('of which there is less altogether is no more shifted for that', () => {
    const after = of(7, () => 1, grid);
    expect(
      effects(
        before,
        after,
        hours(7, () => 2 * KWH),
        true,
      )?.shiftEffect,
    ).toBeCloseTo(0, 6);
  });
});
