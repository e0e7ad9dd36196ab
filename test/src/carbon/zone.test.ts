import { describe, expect, it } from 'vitest';
import { findZone, marketAreaOf } from '../../../src/carbon/zone.ts';
import type { ZoneEntry } from '../../../src/model/zone.ts';

const zone = (code: string, name: string, usable = true): ZoneEntry => ({
  zone: code,
  names: [name],
  usable,
});
const index = [
  zone('CN', 'China (national)'),
  zone('CN-GD', 'China, Guangdong 广东'),
  zone('CN-NM', 'China, Inner Mongolia 内蒙古'),
  zone('CN-SD', 'China, Shandong 山东'),
  zone('DE', 'Germany'),
  zone('EGRID:CAMX', 'WECC California'),
  zone('GB', 'United Kingdom'),
  zone('MN', 'Mongolia', false),
  zone('TR', 'Türkiye', false),
  zone('US-AL', 'US state AL', false),
  zone('US-CA', 'US state CA', false),
  zone('US-DE', 'US state DE', false),
];
const fixOf = (input: string): string => {
  const zone = findZone(input, index);
  return zone.found ? '' : zone.fix;
};

describe('a zone', () => {
  it('is found by its exact code', () => {
    expect(findZone('CN-GD', index)).toEqual({ found: true, value: index[1] });
  });

  it('that is unknown is an error that says what was looked for and what happens meanwhile', () => {
    expect(findZone('DEU', index)).toEqual({
      found: false,
      reason: 'grid zone "DEU" is not among the 12 zones that the factor tables hold',
      fix: 'set grid.zone to the code that is meant: DE (Germany); or put an official factor for it into a factor file of your own (config/factors/README.md shows one); until then kWh is exported, CO2e is not',
    });
  });

  it.each([
    ['Germany', 'DE (Germany)'],
    ['germany', 'DE (Germany)'],
    ['Grmany', 'DE (Germany)'],
    ['de', 'DE (Germany)'],
    ['CN-GUANGDONG', 'CN-GD ('],
    ['Guangdong', 'CN-GD ('],
    ['广东', 'CN-GD ('],
    ['US-CAL', 'EGRID:CAMX ('],
    ['California', 'EGRID:CAMX ('],
    ['CAMX', 'EGRID:CAMX ('],
    ['UK', 'GB ('],
    ['Turkiye', 'TR (Türkiye; no factor for Scope 2 held)'],
    ['Mongolia', 'MN (Mongolia; no factor for Scope 2 held)'],
  ])('given as %s is not guessed, but named first in the fix', (input, first) => {
    expect(findZone(input, index).found).toBe(false);
    expect(fixOf(input)).toContain(`the code that is meant: ${first}`);
  });

  it('of a province that is not held does not become the country', () => {
    expect(findZone('CN-XZ', index).found).toBe(false);
  });

  it.each(['Atlantis', '', '__proto__', 'constructor', '  '])(
    'like %j has no near match and no crash',
    (input) => {
      expect(fixOf(input)).toMatch(/^put an official factor/);
    },
  );

  it('of a thousand letters is cut in the message', () => {
    const zone = findZone('x'.repeat(1000), index);
    expect(zone.found ? '' : zone.reason.length).toBeLessThan(150);
  });
});

describe('the market area of a zone', () => {
  it.each([
    ['CN-GD', 'CN'],
    ['CN-GRID:SOUTH', 'CN'],
    ['AU-WA-NWIS', 'AU'],
    ['DE', undefined],
    ['EU27', undefined],
    ['EGRID:CAMX', undefined],
  ])('%s is %s', (code, area) => {
    expect(marketAreaOf(code)).toBe(area);
  });
});
