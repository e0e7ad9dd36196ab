/** What the API says of the factor in force. */
import { describe, expect, it } from 'vitest';
import { liveFactorAt } from '../../../src/carbon/live.ts';
import { emissionsJson } from '../../../src/exporters/emissions-json.ts';
import { indexOf } from '../../../src/exporters/points.ts';
import type { Factor } from '../../../src/model/factor.ts';
import { gramsPerKWh } from '../../../src/units.ts';
import { factor, gridSeries } from '../../fixtures/samples.ts';

const HOUR = 3_600_000;
const live = liveFactorAt(
  {
    series: gridSeries(),
    readings: [{ from: 0, to: HOUR, value: gramsPerKWh(300), estimated: false }],
  },
  'DE',
  4 * HOUR,
)!.factor;

const answer = (inForce: Factor, wall: number) => {
  const carbon = {
    zone: 'DE',
    location: inForce,
    market: undefined,
    pue: undefined,
    example: false,
    problems: [],
  };
  const told = emissionsJson('location', carbon, indexOf([]), wall);
  return told.available ? told.factor : undefined;
};

describe('the factor in the API', () => {
  it('has zone, value, basis, gases, year, provider, age and status', () => {
    expect(answer(live, 4 * HOUR)).toMatchObject({
      ...{ zone: 'DE', gramsPerKwh: 300, basis: 'direct', gases: 'CO2', year: 1970 },
      ...{ provider: 'json', ageSeconds: 3 * 3600, status: 'live_degraded' },
    });
  });

  it('is of age 0 within the time that its reading tells of', () => {
    expect(answer(live, HOUR / 2)?.ageSeconds).toBe(0);
  });

  it('has no age where it is one of a year', () => {
    expect(answer(factor('location'), HOUR)).not.toHaveProperty('ageSeconds');
  });
});
