import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesignEstimate, DesignOutcome } from '../../../src/model/estimate.ts';
import { differences } from '../../../src/savings/differences.ts';
import { fitHost, type HostEnergy, type HostHalves } from '../../../src/savings/host-model.ts';
import {
  bootstrapInterval,
  clusterInterval,
  groupRatio,
  wildInterval,
} from '../../../src/savings/host-ratio.ts';
import { drawPool } from '../../../src/savings/pool-draw.ts';
import { poolStatistics, pools } from '../../../src/savings/pools.ts';
import { preTrend } from '../../../src/savings/pre-trend.ts';
import { seededRandom } from '../../../src/savings/random.ts';
import { pValueAt } from '../../../src/savings/randomisation.ts';
import { type ScopeSeries, slice } from '../../../src/savings/series.ts';
import { type FleetShape, saving, simulateFleet } from '../../fixtures/savings-fleet.ts';

const BEFORE = 42 * 24;
const LENGTH = 56 * 24;

const estimate = (outcome: DesignOutcome): DesignEstimate => {
  if (!('expected' in outcome)) throw new Error(outcome.refusals.map(({ text }) => text).join(' '));
  return outcome;
};
const flagsOf = (remarks: readonly { readonly flag: string }[]) => remarks.map(({ flag }) => flag);

const fleetOf = (shape: Partial<FleetShape> = {}): { host: string; series: ScopeSeries }[] => [
  ...simulateFleet({ hosts: 16, days: 56, seed: 'fleet', hostDrift: 0.01, commonDrift: 0.02, ...shape }),
];

/** Energy of a host times a factor by interval. */
const times = (series: ScopeSeries, factor: (at: number) => number): ScopeSeries => ({
  ...series,
  energy: series.energy.map((value, at) => value * factor(at)),
});

const halvesOf = (fleet: readonly { host: string; series: ScopeSeries }[]): readonly HostHalves[] =>
  fleet.map(({ host, series }) => ({
    host,
    before: slice(series, 0, BEFORE),
    after: slice(series, BEFORE, LENGTH),
  }));

/** Hosts with even numbers have the measure. */
const sides = (
  fleet: readonly { host: string; series: ScopeSeries }[],
  effect: number,
): { treated: readonly HostHalves[]; control: readonly HostHalves[] } => {
  const all = halvesOf(
    fleet.map(({ host, series }, at) => ({
      host,
      series: at % 2 === 0 ? saving(series, BEFORE, effect) : series,
    })),
  );
  return {
    treated: all.filter((_, at) => at % 2 === 0),
    control: all.filter((_, at) => at % 2 === 1),
  };
};

const compare = (fleet: readonly { host: string; series: ScopeSeries }[], effect: number) =>
  estimate(differences({ ...sides(fleet, effect), seed: 'test' }));

