import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesignEstimate, DesignOutcome } from '../../../src/model/estimate.ts';
import type { HostHalves } from '../../../src/savings/host-model.ts';
import { slice } from '../../../src/savings/series.ts';
import { fitSimplex } from '../../../src/savings/simplex.ts';
import { syntheticControl } from '../../../src/savings/synthetic-control.ts';
import { saving, simulateFleet } from '../../fixtures/savings-fleet.ts';

const estimate = (outcome: DesignOutcome): DesignEstimate => {
  if (!('expected' in outcome)) throw new Error(outcome.refusals.map(({ text }) => text).join(' '));
  return outcome;
};
const flagsOf = (remarks: readonly { readonly flag: string }[]) => remarks.map(({ flag }) => flag);

const BEFORE = 28 * 24;
const fleet = (effect: number, treated = 3, seed = 'mixture'): readonly HostHalves[] =>
  simulateFleet({ hosts: 20, days: 42, seed, hostDrift: 0.01, commonDrift: 0.1 }).map(
    ({ host, series }, at) => {
      const whole = at < treated ? saving(series, BEFORE, effect) : series;
      return { host, before: slice(whole, 0, BEFORE), after: slice(whole, BEFORE, whole.length) };
    },
  );
const run = (all: readonly HostHalves[], treated = 3) =>
  syntheticControl({ treated: all.slice(0, treated), donors: all.slice(treated) });

/** Watts to the milliwatt: columns of 1e-100 are no hosts. */
const anyColumn = fc.array(
  fc.integer({ min: 0, max: 100_000 }).map((value) => value / 1000),
  { minLength: 12, maxLength: 12 },
);

describe('weights on a simplex', () => {
  it('are not negative, sum to 1, and no move of mass between two of them does better, or it says that they did not settle', () => {
    let [all, done] = [0, 0];
    fc.assert(
      fc.property(fc.array(anyColumn, { minLength: 2, maxLength: 8 }), anyColumn, (columns, target) => {
        const x = columns.map((column) => Float64Array.from(column));
        const y = Float64Array.from(target);
        const { weights, settled } = fitSimplex(x, y);
        all += 1;
        if (settled) done += 1;
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        const error = (w: ArrayLike<number>): number =>
          y.reduce(
            (sum, value, at) =>
              sum +
              (value - x.reduce((mix, column, j) => mix + (w[j] as number) * (column[at] as number), 0)) ** 2,
            0,
          );
        if (!settled) return;
        const best = error(weights);
        for (let from = 0; from < x.length; from += 1)
          for (let to = 0; to < x.length; to += 1)
            for (const share of [0.01, 0.3, 1]) {
              const other = Float64Array.from(weights);
              const moved = share * (other[from] as number);
              other[from] = (other[from] as number) - moved;
              other[to] = (other[to] as number) + moved;
              expect(error(other)).toBeGreaterThanOrEqual(best - 1e-6 * (1 + best));
            }
      }),
      { numRuns: 100 },
    );
    // Columns that nearly repeat one another may not; most do.
    expect(done / all).toBeGreaterThan(0.8);
  });

  it('are those that a mixture was made with', () => {
    const columns = [0, 1, 2, 3].map((seed) =>
      Float64Array.from({ length: 40 }, (_, at) => 100 + 10 * Math.sin(at * (seed + 1)) + seed * at),
    );
    const made = [0.5, 0, 0.2, 0.3];
    const y = Float64Array.from({ length: 40 }, (_, at) =>
      columns.reduce((sum, column, j) => sum + (made[j] as number) * (column[at] as number), 0),
    );
    const { weights } = fitSimplex(columns, y);
    for (const [at, weight] of made.entries()) expect(weights[at]).toBeCloseTo(weight, 5);
  });
});

describe('a mixture of untouched hosts', () => {
  it('holds the truth in about nine of ten fleets, and finds a saving of 20 % through a drift that all share', () => {
    let [held, found, falsely] = [0, 0, 0];
    for (let seed = 0; seed < 40; seed += 1) {
      const changed = estimate(run(fleet(0.2, 3, `mixture ${seed}`)));
      const truth = changed.actual / 4;
      if (changed.interval.low <= truth && changed.interval.high >= truth) held += 1;
      if (changed.interval.low > 0 && changed.pValue === 1 / 18) found += 1;
      const { interval } = estimate(run(fleet(0, 3, `mixture ${seed}`)));
      if (interval.low > 0) falsely += 1;
    }
    // Of 40, 36 are expected with a standard deviation of 1.9, and 2 with one of 1.4.
    expect(held).toBeGreaterThanOrEqual(31);
    expect(found).toBeGreaterThanOrEqual(36);
    expect(falsely).toBeLessThanOrEqual(6);
  });

  it('adds up, tells its weights, and does not depend on the order of the hosts or on units', () => {
    const all = fleet(0.1);
    const found = estimate(run(all));
    expect(found.grade).toBe('B');
    expect((found.expected - found.actual) / found.avoided).toBeCloseTo(1, 9);
    const weights = Object.entries(found.diagnostics).filter(([name]) => name.startsWith('weight_'));
    expect(weights.reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(found.diagnostics.before_error_watts_per_host).toBeGreaterThan(0);
    expect(
      estimate(syntheticControl({ treated: all.slice(0, 3).reverse(), donors: all.slice(3).reverse() })),
    ).toEqual(found);
    const scaled = all.map(({ host, before, after }) => ({
      host,
      before: { ...before, energy: before.energy.map((value) => value / 1000) },
      after: { ...after, energy: after.energy.map((value) => value / 1000) },
    }));
    expect((estimate(run(scaled)).avoided * 1000) / found.avoided).toBeCloseTo(1, 6);
  });

  it('is refused with too few donors, outside of them, or where it fails before the start', () => {
    expect(flagsOf(run(fleet(0.1).slice(0, 17)).refusals)).toEqual(['too_few_donors']);
    const powered = (hosts: readonly HostHalves[], factor: (at: number) => number): readonly HostHalves[] =>
      hosts.map((host, place) => {
        if (place >= 3) return host;
        const energy = host.before.energy.map((value, at) => value * factor(at));
        return { ...host, before: { ...host.before, energy } };
      });
    expect(flagsOf(run(powered(fleet(0.1), () => 3)).refusals)).toContain('outside_donors');
    expect(flagsOf(run(powered(fleet(0.1), (at) => (at > 0.75 * BEFORE ? 0.8 : 1))).refusals)).toContain(
      'hold_out_bias',
    );
    const dark = fleet(0.1).map((host) => ({
      ...host,
      before: { ...host.before, usable: new Uint8Array(BEFORE) },
    }));
    expect(flagsOf(run(dark).refusals)).toEqual(['too_few_donors']);
  });
});
