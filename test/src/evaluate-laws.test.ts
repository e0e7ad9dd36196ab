/** What must not change a verdict: units, the hour that a day begins at, the order of hosts, the size of chunks, a second run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeasureReport } from '../../src/model/comparison.ts';
import type { DesignOutcome } from '../../src/model/estimate.ts';
import type { HistoryChunk } from '../../src/model/history.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { buildScope } from '../../src/savings/scope-series.ts';
import { watts } from '../../src/units.ts';
import { fleet, namesOf, replaced, withHosts } from '../fixtures/fleet.ts';
import { evaluated, planOf } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../fixtures/memory-history.ts';

const START = 56 * 24;
const LENGTH = 84 * 24;
const HOSTS = namesOf(10);
/** A saving of 7 %, some hours of some hosts missing, a grid that moves. */
const held: MemoryHistory = {
  ...withHosts(fleet({ left: (at) => (at < START ? 1 : 0.93) }), (host, index) => ({
    ...host,
    energy: replaced(host.energy, (at, value) => ((at * 7 + index * 13) % 211 === 0 ? Number.NaN : value)),
  })),
  grid: Float64Array.from({ length: LENGTH }, (_, at) => 300 + 50 * Math.sin(at / 24)),
};
const evaluate = (history: MemoryHistory, change = {}) =>
  evaluated({ plan: planOf({ hosts: HOSTS, ...change }), engine: memoryHistory(history) });

const figures = ({ outcome }: MeasureReport): readonly number[] => [
  outcome.fraction ?? Number.NaN,
  (outcome.interval?.low ?? Number.NaN) / (outcome.estimate?.expected ?? Number.NaN),
  (outcome.interval?.high ?? Number.NaN) / (outcome.estimate?.expected ?? Number.NaN),
];
const expectSame = (a: MeasureReport, b: MeasureReport, digits = 9): void => {
  for (const [at, value] of figures(a).entries()) expect(figures(b)[at]).toBeCloseTo(value, digits);
  expect([b.outcome.verdict, b.outcome.grade]).toEqual([a.outcome.verdict, a.outcome.grade]);
};