describe('hosts with a measure against untouched ones', () => {
  it('give the saving of 20 % back although all hosts drifted by 8 %, where before and after alone gives 26 %', () => {
    const drifted = fleetOf({ commonDrift: 0 }).map(({ host, series }) => ({
      host,
      series: times(series, (at) => (at >= BEFORE ? 0.92 : 1)),
    }));
    const found = compare(drifted, 0.2);
    const truth = found.actual / 4;
    expect(found.grade).toBe('B');
    expect(found.refusals).toEqual([]);
    expect(found.interval.low).toBeLessThan(truth);
    expect(found.interval.high).toBeGreaterThan(truth);
    expect(Math.abs(found.avoided / found.expected - 0.2)).toBeLessThan(0.01);
    expect(found.diagnostics.treated_fall_ratio).toBeGreaterThan(0.25);
    expect(found.diagnostics.control_fall_ratio).toBeCloseTo(0.08, 1);
  });

  it('add up, interval by interval and in all', () => {
    const found = compare(fleetOf(), 0.1);
    expect((found.expected - found.actual) / found.avoided).toBeCloseTo(1, 9);
    const series = [...(found.expectedSeries as Float64Array)].filter(Number.isFinite);
    expect(series.reduce((sum, value) => sum + value, 0) / found.expected).toBeCloseTo(1, 9);
    const { treated_fall_ratio: t, control_fall_ratio: c } = found.diagnostics;
    expect(found.avoided / found.expected).toBeCloseTo(1 - (1 - (t as number)) / (1 - (c as number)), 9);
  });

  it('do not depend on the order of the hosts, nor on units', () => {
    const both = sides(fleetOf(), 0.1);
    const one = estimate(differences({ ...both, seed: 'test' }));
    expect(
      estimate(
        differences({
          treated: both.treated.toReversed(),
          control: [...both.control.slice(3), ...both.control.slice(0, 3)],
          seed: 'test',
        }),
      ),
    ).toEqual(one);
    const scaled = (hosts: readonly HostHalves[]): readonly HostHalves[] =>
      hosts.map(({ host, before, after }) => ({
        host,
        before: times(before, () => 1 / 3.6e6),
        after: times(after, () => 1 / 3.6e6),
      }));
    const other = estimate(
      differences({ treated: scaled(both.treated), control: scaled(both.control), seed: 'test' }),
    );
    expect((other.avoided * 3.6e6) / one.avoided).toBeCloseTo(1, 9);
    expect((other.interval.low * 3.6e6) / one.interval.low).toBeCloseTo(1, 9);
    expect(other.detectable).toBeCloseTo(one.detectable ?? Number.NaN, 9);
  });

  it('are refused where the sides were already drifting apart', () => {
    const fleet = fleetOf().map(({ host, series }, at) => ({
      host,
      series: at % 2 === 0 ? times(series, (hour) => 1 - (0.1 * hour) / LENGTH) : series,
    }));
    const found = compare(fleet, 0);
    expect(flagsOf(found.refusals)).toContain('pre_trend');
    expect(found.diagnostics.pre_trend_p).toBeLessThan(0.05);
    expect(flagsOf(compare(fleetOf(), 0.2).refusals)).not.toContain('pre_trend');
  });

  it('are refused where the untouched hosts moved by more than the least that is claimed', () => {
    const fleet = fleetOf({ commonDrift: 0 }).map(({ host, series }) => ({
      host,
      series: times(series, (at) => (at >= BEFORE ? 0.85 : 1)),
    }));
    const found = compare(fleet, 0.1);
    expect(flagsOf(found.refusals)).toEqual(['control_drift']);
    expect(found.refusals[0]?.text).toMatch(/1[45]\.\d % less than expected/);
  });

  it('claim no saving where the untouched hosts alone began to use more', () => {
    const both = sides(fleetOf({ commonDrift: 0 }), 0);
    const control = both.control.map((one) => ({ ...one, after: times(one.after, () => 1.1) }));
    const found = estimate(differences({ treated: both.treated, control, seed: 'test' }));
    expect(found.interval.low).toBeGreaterThan(0);
    expect(flagsOf(found.refusals)).toEqual(['control_drift']);
    expect(found.refusals[0]?.text).toMatch(/\d % more than expected/);
  });

  it('without an effect show their interval, with what befell all hosts told beside it', () => {
    const fleet = fleetOf({ commonDrift: 0 }).map(({ host, series }) => ({
      host,
      series: times(series, (at) => (at >= BEFORE ? 0.92 : 1)),
    }));
    const found = compare(fleet, 0);
    expect(found.refusals).toEqual([]);
    expect(flagsOf(found.flags)).toContain('control_drift');
    expect(found.interval.low).toBeLessThan(0);
    expect(found.interval.high).toBeGreaterThan(0);
  });

  it('are grade D with fewer than eight on a side, and nothing with fewer than two', () => {
    const { treated, control } = sides(fleetOf(), 0.2);
    const few = estimate(differences({ treated, control: control.slice(1), seed: 'test' }));
    expect(few.grade).toBe('D');
    expect(flagsOf(few.flags)).toContain('few_hosts');
    const none = differences({ treated, control: control.slice(0, 1), seed: 'test' });
    expect('expected' in none).toBe(false);
    expect(flagsOf(none.refusals)).toEqual(['too_few_hosts']);
  });

  it('tell of work that went from one side to the other, and of work that is not counted', () => {
    const { treated, control } = sides(fleetOf(), 0.2);
    const moved = (hosts: readonly HostHalves[], factor: number): readonly HostHalves[] =>
      hosts.map((host) => ({
        ...host,
        after: {
          ...host.after,
          work: host.after.work.map((column) => column.map((value) => value * factor)),
        },
      }));
    const found = differences({ treated: moved(treated, 1.3), control: moved(control, 0.7), seed: 'test' });
    expect(flagsOf(estimate(found).flags)).toContain('work_moved');
    expect(flagsOf(compare(fleetOf(), 0.2).flags)).toEqual([]);
    const bare = (hosts: readonly HostHalves[]): readonly HostHalves[] =>
      hosts.map(({ host, before, after }) => ({
        host,
        before: { ...before, work: [] },
        after: { ...after, work: [] },
      }));
    const uncounted = differences({ treated: bare(treated), control: bare(control), seed: 'test' });
    expect(flagsOf(estimate(uncounted).flags)).toContain('no_host_work');
  });

  it('leave out a host of which nothing is known, by name', () => {
    const { treated, control } = sides(fleetOf(), 0.2);
    const [first, ...others] = treated as [HostHalves, ...HostHalves[]];
    const dark = { ...first.after, usable: new Uint8Array(first.after.length) };
    const found = estimate(
      differences({ treated: [{ ...first, after: dark }, ...others], control, seed: 'test' }),
    );
    expect(found.diagnostics.hosts_left_out).toBe(1);
    expect(found.flags.find(({ flag }) => flag === 'hosts_left_out')?.text).toContain(first.host);
  });

  it('show about nothing at starts that were none', () => {
    const found = compare(fleetOf(), 0.2);
    // 42 days: fitted on 21, tried on the 10.5 days after, at each of the 10 days for which both fit, and the first.
    expect(found.placebo.length).toBe(11);
    expect(found.diagnostics.pseudo_starts_independent).toBe(2);
    for (const error of found.placebo) expect(Math.abs(error)).toBeLessThan(0.05);
    expect(found.diagnostics.pseudo_starts_coverage_ratio).toBeGreaterThan(0.5);
    expect(found.coverage).toBeUndefined();
  });
});

