import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/savings/random.ts';
import { invert, type LinearStatistics, pValueAt } from '../../../src/savings/randomisation.ts';
import { difference, switchbackStatistics } from '../../../src/savings/switchback-test.ts';

/** All ways to have four of eight on. */
const halves = Array.from({ length: 256 }, (_, bits) =>
  Uint8Array.from({ length: 8 }, (_, at) => (bits >> at) & 1),
).filter((on) => on.reduce((sum, flag) => sum + flag, 0) === 4);

const observed = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 0);
const energies = Float64Array.of(-3.1, 2.2, 0.4, -1.9, -0.7, 3.3, -2.4, 1.2);
const flag = Float64Array.from(observed);

const byEnumeration = (energy: Float64Array): LinearStatistics => ({
  level: difference(energy, observed),
  slope: difference(flag, observed),
  levels: Float64Array.from(halves, (on) => difference(energy, on)),
  slopes: Float64Array.from(halves, (on) => difference(flag, on)),
});

const bySampling = (energy: Float64Array, draws: number): LinearStatistics => {
  const random = seededRandom('sampling');
  return switchbackStatistics(
    { energy, flag, on: observed },
    (on) => on.set(halves[random.below(halves.length)] as Uint8Array),
    draws,
  );
};

describe('a randomisation test', () => {
  it('gives by sampling the p-value that all 70 schedules give, within the error of sampling', () => {
    for (const x of [-4, -1, 0, 1, 2.5, 3, 4, 6]) {
      const { level, slope, levels, slopes } = byEnumeration(energies);
      const exact =
        levels.filter(
          (a, at) => Math.abs(a + (slopes[at] as number) * x) >= Math.abs(level + slope * x) - 1e-9,
        ).length / 70;
      const sampled = pValueAt(bySampling(energies, 9999), x);
      expect(Math.abs(sampled - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 9999) + 2e-4);
    }
  });

  it('has an interval that holds the estimate, and is where the p-value passes 0.10', () => {
    const statistics = bySampling(energies, 4999);
    const { low, high, estimate, pValue } = invert(statistics, 0.9);
    expect(estimate).toBeCloseTo(-difference(energies, observed), 12);
    expect(low).toBeLessThan(estimate);
    expect(high).toBeGreaterThan(estimate);
    expect(pValue).toBe(pValueAt(statistics, 0));
    const step = 1e-9;
    expect(pValueAt(statistics, high - step)).toBeGreaterThan(0.1);
    expect(pValueAt(statistics, high + step)).toBeLessThanOrEqual(0.1);
    expect(pValueAt(statistics, low + step)).toBeGreaterThan(0.1);
    expect(pValueAt(statistics, low - step)).toBeLessThanOrEqual(0.1);
    expect(pValueAt(statistics, estimate)).toBe(1);
  });

  it('moves with a constant effect exactly, and with the unit', () => {
    const before = invert(bySampling(energies, 999), 0.9);
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        (effect, unit) => {
          const changed = energies.map((energy, at) => unit * (energy - effect * (observed[at] as number)));
          const after = invert(bySampling(changed, 999), 0.9);
          const close = (got: number, wanted: number) =>
            expect(Math.abs(got - unit * (wanted + effect))).toBeLessThan(
              1e-9 * unit * (60 + Math.abs(effect)),
            );
          close(after.estimate, before.estimate);
          close(after.low, before.low);
          close(after.high, before.high);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has no bound where too few schedules were possible to reject anything', () => {
    const two = { level: -1, slope: 1, levels: Float64Array.of(-1, 1), slopes: Float64Array.of(1, -1) };
    expect(invert(two, 0.9)).toMatchObject({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });
});
