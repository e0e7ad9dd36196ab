/** Equity share approach: what names a site is entered whole, multiplied once, and the statement says by what. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import type { Activity } from '../../../src/carbon/statement-activity.ts';
import { gatherInventory } from '../../../src/inventory.ts';
import type { HourOfRecord } from '../../../src/model/hour-of-record.ts';
import { fromKilowattHours, grams, gramsPerKWh, joules, kilowattHours, ratio } from '../../../src/units.ts';
import { activityWith, figureAt, lineOf, made, refusalsOf } from '../../fixtures/statement.ts';
import { bookedFactor } from '../../fixtures/usage.ts';

const YEAR = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
const controlled = activityWith({}).boundary;
const equity = (share: number): Activity['boundary'] => ({ ...controlled, approach: 'equity_share', share });

/** Two sites with all that a site may have; `part` is what each quantity is multiplied by before it is entered. */
const twoSites = (part: Readonly<Record<'one' | 'two', number>>): Partial<Activity> => {
  const of = <T>(make: (site: 'one' | 'two', by: number) => T): readonly T[] => [
    make('one', part.one),
    make('two', part.two),
  ];
  return {
    energy: of((site, by) => ({
      ...YEAR,
      ...{ site, zone: site === 'one' ? 'CN-GD' : 'GB', of: 'it', quality: 'measured', tenancy: 'owned' },
      ...{ quantity: kilowattHours(1_000_000 * by), pue: { value: 1.25, kind: 'measured' }, document: 'd' },
      hosts: 100,
    })),
    zones: [{ zone: 'GB', loss: 0.08, document: 'd' }],
    fuels: of((site, by) => ({
      ...{ site, fuel: 'diesel', region: 'CN', quantity: { value: 1700 * by, per: 'kg/kg' }, document: 'd' },
    })),
    refrigerants: of((site, by) => ({ site, gas: 'R-134a', kilograms: 2 * by, document: 'd' })),
    water: of((site, by) => ({ site, litres: 1e6 * by, document: 'd' })),
    reused: of((site, by) => ({ site, quantity: kilowattHours(1000 * by), document: 'd' })),
    costs: of((site, by) => ({ site, amount: 5000 * by, currency: 'EUR', document: 'd' })),
  };
};

const figuresOf = (activity: Activity): ReadonlyMap<string, number> =>
  new Map(linesOf(made(activity)).flatMap((line) => (line.kind === 'figure' ? [[line.id, line.value]] : [])));

it('gives the figures of an inventory whose quantities were multiplied by hand, whatever the shares', () => {
  const share = fc.integer({ min: 1, max: 1000 }).map((part) => part / 1000);
  fc.assert(
    fc.property(share, fc.option(share), (all, two) => {
      const shares = two === null ? [] : [{ site: 'two', share: two, document: 'd' }];
      const whole = twoSites({ one: 1, two: 1 });
      const told = figuresOf(activityWith({ ...whole, boundary: equity(all), shares }));
      const byHand = figuresOf(activityWith(twoSites({ one: all, two: two ?? all })));
      expect([...told.keys()]).toEqual([...byHand.keys()]);
      for (const [id, value] of byHand)
        expect(Math.abs((told.get(id) ?? 0) - value), id).toBeLessThanOrEqual(1e-9 * Math.abs(value));
    }),
    { numRuns: 30 },
  );
});

it('is in each figure once: 25 % of one site, 60 % of the other', () => {
  const shares = [{ site: 'two', share: 0.25, document: 'share register' }];
  const activity = activityWith({ ...twoSites({ one: 1, two: 1 }), boundary: equity(0.6), shares });
  const statement = made(activity);
  // 1 GWh x 1.25 x 441.9 g/kWh x 60 %; and 1 GWh x 1.25 x 25 % of the other.
  expect(figureAt(statement, 'scope2.location.CN-GD')).toBeCloseTo(331.425, 9);
  expect(figureAt(statement, 'scope2.energy.GB')).toBeCloseTo(312_500, 6);
  expect(figureAt(statement, 'activity.refrigerant.1')).toBeCloseTo(1.2, 12);
  expect(figureAt(statement, 'coverage.hosts.reporting'), 'hosts stay whole').toBe(200);
  const line = lineOf(statement, 'boundary.share');
  expect(line.kind === 'words' && line.words).toBe('60 %; two 25 % (share register)');
  expect(lineOf(statement, 'activity.fuel.2').note).toBe('d, 25 % of it');
});