describe('the interval over hosts', () => {
  const energies = (actual: readonly number[]): readonly HostEnergy[] =>
    actual.map((value, at) => ({
      host: `h${at}`,
      expected: 100,
      actual: value,
      expectedSeries: new Float64Array(),
    }));
  const treated = energies([88, 92, 90, 87, 93, 90]);
  const control = energies([99, 103, 96, 102, 100]);

  it("is Welch's for hosts of one size, on the logarithm of the ratio", () => {
    // By hand: means 90 and 100, variances of the means 5.2/6 and 7.5/5, over the squares of the means.
    const [t, c] = [5.2 / 6 / 90 ** 2, 7.5 / 5 / 100 ** 2];
    const found = clusterInterval(groupRatio(treated), groupRatio(control), 0.9);
    expect(found.estimate).toBeCloseTo(Math.log(0.9), 12);
    expect(found.standardError).toBeCloseTo(Math.sqrt(t + c), 12);
    // t of 0.95 with 8.34 degrees lies between 1.860 (8) and 1.833 (9).
    expect((t + c) ** 2 / (t ** 2 / 5 + c ** 2 / 4)).toBeCloseTo(8.34, 1);
    expect((found.high - found.low) / 2 / found.standardError).toBeCloseTo(1.85, 2);
  });

  it('varies for hosts of different sizes as it does when each of them is left out', () => {
    const hosts = [10, 30, 400, 50, 120, 80, 20].map((expected, at) => ({
      host: `h${at}`,
      expected,
      actual: expected * (1 + 0.01 * ((at * 5) % 7) - 0.03),
      expectedSeries: new Float64Array(),
    }));
    const without = hosts.map((left) => Math.log(groupRatio(hosts.filter((host) => host !== left)).ratio));
    const all = Math.log(groupRatio(hosts).ratio);
    const jackknife = (6 / 7) * without.reduce((sum, value) => sum + (value - all) ** 2, 0);
    expect(groupRatio(hosts).variance / jackknife).toBeCloseTo(1, 1);
    expect(groupRatio(hosts).effectiveHosts).toBeCloseTo(710 ** 2 / 184_700, 9);
  });

  it('is much the same by a wild bootstrap, and narrower by drawing hosts anew', () => {
    const t = clusterInterval(groupRatio(treated), groupRatio(control), 0.9);
    const wild = wildInterval(groupRatio(treated), groupRatio(control), 0.9, 2000, seededRandom('wild'));
    const drawn = bootstrapInterval(treated, control, 0.9, 2000, seededRandom('hosts'));
    expect((wild.high - wild.low) / (t.high - t.low)).toBeGreaterThan(0.85);
    expect((wild.high - wild.low) / (t.high - t.low)).toBeLessThan(1.2);
    expect((drawn.high - drawn.low) / (t.high - t.low)).toBeLessThan(0.95);
    expect((drawn.high - drawn.low) / (t.high - t.low)).toBeGreaterThan(0.7);
  });
});

