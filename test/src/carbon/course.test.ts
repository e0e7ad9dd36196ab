/** Emissions over time: factors, PUE and contracts that change while energy is drawn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { courseOf } from '../../../src/carbon/course.ts';
import { pueOf } from '../../../src/carbon/emissions.ts';
import { hostEmissions, intensityOf, uncoveredOf } from '../../../src/carbon/host-emissions.ts';
import type { CarbonAt, CarbonInForce } from '../../../src/carbon/in-force.ts';
import { TENANCIES } from '../../../src/model/tenancy.ts';
import { gramsPerKWh, joules, ratio } from '../../../src/units.ts';
import { carbon, factor } from '../../fixtures/samples.ts';

const KWH = 3_600_000;
const pue = (value: number) => {
  const checked = pueOf(value);
  if (!checked.found) throw new Error(checked.reason);
  return checked.value;
};
const linesOf = (energy: number, at: CarbonAt, from = 0, to = 5000) =>
  hostEmissions(joules(energy), courseOf(at, from, to));
const total = (lines: ReturnType<typeof hostEmissions>, method: string): number =>
  lines.filter((line) => line.method === method).reduce((sum, { grams }) => sum + grams, 0);

/** Factors that step at given times; before the first step the first value holds. */
const steps =
  (changes: readonly { readonly at: number; readonly value: number; readonly pue: number }[]): CarbonAt =>
  (wall) => {
    const index = Math.max(
      0,
      changes.findLastIndex(({ at }) => at <= wall),
    );
    const held = changes[index]!;
    const until = changes[index + 1]?.at;
    const location = factor('location', held.value, { id: `DE/direct/${index}` });
    return { ...carbon({ location, pue: pue(held.pue) }), ...(until === undefined ? {} : { until }) };
  };

describe('emissions of a span', () => {
  it('are the integral of power x factor x PUE, wherever inside it the factor changes', () => {
    const change = fc.record({
      at: fc.integer({ min: -1000, max: 9_000_000 }),
      value: fc.integer({ min: 0, max: 1200 }),
      pue: fc.double({ min: 1, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(change, { minLength: 1, maxLength: 12, selector: ({ at }) => at }),
        fc.integer({ min: 0, max: 4_000_000 }),
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.double({ min: 0.1, max: 5000, noNaN: true }),
        (changes, from, length, power) => {
          const ordered = changes.toSorted((a, b) => a.at - b.at);
          const to = from + length;
          let expected = 0;
          for (const [i, { at, value, pue: held }] of ordered.entries()) {
            const begin = Math.max(from, i === 0 ? from : at);
            const end = Math.min(to, ordered[i + 1]?.at ?? to);
            if (end > begin) expected += (((power * (end - begin)) / 1000) * value * held) / KWH;
          }
          const energy = (power * length) / 1000;
          const got = total(linesOf(energy, steps(ordered), from, to), 'location');
          expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected));
          const rate = intensityOf(courseOf(steps(ordered), from, to))!;
          expect(Math.abs(rate * energy - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected));
        },
      ),
    );
  });

  it('are one series a factor, and what was drawn before a change stays with the old one', () => {
    const at = steps([
      { at: 0, value: 400, pue: 1 },
      { at: 2000, value: 100, pue: 1 },
    ]);
    const lines = linesOf(KWH, at).filter(({ method }) => method === 'location');
    expect(lines.map(({ factor: id, grams }) => [id, grams])).toEqual([
      ['DE/direct/0', expect.closeTo(160, 9)],
      ['DE/direct/1', expect.closeTo(60, 9)],
    ]);
  });

  it('over a clock that was set back, or over no time, take the factor of its end and lose nothing', () => {
    const at = steps([{ at: 0, value: 400, pue: 1.25 }]);
    expect(total(linesOf(KWH, at, 9000, 5000), 'location')).toBeCloseTo(500, 9);
    expect(total(linesOf(KWH, at, 5000, 5000), 'location')).toBeCloseTo(500, 9);
  });

  it('end although an answer claims to have ended before it began', () => {
    expect(
      total(
        linesOf(KWH, () => ({ ...carbon(), until: 0 }), 1, 5000),
        'location',
      ),
    ).toBeCloseTo(500, 9);
  });
});