it('under control every site counts whole, and no share is told', () => {
  const statement = made(activityWith(twoSites({ one: 1, two: 1 })));
  expect(figureAt(statement, 'scope2.location.CN-GD')).toBeCloseTo(552.375, 9);
  expect(linesOf(statement).some(({ id }) => id === 'boundary.share')).toBe(false);
});

it('a share of a site that nothing is entered for is refused, with the site that was meant', () => {
  const shares = [{ site: 'tow', share: 0.25, document: 'd' }];
  const activity = activityWith({ ...twoSites({ one: 1, two: 1 }), boundary: equity(1), shares });
  expect(refusalsOf(activity)).toBe(
    'a share is stated for tow, and nothing is entered for that site; did you mean two?',
  );
});

describe("the agent's own hours", () => {
  const hour: HourOfRecord = {
    hour: YEAR.from / 1000,
    gridZone: 'CN-GD',
    energy: fromKilowattHours(kilowattHours(10)),
    quality: 'measured',
  };
  const gathered = async (boundary: Activity['boundary'], record: Partial<HourOfRecord> = {}) => {
    const result = await gatherInventory({
      activity: activityWith({ boundary, shares: [{ site: 'gz1', share: 0.4, document: 'd' }] }),
      hours: [{ ...hour, ...record }],
      work: [],
      directory: join(import.meta.dirname, '../../../config/factors'),
      userFiles: [],
      fallback: 'none',
      pins: new Map(),
      restate: [],
      agent: {
        zone: 'CN-GD',
        site: { site: 'gz1', tenancy: 'owned', pue: { value: 1.25, kind: 'configured' } },
        instruments: [
          {
            ...{ ...YEAR, name: 'gec', kind: 'certificates', share: ratio(1), factor: gramsPerKWh(0) },
            ...{ gases: 'CO2', document: 'd' },
          },
        ],
        ...{
          location: undefined,
          market: undefined,
          loss: undefined,
          upstream: undefined,
          tariff: undefined,
        },
      },
      made: { version: '0', config: '0' },
      revision: 1,
      closed: undefined,
      before: undefined,
    });
    if (!result.ok) throw new Error(result.problems.join('\n'));
    return made(result.input.activity, { ...result.input });
  };

  it('take the share of their site, and so do the instruments that cover a part of them', async () => {
    const statement = await gathered(equity(1));
    expect(figureAt(statement, 'scope2.energy.CN-GD')).toBeCloseTo(5, 12);
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(5 * 441.9, 9);
    expect(figureAt(statement, 'scope2.market'), 'all of it is covered').toBe(0);
    expect(lineOf(statement, 'scope2.market.instrument.gec-agent').note).toContain('5 kWh x 0 g/kWh');
  });

  it('take the share of all that was booked in them: grams, PUE and money', async () => {
    const energy = fromKilowattHours(kilowattHours(10));
    const overhead = fromKilowattHours(kilowattHours(2));
    const factor = bookedFactor('CN-GD/direct/json', { check: 'live' });
    const statement = await gathered(equity(1), {
      pue: { overhead, without: joules(0) },
      booked: [
        { method: 'location', factor, energy, overhead, grams: grams(3600), overheadGrams: grams(600) },
      ],
      paid: [{ currency: 'CNY', amount: 9, energy: fromKilowattHours(kilowattHours(12)) }],
    });
    expect(figureAt(statement, 'scope2.energy.CN-GD')).toBeCloseTo(4.8, 12);
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(0.4 * 3600, 9);
    expect(figureAt(statement, 'activity.cost.hourly.CNY')).toBeCloseTo(3.6, 12);
    expect(figureAt(statement, 'indicators.cost.hourly.CNY'), 'a price is no share').toBeCloseTo(0.75, 12);
  });
});