describe('the trend before the start', () => {
  it('is found at its size, and is no larger where both sides share it', () => {
    const drifting = (which: (at: number) => boolean) =>
      fleetOf().map(({ host, series }, at) => ({
        host,
        series: which(at) ? times(series, (hour) => 1 + 0.002 * (hour / 24)) : series,
      }));
    const apart = sides(
      drifting((at) => at % 2 === 0),
      0,
    );
    const together = sides(
      drifting(() => true),
      0,
    );
    expect(preTrend(apart.treated, apart.control)?.slopePerDay).toBeCloseTo(0.002, 3);
    expect(Math.abs(preTrend(together.treated, together.control)?.slopePerDay ?? 1)).toBeLessThan(0.0005);
  });
});

describe('the frozen model of a host', () => {
  const series = (fleetOf({ noise: 0, hostDrift: 0, commonDrift: 0 })[0] as { series: ScopeSeries }).series;

  it('has the idle watts and the joules per unit that the host was made of', () => {
    const model = fitHost(series);
    const work = series.work[0] as Float64Array;
    expect(model?.coefficients.length).toBe(2);
    const [watts, perUnit] = [...(model?.coefficients ?? [])] as [number, number];
    expect((watts * 3600 + perUnit * (work[100] as number)) / (series.energy[100] as number)).toBeCloseTo(
      1,
      9,
    );
  });

  it('leaves out work that would lower energy, and gives none to a host of which too little is known', () => {
    const work = [(series.work[0] as Float64Array).map((value) => 200 - value)];
    expect(fitHost({ ...series, work })?.work).toEqual([]);
    expect(fitHost(slice(series, 0, 15))).toBeUndefined();
    expect(fitHost({ ...series, usable: new Uint8Array(series.length) })).toBeUndefined();
  });
});

