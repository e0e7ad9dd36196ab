/** Figures of two windows that rest on different things are not compared. */
import { describe, expect, it } from 'vitest';
import { notComparable } from '../../../src/carbon/comparable.ts';

const direct = { basis: 'direct', gases: 'CO2', gwp: 'none', signal: 'average' };

describe('a comparison', () => {
  it('is made where both sides rest on the same', () => {
    expect(notComparable(direct, { ...direct })).toBeUndefined();
  });

  it.each([
    ['basis', 'lifecycle', 'the basis changed from direct to lifecycle'],
    ['gases', 'CO2e', 'the gases changed from CO2 to CO2e'],
    ['gwp', 'AR5', 'the warming potentials changed from none to AR5'],
    ['signal', 'marginal', 'the signal changed from average to marginal'],
  ])('is refused when the %s changed, and says from what to what', (key, value, why) => {
    expect(notComparable(direct, { ...direct, [key]: value })).toBe(`not compared: ${why}`);
  });

  it('is refused when a zone that both have is counted by another kind of year, and names the zone', () => {
    const before = { ...direct, editions: { DE: 'data', FR: 'data' } } as const;
    const after = { ...direct, editions: { DE: 'edition', FR: 'data' } } as const;
    expect(notComparable(before, after)).toBe(
      'not compared: the edition of DE changed from years of generation to years of publication',
    );
    const grown = { ...direct, editions: { ...before.editions, US: 'edition' } } as const;
    expect(notComparable(before, grown), 'a site that is new').toBeUndefined();
  });

  it('names all that changed, and holds nothing against a side that does not state it', () => {
    expect(notComparable(direct, { ...direct, basis: 'residual', gases: 'CO2e' })).toMatch(
      /basis.*, the gases/,
    );
    expect(notComparable({ gases: 'CO2' }, { basis: 'direct', gases: 'CO2', gwp: '' })).toBeUndefined();
  });
});