describe('a verdict', () => {
  it('is the same to the byte from the same input, and its hashes are those of the input', async () => {
    const [one, other] = await Promise.all([evaluate(held), evaluate(held)]);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(Object.keys(one.inputs)).toEqual([
      'plan',
      ...['baseline_energy', 'baseline_work', 'baseline_grid'],
      ...['scope_energy', 'scope_work', 'scope_grid'],
    ]);
    const touched = await evaluate(
      withHosts(held, (host, index) =>
        index > 0
          ? host
          : { ...host, energy: replaced(host.energy, (at, value) => (at === 500 ? value + 1 : value)) },
      ),
    );
    expect(touched.inputs.scope_energy).not.toBe(one.inputs.scope_energy);
    expect(touched.inputs.scope_work).toBe(one.inputs.scope_work);
  });

  it('is the same however the history comes in chunks', async () => {
    const whole = await evaluate(held);
    for (const chunk of [1, 5, 24]) {
      const cut = await evaluate({ ...held, chunk });
      expectSame(cut, whole, 12);
      expect(cut.inputs).toEqual(whole.inputs);
    }
  });

  it('is the same for hosts in any order', async () => {
    const report = await evaluate(held);
    const turned = await evaluate(
      { ...held, hosts: [...held.hosts].reverse() },
      { hosts: [...HOSTS].reverse() },
    );
    expectSame(turned, report, 9);
  });

  it('is the same with energy and work in other units, its joules in proportion', async () => {
    const report = await evaluate(held);
    const scaled = await evaluate(
      withHosts(held, (host) => ({
        ...host,
        energy: replaced(host.energy, (_, value) => value * 1000),
        work: [replaced(host.work?.[0] ?? [], (_, value) => value / 60)],
      })),
    );
    expectSame(scaled, report, 7);
    expect((scaled.outcome.avoided ?? 0) / (report.outcome.avoided ?? 1)).toBeCloseTo(1000, 5);
  });

  it('is the same at another time, whole hours or not a whole day away', async () => {
    const report = await evaluate(held);
    const shift = 5 * 3600;
    const plan = planOf({ hosts: HOSTS });
    const moved = await evaluated({
      plan: {
        ...plan,
        baseline: { from: plan.baseline.from + shift, to: plan.baseline.to + shift },
        start: plan.start + shift,
        reportAt: plan.reportAt.map((at) => at + shift),
      },
      engine: memoryHistory({ ...held, from: held.from + shift }),
    });
    expectSame(moved, report, 9);
    expect(moved.outcome.emissions?.gridEffect).toBeCloseTo(
      report.outcome.emissions?.gridEffect ?? Number.NaN,
      3,
    );
  });

  it('finds no more in days that were put in another order than is meant: the saving is in their order alone', async () => {
    const days = LENGTH / 24;
    const shuffled = (seed: string): readonly number[] => {
      const random = seededRandom(seed);
      const order = Array.from({ length: days }, (_, day) => day);
      for (let at = days - 1; at > 0; at -= 1) {
        const other = random.below(at + 1);
        [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
      }
      return order;
    };
    const found: number[] = [];
    for (let run = 0; run < 20; run += 1) {
      const order = shuffled(`permuted ${run}`);
      const moved = (values: ArrayLike<number>): Float64Array =>
        Float64Array.from(
          { length: LENGTH },
          (_, at) => values[(order[Math.floor(at / 24)] ?? 0) * 24 + (at % 24)] ?? 0,
        );
      const { outcome } = await evaluate(
        withHosts(fleet({ left: (at) => (at < START ? 1 : 0.93) }), (host) => ({
          ...host,
          energy: moved(host.energy),
          work: host.work?.map(moved) ?? [],
        })),
      );
      const designs: readonly (DesignOutcome | undefined)[] = [outcome.estimate, ...outcome.others];
      const one = designs.find((each) => each?.design === 'adjusted-baseline');
      if (one !== undefined && 'interval' in one) found.push(one.interval.low > 0 ? 1 : 0);
    }
    expect(found).toHaveLength(20);
    // Nominally one of twenty; in the order as it was it is always found.
    expect(found.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(3);
    const { outcome } = await evaluate(fleet({ left: (at) => (at < START ? 1 : 0.93) }));
    expect(outcome.interval?.low).toBeGreaterThan(0);
  });

  it('comes with both effects in figures that no sum of bars contradicts', async () => {
    const { outcome } = await evaluate(held);
    const { change } = outcome;
    if (change === undefined) throw new Error('no change');
    expect(change.activity + change.intensity + change.facility + change.grid).toBeCloseTo(change.total, 3);
    expect(outcome.avoided).toBeLessThanOrEqual(outcome.estimate?.expected ?? 0);
    expect(outcome.estimate?.expected).toBeCloseTo(
      (outcome.estimate?.actual ?? 0) + (outcome.avoided ?? 0),
      0,
    );
  });
});

describe('hosts added up', () => {
  const scope = (chunks: readonly HistoryChunk[], hosts: readonly string[]) => {
    const builder = buildScope({
      ...{ window: { from: 0, to: 6 * 3600 }, step: 3600, hosts, work: 1, drivers: 0, guards: 0 },
      residual: { measured: false, watts: watts(20), source: 'x' },
    });
    for (const chunk of chunks) builder.add(chunk);
    return builder.series;
  };
  const interval = fc.record({
    energy: fc.oneof(
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.constantFrom(Number.NaN, -5, Number.POSITIVE_INFINITY),
    ),
    coverage: fc.constantFrom(0, 0.5, 0.9, 1),
    on: fc.constantFrom(0, 1800, 3600, Number.NaN),
  });
  const fleetOf = fc.array(fc.array(interval, { minLength: 6, maxLength: 6 }), {
    minLength: 1,
    maxLength: 12,
  });
  const chunkOf = (
    hosts: readonly (readonly { energy: number; coverage: number; on: number }[])[],
    from: number,
    to: number,
  ): HistoryChunk => {
    const cut = (pick: (one: { energy: number; coverage: number; on: number }) => number, host: number) =>
      Float64Array.from(hosts[host]?.slice(from, to) ?? [], pick);
    const empty = () => new Float64Array(to - from).fill(Number.NaN);
    return {
      ...{
        from: from * 3600,
        step: 3600,
        length: to - from,
        drivers: [],
        guards: [],
        grid: empty(),
        pue: empty(),
      },
      work: [new Float64Array(to - from).fill(10)],
      hosts: hosts.map((_, host) => ({
        host: `${host}`,
        energy: cut(({ energy }) => energy, host),
        coverage: cut(({ coverage }) => coverage, host),
        poweredOn: cut(({ on }) => on, host),
        ...{ cpu: empty(), gpu: empty(), work: [], quality: 'measured', meter: 'm', inventory: '' },
      })),
    };
  };

  it('never have energy, work or time of hosts that are unknown, nor more work than was done', () => {
    fc.assert(
      fc.property(fleetOf, (hosts) => {
        const names = hosts.map((_, at) => `${at}`);
        const { energy, demanded, coverage, work, usable } = scope([chunkOf(hosts, 0, 6)], names);
        for (let at = 0; at < 6; at += 1) {
          const states = hosts.map((host) => host[at]!);
          const metered = states.filter(
            (one) =>
              (one.energy > 0 || (one.energy === 0 && one.on === 0)) &&
              Number.isFinite(one.energy) &&
              one.coverage >= 0.9,
          );
          const off = states.filter((one) => !metered.includes(one) && one.on === 0);
          const wanted = metered.reduce((sum, one) => sum + one.energy, 0) + off.length * 20 * 3600;
          const time = metered.reduce((sum, one) => sum + one.coverage * 3600, 0) + off.length * 3600;
          if (time === 0) expect(energy[at]).toBeNaN();
          else expect(energy[at]).toBeCloseTo(wanted, 3);
          expect(demanded[at]).toBeCloseTo(time, 6);
          expect(coverage[at]).toBeCloseTo(time / (3600 * hosts.length), 9);
          expect(work[0]?.[at]).toBeGreaterThanOrEqual(0);
          expect(work[0]?.[at]).toBeLessThanOrEqual(10 + 1e-9);
          expect(usable[at]).toBe((coverage[at] ?? 0) >= 0.9 ? 1 : 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are the same in one chunk or in two, to the bit', () => {
    fc.assert(
      fc.property(fleetOf, fc.integer({ min: 1, max: 5 }), (hosts, cut) => {
        const names = hosts.map((_, at) => `${at}`);
        const [one, two] = [
          scope([chunkOf(hosts, 0, 6)], names),
          scope([chunkOf(hosts, 0, cut), chunkOf(hosts, cut, 6)], names),
        ];
        expect(two).toEqual(one);
      }),
    );
  });

  it('take of work that is counted for all the part of hosts that may have done it: none for those that are off', () => {
    const on = { energy: 100, coverage: 1, on: 3600 };
    const off = { energy: Number.NaN, coverage: 0, on: 0 };
    const silent = { energy: Number.NaN, coverage: 0, on: Number.NaN };
    const names = Array.from({ length: 10 }, (_, at) => `${at}`);
    const workOf = (states: readonly (typeof on)[]) =>
      scope(
        [
          chunkOf(
            states.map((one) => Array(6).fill(one)),
            0,
            6,
          ),
        ],
        names,
      ).work[0]?.[0];
    expect(workOf([...Array(10).fill(on)])).toBe(10);
    expect(workOf([...Array(7).fill(on), ...Array(3).fill(off)])).toBe(10);
    expect(workOf([...Array(9).fill(on), silent])).toBeCloseTo(9, 12);
    // Of seven that may have worked six are known.
    expect(workOf([...Array(6).fill(on), ...Array(3).fill(off), silent])).toBeCloseTo((10 * 6) / 7, 12);
  });
});