describe('hosts in two pools, drawn at random', () => {
  const fleet = fleetOf({ hosts: 24, hostDrift: 0.03 });
  const names = fleet.map(({ host }) => host);
  const schedule = { design: 'ab', seed: 'draw', treated: drawPool(names, 'draw') } as const;
  const withMeasure = (effect: number, plan: { readonly treated: readonly string[] } = schedule) =>
    halvesOf(
      fleet.map(({ host, series }) => ({
        host,
        series: plan.treated.includes(host) ? saving(series, BEFORE, effect) : series,
      })),
    );

  it('are the same for the same seed and the hosts in any order, half of them', () => {
    expect(schedule.treated.length).toBe(12);
    expect(drawPool(names.toReversed(), 'draw')).toEqual(schedule.treated);
    expect(drawPool(names, 'other')).not.toEqual(schedule.treated);
    expect(drawPool(['b', 'a', 'c'], 'x').length).toBe(1);
    const times = new Map(names.map((name) => [name, 0]));
    for (let seed = 0; seed < 2000; seed += 1)
      for (const host of drawPool(names, `s${seed}`)) times.set(host, (times.get(host) ?? 0) + 1);
    // Half of 2,000 with a standard deviation of 22.
    for (const count of times.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * 22.4);
  });

  it('show a saving of 10 %, and none where there was none', () => {
    const found = estimate(pools({ hosts: withMeasure(0.1), schedule, seed: 'test', draws: 1999 }));
    const truth = found.actual / 9;
    expect(found.grade).toBe('A');
    expect([...found.flags, ...found.refusals]).toEqual([]);
    expect(found.interval.low).toBeLessThan(truth);
    expect(found.interval.high).toBeGreaterThan(truth);
    expect(found.interval.low).toBeGreaterThan(0);
    expect(found.pValue).toBe(1 / 2000);
    expect((found.expected - found.actual) / found.avoided).toBeCloseTo(1, 9);
    const none = estimate(pools({ hosts: withMeasure(0), schedule, seed: 'test', draws: 1999 }));
    expect(none.interval.low).toBeLessThan(0);
    expect(none.interval.high).toBeGreaterThan(0);
    expect(none.pValue).toBeGreaterThan(0.1);
  });

  it('shift by exactly the share that is taken from each host with the measure', () => {
    const before = estimate(pools({ hosts: withMeasure(0), schedule, seed: 'test', draws: 499 }));
    fc.assert(
      fc.property(fc.double({ min: -0.5, max: 0.8, noNaN: true }), (effect) => {
        const after = estimate(pools({ hosts: withMeasure(effect), schedule, seed: 'test', draws: 499 }));
        for (const of of [
          (found: DesignEstimate) => found.expected,
          (found: DesignEstimate) => found.interval.low + found.actual,
          (found: DesignEstimate) => found.interval.high + found.actual,
        ])
          expect(of(after) / of(before)).toBeCloseTo(1, 9);
      }),
      { numRuns: 5 },
    );
  });

  it('have by sampling the p-value that all 70 ways to draw four of eight give', () => {
    const random = seededRandom('energies');
    const hosts: readonly HostEnergy[] = Array.from({ length: 8 }, (_, at) => ({
      host: `h${at}`,
      expected: 1 + random.next(),
      actual: 1 + random.next(),
      expectedSeries: new Float64Array(),
    }));
    const had = Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 0);
    const ways = Array.from({ length: 256 }, (_, bits) =>
      Uint8Array.from({ length: 8 }, (_each, at) => (bits >> at) & 1),
    ).filter((way) => way.reduce((sum, flag) => sum + flag, 0) === 4);
    const all = poolStatistics(hosts, had, ways);
    const sampled = poolStatistics(
      hosts,
      had,
      Array.from({ length: 9999 }, () => ways[random.below(70)] as Uint8Array),
    );
    for (const x of [-0.3, 0, 0.1, 0.4]) {
      const exact = (pValueAt(all, x) * 71 - 1) / 70;
      expect(Math.abs(pValueAt(sampled, x) - exact)).toBeLessThan(
        4 * Math.sqrt((exact * (1 - exact)) / 9999) + 2e-4,
      );
    }
  });

  it('prove nothing where they were chosen by hand, are few, or lost hosts on one side', () => {
    const chosen = { ...schedule, treated: names.slice(0, 12) };
    const byHand = estimate(
      pools({ hosts: withMeasure(0.1, chosen), schedule: chosen, seed: 'test', draws: 499 }),
    );
    expect(byHand.grade).toBe('D');
    expect(flagsOf(byHand.flags)).toEqual(['not_drawn_from_seed']);
    const ten = names.slice(0, 10);
    const small = { ...schedule, treated: drawPool(ten, 'draw') };
    const few = estimate(
      pools({
        hosts: withMeasure(0.1, small).filter(({ host }) => ten.includes(host)),
        schedule: small,
        seed: 'test',
        draws: 499,
      }),
    );
    expect(few.grade).toBe('D');
    expect(flagsOf(few.flags)).toEqual(['few_hosts']);
    const lost = withMeasure(0.1).map((host) =>
      schedule.treated.slice(0, 2).includes(host.host)
        ? { ...host, after: { ...host.after, usable: new Uint8Array(host.after.length) } }
        : host,
    );
    expect(flagsOf(pools({ hosts: lost, schedule, seed: 'test', draws: 499 }).refusals)).toEqual([
      'missing_by_arm',
    ]);
    const three = pools({ hosts: withMeasure(0.1).slice(0, 3), schedule, seed: 'test' });
    expect(flagsOf(three.refusals)).toEqual(['too_few_hosts']);
  });
});
