import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Emissions, operationalEmissions, type Pue, pueOf } from '../../src/carbon/emissions.ts';
import { locationFactor, marketFactor } from '../../src/carbon/select.ts';
import type { Factor, FactorRow } from '../../src/model/factor.ts';
import { type GramsCO2e, joules, scale, sum } from '../../src/units.ts';
import { row } from '../src/carbon/rows.ts';

const energy = fc.double({ min: 0, max: 1e12, noNaN: true });
const value = fc.double({ min: 0, max: 2000, noNaN: true });
const pue = fc.double({ min: 1, max: 3, noNaN: true }).map((ratio) => {
  const checked = pueOf(ratio);
  if (!checked.found) throw new Error(checked.reason);
  return checked.value as Pue;
});
const factor = (grams: number): Factor => ({
  id: 'DE/direct/2023',
  method: 'location',
  row: row({ value: grams }),
  status: 'official',
  provider: 'table',
});
const expectSame = (actual: number, wanted: number): void => {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted) + 1e-300);
};

describe('emissions', () => {
  it('of any split into hours and hosts add up to the emissions of the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(energy, { minLength: 1 }), { minLength: 1 }),
        value,
        pue,
        (hosts, grams, ratio) => {
          const parts = hosts.flat().map((one) => operationalEmissions(joules(one), factor(grams), ratio));
          const whole = operationalEmissions(sum(hosts.flat().map(joules)), factor(grams), ratio);
          const total = (line: (of: Emissions) => GramsCO2e): number => sum(parts.map(line));
          expectSame(
            total((of) => of.it),
            whole.it,
          );
          expectSame(
            total((of) => of.overhead),
            whole.overhead,
          );
          expectSame(
            total((of) => of.total),
            whole.total,
          );
        },
      ),
    );
  });

  it('of IT and overhead are those of the facility', () => {
    fc.assert(
      fc.property(energy, value, pue, (of, grams, ratio) => {
        const emissions = operationalEmissions(joules(of), factor(grams), ratio);
        const facility = operationalEmissions(scale(joules(of), ratio), factor(grams), pueOfOne());
        expectSame(emissions.it + emissions.overhead, emissions.total);
        expectSame(emissions.total, facility.total);
      }),
    );
  });
});

const pueOfOne = (): Pue => {
  const one = pueOf(1);
  if (!one.found) throw new Error(one.reason);
  return one.value;
};

const anyRow: fc.Arbitrary<FactorRow> = fc
  .record({
    zone: fc.constantFrom('DE', 'CN', 'CN-GD'),
    value: fc.constantFrom(-1, 0, 329, 2000, 2001, Number.NaN),
    basis: fc.constantFrom('direct', 'lifecycle', 'residual', 'marginal', 'contract'),
    level: fc.constantFrom('country', 'state-output', 'aggregate'),
    year: fc.integer({ min: 2015, max: 2030 }),
    yearKind: fc.constantFrom('data', 'edition', 'compliance', 'fiscal'),
    check: fc.constantFrom('primary', 'needs-check', 'user'),
  })
  .map(row);
/** Rows as a loader hands them over: one for each key. */
const rows = fc.uniqueArray(anyRow, {
  maxLength: 20,
  selector: ({ zone, basis, year, yearKind }) => `${zone} ${basis} ${year} ${yearKind}`,
});
const question = fc.record({
  zone: fc.constantFrom('DE', 'CN', 'CN-GD'),
  year: fc.integer({ min: 2018, max: 2028 }),
  rows,
});

describe('whatever rows are held', () => {
  it('a location-based factor is a direct row of exactly this zone in the believable range', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const factor = locationFactor(asked);
        if (!factor.found) return;
        expect(factor.value.row).toMatchObject({ zone: asked.zone, basis: 'direct', level: 'country' });
        expect([0, 329, 2000]).toContain(factor.value.row.value);
      }),
    );
  });

  it('a market-based factor is never lifecycle or marginal, and exists wherever a location-based one does', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const factor = marketFactor(asked);
        if (locationFactor(asked).found) expect(factor.found).toBe(true);
        if (factor.found) expect(['contract', 'residual', 'direct']).toContain(factor.value.row.basis);
      }),
    );
  });

  it('their order changes neither factor', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const turned = { ...asked, rows: [...asked.rows].reverse() };
        const factors = [locationFactor(asked), marketFactor(asked)].filter(({ found }) => found);
        expect([locationFactor(turned), marketFactor(turned)].filter(({ found }) => found)).toEqual(factors);
      }),
    );
  });
});
