import { describe, expect, it } from 'vitest';
import type { DesignEstimate, DesignOutcome } from '../../../src/model/estimate.ts';
import { segmented } from '../../../src/savings/segmented.ts';
import { fitSegmented } from '../../../src/savings/segmented-fit.ts';
import type { ScopeSeries } from '../../../src/savings/series.ts';
import { MONDAY, saving, seriesOf, simulateFleet } from '../../fixtures/savings-fleet.ts';

const DAY = 86_400;
const estimate = (outcome: DesignOutcome): DesignEstimate => {
  if (!('expected' in outcome)) throw new Error(outcome.refusals.map(({ text }) => text).join(' '));
  return outcome;
};
const hostOf = (days: number, drift = 0.01): ScopeSeries =>
  simulateFleet({ hosts: 1, days, seed: 'segmented', hostDrift: drift, commonDrift: 0 })[0]!.series;
const run = (series: ScopeSeries, days: number, baselineDays = days) =>
  segmented({ series, start: MONDAY + days * DAY, baselineEnd: MONDAY + baselineDays * DAY });

describe('one regression with a break', () => {
  it('gives back level, trend, break and waves that a series was made of, to rounding', () => {
    const start = 28 * 24;
    const length = 42 * 24;
    const work = Float64Array.from({ length }, (_, at) => 50 + 20 * Math.sin(at * 1.7) + (at % 13));
    let truth = 0;
    const energy = work.map((units, at) => {
      const since = (at + 0.5 - start) / 24;
      const effect = at >= start ? 3600 * (-20 - 0.5 * since) : 0;
      truth += effect;
      return 3600 * (150 + 0.3 * since + 8 * Math.sin((2 * Math.PI * since) / 7)) + 900 * units + effect;
    });
    const found = fitSegmented(seriesOf(energy, work), start);
    expect((found?.effect ?? 0) / truth).toBeCloseTo(1, 9);
    expect(found?.standardError).toBeLessThan(1e-6 * Math.abs(truth));
  });

  it('finds a saving of 30 % at grade D, the truth in its interval, and adds up', () => {
    const found = estimate(run(saving(hostOf(84), 56 * 24, 0.3), 56));
    const truth = (found.actual * 0.3) / 0.7;
    expect(found.grade).toBe('D');
    expect(found.flags.map(({ flag }) => flag)).toEqual(['not_calibrated']);
    expect(found.coverage).toBeUndefined();
    expect(found.interval.low).toBeLessThan(truth);
    expect(found.interval.high).toBeGreaterThan(truth);
    expect((found.expected - found.actual) / found.avoided).toBeCloseTo(1, 9);
    const known = [...(found.expectedSeries as Float64Array)].filter(Number.isFinite);
    expect(known.length).toBe(28 * 24);
    expect(known.reduce((sum, value) => sum + value, 0) / found.expected).toBeCloseTo(1, 9);
  });

  it('is grade C where pretended starts in a long baseline bear it out, and prints how often it was right', () => {
    const found = estimate(run(hostOf(147), 140));
    expect(found.grade).toBe('C');
    expect(found.coverage?.independent).toBe(10);
    expect(found.coverage?.ratio).toBeGreaterThanOrEqual(0.8);
    expect(found.interval.method).toBe('placebo');
  });

  it('is as wide as few pretended starts ask for: no less than the worst of them carried on to the whole window', () => {
    const found = estimate(run(hostOf(84, 0.05), 56));
    const half = (found.interval.high - found.interval.low) / 2 / found.expected;
    const squares = found.placebo.reduce((sum, error) => sum + error ** 2, 0) / found.placebo.length;
    expect(found.diagnostics.pseudo_starts_horizon_days).toBe(14);
    expect(found.diagnostics.pseudo_starts_independent).toBe(2);
    // Student's t of 0.95 with 2 degrees is 2.919986; 28 days are twice 14.
    expect(half / (2 * 2.919986 * Math.sqrt(squares))).toBeCloseTo(1, 6);
    expect(half).toBeGreaterThan(Math.max(...found.placebo.map(Math.abs)));
  });

  it('does not look at what lies between baseline and start', () => {
    const series = saving(hostOf(84), 56 * 24, 0.2);
    const energy = series.energy.map((value, at) => (at >= 50 * 24 && at < 56 * 24 ? 1e12 : value));
    expect(estimate(run({ ...series, energy }, 56, 50)).avoided).toBe(estimate(run(series, 56, 50)).avoided);
  });

  it('is the same in other units', () => {
    const series = saving(hostOf(70), 56 * 24, 0.2);
    const one = estimate(run(series, 56));
    const other = estimate(run({ ...series, energy: series.energy.map((value) => value / 1000) }, 56));
    expect((other.avoided * 1000) / one.avoided).toBeCloseTo(1, 6);
    expect((other.interval.high * 1000) / one.interval.high).toBeCloseTo(1, 6);
  });

  it('is refused where the baseline does not hold two weeks, or no room to try it', () => {
    const flags = (outcome: DesignOutcome) => outcome.refusals.map(({ flag }) => flag);
    expect(flags(run(hostOf(40), 13))).toEqual(['too_few_cycles']);
    expect(flags(run(hostOf(40), 15))).toEqual(['not_tried']);
    expect(flags(run(hostOf(40), 40))).toEqual(['too_few_cycles']);
    const dark = { ...hostOf(60), usable: new Uint8Array(60 * 24) };
    expect(flags(run(dark, 40))).toEqual(['not_fitted']);
  });
});
