import { describe, expect, it } from 'vitest';
import { NO_OVERHEAD, operationalEmissions, type Pue, pueOf } from '../../../src/carbon/emissions.ts';
import type { Factor } from '../../../src/model/factor.ts';
import { fromKilowattHours, kilowattHours } from '../../../src/units.ts';
import { row } from './rows.ts';

const factor = (zone: string, value: number): Factor => ({
  id: `${zone}/direct/2023`,
  method: 'location',
  row: row({ zone, value }),
  status: 'official',
  provider: 'table',
});
const pue = (value: number): Pue => {
  const checked = pueOf(value);
  if (!checked.found) throw new Error(checked.reason);
  return checked.value;
};
const oneKWh = fromKilowattHours(kilowattHours(1));

describe('operational emissions', () => {
  // Carbon reference, section 13: one kilowatt-hour of IT energy at a PUE of 1.25, factors of 2023.
  it.each([
    ['CN-GD', 441.9, 552.375],
    ['CN-NM', 647.9, 809.875],
    ['CN', 530.6, 663.25],
  ])('of one kWh in %s at %d g/kWh and a PUE of 1.25 are %d g', (zone, value, total) => {
    const emissions = operationalEmissions(oneKWh, factor(zone, value), pue(1.25));
    expect(emissions.total).toBeCloseTo(total, 9);
    expect(emissions.it).toBeCloseTo(value, 9);
    expect(emissions.overhead).toBeCloseTo(value * 0.25, 9);
  });

  it('have no overhead where the meter already counts it', () => {
    const emissions = operationalEmissions(oneKWh, factor('DE', 329), NO_OVERHEAD);
    expect(emissions.overhead).toBe(0);
    expect(emissions.total).toBe(emissions.it);
  });

  it('of nothing are nothing', () => {
    expect(operationalEmissions(fromKilowattHours(kilowattHours(0)), factor('DE', 329), pue(1.5)).total).toBe(
      0,
    );
  });
});

describe('a PUE', () => {
  it.each([0.99, 0, -1.2, Number.NaN, Number.POSITIVE_INFINITY])(
    'of %d is refused with a way out',
    (value) => {
      const checked = pueOf(value);
      expect(checked.found).toBe(false);
      expect(checked).toMatchObject({
        reason: expect.stringContaining(`a PUE of ${value} cannot be`),
        fix: expect.stringContaining('annual facility kWh divided by the annual IT kWh'),
      });
    },
  );

  it('of exactly 1 is taken', () => {
    expect(pueOf(1)).toEqual({ found: true, value: 1 });
  });
});
