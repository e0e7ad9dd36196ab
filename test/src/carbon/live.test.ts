/** Live readings as factors of the location-based total: by their age, and never one of another kind. */
import { describe, expect, it } from 'vitest';
import { addersOf } from '../../../src/carbon/adders.ts';
import { coveredAt, type Instrument, overCovered, uncovered } from '../../../src/carbon/instruments.ts';
import { type LiveSeries, liveFactorAt, liveRefusal } from '../../../src/carbon/live.ts';
import { areDisjoint, periodAt } from '../../../src/carbon/periods.ts';
import type { GridReading } from '../../../src/model/grid.ts';
import { gramsPerKWh, ratio } from '../../../src/units.ts';
import { factor, gridSeries } from '../../fixtures/samples.ts';

const HOUR = 3_600_000;
const hour = (n: number, value: number): GridReading => ({
  from: n * HOUR,
  to: (n + 1) * HOUR,
  value: gramsPerKWh(value),
  estimated: false,
});
const live: LiveSeries = { series: gridSeries(), readings: [hour(0, 300), hour(1, 200), hour(3, 100)] };
const at = (hours: number, from = live) => liveFactorAt(from, 'DE', hours * HOUR);

describe('the live factor of an instant', () => {
  it('is the reading of that time, until it ends', () => {
    expect(at(1.5)).toMatchObject({ until: 2 * HOUR, factor: { status: 'live', row: { value: 200 } } });
  });

  it('in a hole is the reading before, never the one after and nothing in between', () => {
    expect(at(2.5)).toMatchObject({ until: 3 * HOUR, factor: { status: 'live', row: { value: 200 } } });
  });

  it('ages: fresh for one interval, stale for another, degraded for a day, then gone', () => {
    expect(at(4.5)).toMatchObject({ until: 5 * HOUR, factor: { status: 'live' } });
    expect(at(5.5)).toMatchObject({ until: 6 * HOUR, factor: { status: 'live_stale' } });
    expect(at(20)).toMatchObject({
      until: 28 * HOUR,
      factor: { status: 'live_degraded', row: { value: 100 } },
    });
    expect(at(28)).toBeUndefined();
    expect(at(-1), 'nor is there one before the first').toBeUndefined();
  });

  it('tells until when its reading goes, by which its age is told', () => {
    expect(at(1.5)?.factor.readTo).toBe(2 * HOUR);
    expect(at(20)?.factor.readTo).toBe(4 * HOUR);
  });

  it('is a series of its provider, and of the edition of its method where it has one', () => {
    expect(at(0)?.factor.id).toBe('DE/direct/json');
    const edition = { ...live, series: gridSeries({ edition: '2026-03' }) };
    expect(at(0, edition)?.factor.id).toBe('DE/direct/json/2026-03');
  });

  it('is no marginal and no lifecycle figure, and no reading that cannot be', () => {
    for (const basis of ['marginal', 'lifecycle'] as const) {
      expect(at(0, { ...live, series: gridSeries({ basis }) })).toBeUndefined();
      expect(liveRefusal(gridSeries({ basis }))).toMatch(/json/);
    }
    expect(liveRefusal(gridSeries({ signal: 'marginal' }))).toMatch(/scheduling alone/);
    const refused = gridSeries({ notForInventory: 'it has losses inside' });
    expect(at(0, { ...live, series: refused })).toBeUndefined();
    expect(liveRefusal(refused)).toMatch(/losses inside/);
    expect(at(0, { ...live, readings: [hour(0, 2001)] })).toBeUndefined();
  });
});

const wind: Instrument = {
  name: 'wind',
  kind: 'certificates',
  from: Date.UTC(2026, 0),
  to: Date.UTC(2027, 0),
  share: ratio(0.6),
  factor: gramsPerKWh(0),
  gases: 'CO2e',
  document: 'GO 1',
};
const summer: Instrument = {
  ...wind,
  name: 'sun',
  kind: 'ppa',
  from: Date.UTC(2026, 5),
  to: Date.UTC(2026, 8),
  share: ratio(0.4),
};

describe('instruments', () => {
  it('cover their share in their time, and say until when', () => {
    const may = coveredAt([wind, summer], 'DE', Date.UTC(2026, 4));
    expect(may.covered.map(({ factor: { id } }) => id)).toEqual(['DE/certificates/wind']);
    expect(may.until).toBe(Date.UTC(2026, 5));
    expect(uncovered(may.covered)).toBeCloseTo(0.4, 12);
    const july = coveredAt([wind, summer], 'DE', Date.UTC(2026, 6));
    expect(july.covered).toHaveLength(2);
    expect(uncovered(july.covered)).toBe(0);
    expect(coveredAt([wind], 'DE', wind.to).covered, 'the end is not included').toEqual([]);
  });

  it('may not cover more than there is: the first such time is named', () => {
    expect(overCovered([wind, summer])).toBeUndefined();
    expect(overCovered([wind, { ...summer, share: ratio(0.41) }])).toBe(summer.from);
  });
});

it('periods answer for their time alone, and may not overlap', () => {
  const list = [
    { from: 0, to: 10, value: 'a' },
    { from: 10, to: 20, value: 'b' },
  ];
  expect(periodAt(list, 9)).toEqual({ value: 'a', until: 10 });
  expect(periodAt(list, 10)).toEqual({ value: 'b', until: 20 });
  expect(periodAt(list, 20)).toEqual({ value: undefined });
  expect(areDisjoint(list)).toBe(true);
  expect(areDisjoint([...list, { from: 19, to: 21 }])).toBe(false);
  expect(areDisjoint([{ from: 5, to: 5 }])).toBe(false);
});

it('losses on the way are 15.330 g of a kWh in the US at 4.2 %, and none where the factor has them inside', () => {
  const us = factor('location', 349.667);
  expect(addersOf({ loss: ratio(0.042) }, 'US', us)[0]?.perKWh).toBeCloseTo(15.33, 3);
  const consumption = { ...us, row: { ...us.row, boundary: 'consumption' } };
  expect(addersOf({ loss: ratio(0.042) }, 'US', consumption)).toEqual([]);
  expect(addersOf({ loss: ratio(0.042), upstream: gramsPerKWh(52) }, 'US', undefined)).toEqual([
    { part: 'upstream', perKWh: 52, factor: 'US/upstream/user' },
  ]);
});
