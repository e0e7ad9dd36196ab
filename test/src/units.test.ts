import { describe, expect, it } from 'vitest';
import { fromKilogramsPerMWh, fromPoundsPerMWh } from '../../src/units.ts';

describe('intensity in other units', () => {
  it.each([
    // Carbon reference, section 13: an answer of WattTime, and eGRID2023 for California.
    [870, 394.6253619],
    [429.983, 195.037],
    [0, 0],
    [-1000, -453.59237],
  ])('%d pounds per megawatt-hour are %d grams per kilowatt-hour', (pounds, grams) => {
    expect(fromPoundsPerMWh(pounds)).toBeCloseTo(grams, 3);
    expect(fromPoundsPerMWh(pounds) / 0.45359237).toBeCloseTo(pounds, 10);
  });

  it('kilograms per megawatt-hour are grams per kilowatt-hour', () => {
    expect(fromKilogramsPerMWh(57)).toBe(57);
  });
});
