import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesignEstimate, DesignOutcome } from '../../../src/model/estimate.ts';
import type { ScopeSeries } from '../../../src/savings/series.ts';
import { switchback } from '../../../src/savings/switchback.ts';
import { switchbackBlocks } from '../../../src/savings/switchback-schedule.ts';
import { MONDAY, seriesOf, simulateFleet } from '../../fixtures/savings-fleet.ts';

const HOUR = 3600;
const schedule = { design: 'switchback', block: 6 * HOUR, washout: HOUR, seed: 'plan' } as const;

const quiet = (days = 28, seed = 'quiet'): ScopeSeries => simulateFleet({ hosts: 1, days, seed })[0]!.series;

const eachOn = (
  series: ScopeSeries,
  change: (value: number, at: number) => number,
  kind: 'energy' | 'work' = 'energy',
  plan: typeof schedule | { readonly block: number } = schedule,
): ScopeSeries => {
  const column = (kind === 'energy' ? series.energy : (series.work[0] as Float64Array)).slice();
  for (const block of switchbackBlocks({ ...schedule, ...plan }, MONDAY, MONDAY + series.length * HOUR))
    if (block.on)
      for (let at = (block.from - MONDAY) / HOUR; at < (block.to - MONDAY) / HOUR; at += 1)
        column[at] = change(column[at] as number, at);
  return kind === 'energy' ? { ...series, energy: column } : { ...series, work: [column] };
};

const run = (series: ScopeSeries, plan = schedule) =>
  switchback({ series, schedule: plan, start: MONDAY, seed: 'test', draws: 999 });

const estimate = (outcome: DesignOutcome): DesignEstimate => {
  if (!('expected' in outcome)) throw new Error(outcome.refusals.map(({ text }) => text).join(' '));
  return outcome;
};
const flags = (outcome: DesignOutcome) => outcome.refusals.map(({ flag }) => flag);