describe('whose scope a kWh is', () => {
  const of = (more: Partial<CarbonInForce>) =>
    linesOf(KWH, () => carbon({ location: factor('location', 441.9), pue: pue(1.25), ...more })).filter(
      ({ method }) => method === 'location',
    );

  it('of an own site is 2, with PUE: 552.375 g of a kWh in CN-GD, 110.475 g of it overhead', () => {
    const [line, ...more] = of({});
    expect(more).toEqual([]);
    expect(line).toMatchObject({ scope: '2', part: 'operational' });
    expect(line?.grams).toBeCloseTo(552.375, 9);
    expect(line?.overhead).toBeCloseTo(110.475, 9);
  });

  it('of a colocated server is 2, and its building is Scope 3, category 8', () => {
    expect(of({ tenancy: 'colocated' }).map(({ scope, grams }) => [scope, grams])).toEqual([
      ['2', expect.closeTo(441.9, 9)],
      ['3.8', expect.closeTo(110.475, 9)],
    ]);
  });

  it('changes with the tenancy and never the sum: a kWh lands in exactly one place', () => {
    for (const tenancy of TENANCIES)
      expect(total(of({ tenancy: tenancy }), 'location')).toBeCloseTo(552.375, 9);
  });
});

describe('what instruments cover', () => {
  it('takes their factor, the rest the residual mix: 0 g on 6 kWh, 2,438.4 g on 4 kWh', () => {
    const wind = factor('market', 0, { id: 'CN/certificates/wind' });
    const covered = [{ share: ratio(0.6), factor: wind }];
    const at = () => carbon({ market: factor('market', 609.6), covered, pue: pue(1) });
    const lines = linesOf(10 * KWH, at).filter(({ method }) => method === 'market');
    expect(lines.map(({ factor: id, grams }) => [id, grams])).toEqual([
      ['CN/certificates/wind', 0],
      ['DE/residual/2023', expect.closeTo(2438.4, 9)],
    ]);
  });

  it('wholly leaves no residual line, and nothing changes in the location-based total', () => {
    const covered = [{ share: ratio(1), factor: factor('market', 0, { id: 'DE/ppa/sun' }) }];
    const lines = linesOf(KWH, () => carbon({ covered }));
    expect(lines.filter(({ method }) => method === 'market').map(({ factor: id }) => id)).toEqual([
      'DE/ppa/sun',
    ]);
    expect(total(lines, 'location')).toBeCloseTo(500, 9);
  });
});

it('losses and fuel supply are Scope 3, category 3, beside Scope 2 and only location-based', () => {
  const adders = [
    { part: 'transmission' as const, perKWh: gramsPerKWh(15.33), factor: 'US/direct/2023' },
    { part: 'upstream' as const, perKWh: gramsPerKWh(52), factor: 'US/upstream/user' },
  ];
  const lines = linesOf(KWH, () => carbon({ adders, pue: pue(1.25) }));
  expect(
    lines.filter(({ scope }) => scope === '3.3').map(({ method, part, grams }) => [method, part, grams]),
  ).toEqual([
    ['location', 'transmission', expect.closeTo(19.1625, 9)],
    ['location', 'upstream', expect.closeTo(65, 9)],
  ]);
  expect(lines.find(({ scope }) => scope === '2')?.grams).toBeCloseTo(500, 9);
});

describe('energy without a factor', () => {
  const half =
    (more: Partial<CarbonInForce>): CarbonAt =>
    (wall) =>
      wall < 2500 ? { ...carbon(), until: 2500 } : carbon(more);
  const bare = (method: 'location' | 'market', at: CarbonAt) =>
    uncoveredOf(method, joules(KWH), courseOf(at, 0, 5000)) / KWH;

  it('is what was drawn while none was held, by each method', () => {
    expect(bare('location', half({ location: undefined }))).toBeCloseTo(0.5, 12);
    expect(bare('market', half({ location: undefined }))).toBe(0);
    expect(bare('market', half({ market: undefined }))).toBeCloseTo(0.5, 12);
    expect(bare('location', () => carbon())).toBe(0);
  });

  it('is none where contracts cover all of it, although no residual mix is held: then there is a market-based line', () => {
    const covered = [{ share: ratio(1), factor: factor('market', 20, { id: 'JP/ppa/sun' }) }];
    const at = () => carbon({ market: undefined, covered, pue: pue(1) });
    expect(bare('market', at)).toBe(0);
    expect(total(linesOf(KWH, at), 'market')).toBeCloseTo(20, 9);
    const part = () => carbon({ market: undefined, covered: [{ ...covered[0]!, share: ratio(0.5) }] });
    expect(bare('market', part)).toBe(1);
    expect(total(linesOf(KWH, part), 'market'), 'a total that lacks a part is none').toBe(0);
  });
});

it('without a factor there is no line, not one of 0 g', () => {
  expect(linesOf(KWH, () => carbon({ location: undefined, market: undefined }))).toEqual([]);
  expect(intensityOf(courseOf(() => carbon({ location: undefined }), 0, 1))).toBeUndefined();
});