describe('a randomised on/off test', () => {
  it('finds a saving of 10 % in the hours in which the measure was on, with the truth in its interval', () => {
    const series = quiet();
    const found = estimate(run(eachOn(series, (value) => value * 0.9)));
    const truth = found.actual / 9;
    expect(found.grade).toBe('A');
    expect(found.refusals).toEqual([]);
    expect(found.pValue).toBe(0.001);
    expect(Math.abs(found.avoided - truth) / truth).toBeLessThan(0.2);
    expect(found.interval.low).toBeLessThan(truth);
    expect(found.interval.high).toBeGreaterThan(truth);
    expect(found.interval.low).toBeGreaterThan(0);
    expect(found.detectable).toBeLessThan(0.1);
    expect(found.intervals.map(({ method }) => method)).toEqual(['randomisation', 'randomisation-share']);
    expect(found.interval.low).toBe(Math.min(...found.intervals.map(({ low }) => low)));
    expect(found.interval.high).toBe(Math.max(...found.intervals.map(({ high }) => high)));
  });

  it('shows nothing where nothing was done, in about nine of ten schedules', () => {
    const series = quiet(28, 'nothing');
    let held = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const plan = { ...schedule, seed: `nothing ${seed}` };
      const { interval } = estimate(
        switchback({ series, schedule: plan, start: MONDAY, seed: 'test', draws: 499 }),
      );
      if (interval.low <= 0 && interval.high >= 0) held += 1;
    }
    // 90 of 100 are expected, with a standard deviation of 3.
    expect(held).toBeGreaterThanOrEqual(80);
    expect(held).toBeLessThanOrEqual(99);
  });

  it('adds up: expected less actual is avoided, interval by interval and in all, washouts left out', () => {
    const found = estimate(run(eachOn(quiet(), (value) => value * 0.93)));
    expect(found.expected - found.actual).toBeCloseTo(found.avoided, 3);
    const series = found.expectedSeries as Float64Array;
    const counted = [...series].filter((value) => Number.isFinite(value));
    expect(counted.length).toBe(found.diagnostics.intervals_on);
    expect(counted.length).toBe((28 * 4 * 5) / 2);
    expect(counted.reduce((sum, value) => sum + value, 0) / found.expected).toBeCloseTo(1, 9);
  });

  it('moves by exactly what is taken from every hour with the measure on', () => {
    const series = quiet();
    const before = estimate(run(series));
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (watts) => {
        const after = estimate(run(eachOn(series, (value) => value - watts * HOUR)));
        const shift = (after.diagnostics.intervals_on as number) * watts * HOUR;
        const scale = 1e-9 * before.expected;
        expect(Math.abs(after.avoided - before.avoided - shift)).toBeLessThan(scale);
        for (const end of ['low', 'high'] as const)
          expect(
            Math.abs((after.intervals[0]?.[end] ?? 0) - (before.intervals[0]?.[end] ?? 0) - shift),
          ).toBeLessThan(scale);
        expect(Math.abs(after.expected - before.expected)).toBeLessThan(scale);
      }),
      { numRuns: 10 },
    );
  });

  it('is the same in other units of energy and of work, and for the same seed to the last bit', () => {
    const series = eachOn(quiet(), (value) => value * 0.95);
    const one = estimate(run(series));
    expect(run(series)).toEqual(one);
    const other = estimate(
      run({
        ...series,
        energy: series.energy.map((value) => value / 3.6e6),
        work: series.work.map((column) => column.map((value) => value * 1000)),
      }),
    );
    expect(other.avoided * 3.6e6).toBeCloseTo(one.avoided, 0);
    expect(other.interval.low * 3.6e6).toBeCloseTo(one.interval.low, 0);
    expect(other.pValue).toBe(one.pValue);
    expect(other.detectable).toBeCloseTo(one.detectable ?? Number.NaN, 9);
  });

  it('is not moved by what happens in washouts, outside the blocks, or in unknown hours', () => {
    const series = quiet();
    const plain = estimate(run(series));
    const wild = series.energy.slice();
    for (let at = 0; at < wild.length; at += 6) wild[at] = 1e12;
    expect(estimate(run({ ...series, energy: wild })).avoided).toBe(plain.avoided);
    const energy = series.energy.slice();
    const usable = series.usable.slice();
    for (let at = 3; at < energy.length; at += 37) {
      energy[at] = 0;
      usable[at] = 0;
    }
    const holed = estimate(run({ ...series, energy, usable }));
    expect(Math.abs(holed.avoided - plain.avoided)).toBeLessThan(plain.interval.high - plain.interval.low);
  });

  it('warns where work was put off from hours with the measure on to those with it off', () => {
    const moved = run(eachOn(quiet(), (value) => value * 0.8, 'work'));
    const found = estimate(moved);
    expect(found.flags.map(({ flag }) => flag)).toContain('work_moved');
    expect(found.flags.find(({ flag }) => flag === 'work_moved')?.text).toContain('less work');
    expect(found.diagnostics.work_0_moved_ratio).toBeLessThan(-0.1);
    expect(estimate(run(quiet())).flags.map(({ flag }) => flag)).not.toContain('work_moved');
  });

  it('is refused with words where it ran too short, has too few blocks, or lost hours of one arm', () => {
    expect(flags(run(quiet(13)))).toEqual(['too_short']);
    expect(flags(run(quiet(18), { ...schedule, block: 48 * HOUR } as never))).toContain('too_few_blocks');
    expect(flags(run(quiet(), { ...schedule, washout: 4 * HOUR } as never))).toEqual(['block_too_short']);
    const series = quiet();
    const usable = series.usable.slice();
    for (const block of switchbackBlocks(schedule, MONDAY, MONDAY + 28 * 24 * HOUR))
      if (block.on) usable[(block.from - MONDAY) / HOUR + 4] = 0;
    const lost = run({ ...series, usable });
    expect(flags(lost)).toEqual(['missing_by_arm']);
    expect(lost.refusals[0]?.text).toContain('80 % of the hours with the measure on');
    const dark = run({ ...series, usable: new Uint8Array(series.length) });
    expect(flags(dark)).toContain('too_few_blocks');
    expect('expected' in dark).toBe(false);
  });

  it('is exact where energy is made of host time, work, its bend, the time of day and weeks, hosts coming and going', () => {
    const length = 28 * 24;
    const demanded = Float64Array.from({ length }, (_, at) => HOUR * (8 + (at % 5) + Math.floor(at / 50)));
    const work = Float64Array.from({ length }, (_, at) => 300 + 200 * Math.sin(at * 2.3) + 7 * (at % 11));
    const energy = demanded.map(
      (hosts, at) =>
        hosts * (100 + 9 * Math.cos((2 * Math.PI * (at + 0.5)) / 24) + 5 * Math.floor(at / 168)) +
        900 * (work[at] as number) +
        60 * Math.sqrt(hosts * (work[at] as number)),
    );
    // Without a washout: weeks of the terms are counted from the first interval that counts.
    const plan = { ...schedule, washout: 0 } as never;
    const series = { ...seriesOf(energy, work), demanded };
    const found = estimate(
      run(
        eachOn(series, (value) => value - 50_000),
        plan,
      ),
    );
    expect(found.avoided / (50_000 * length * 0.5)).toBeCloseTo(1, 6);
    expect(found.diagnostics.standard_error_joules_per_interval).toBeLessThan(1);
  });

  it('works with whole days, without work, and with work that never changes', () => {
    const days = { ...schedule, block: 24 * HOUR, washout: 2 * HOUR } as never;
    const series = eachOn(quiet(28, 'days'), (value) => value * 0.8, 'energy', { block: 24 * HOUR });
    expect(estimate(run(series, days)).interval.low).toBeGreaterThan(0);
    expect(estimate(run({ ...series, work: [] }, days)).avoided).toBeGreaterThan(0);
    const constant = { ...series, work: [new Float64Array(series.length).fill(7)] };
    expect(estimate(run(constant, days)).avoided).toBeGreaterThan(0);
  });
});
