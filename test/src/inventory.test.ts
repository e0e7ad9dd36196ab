/** What a statement is made from: hours of the agent with instruments, prices and factors of the configuration. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utcTime } from '../../src/carbon/tariff.ts';
import { gatherInventory, type InventoryOptions } from '../../src/inventory.ts';
import type { HourOfRecord } from '../../src/model/hour-of-record.ts';
import type { Booked } from '../../src/model/hour-record.ts';
import { fromKilowattHours, grams, gramsPerKWh, joules, kilowattHours, ratio } from '../../src/units.ts';
import { activityWith } from '../fixtures/statement.ts';
import { bookedFactor } from '../fixtures/usage.ts';

const START = Date.UTC(2023, 0) / 1000;
const kWh = (value: number) => fromKilowattHours(kilowattHours(value));
const hour = (at: number, more: Partial<HourOfRecord> = {}): HourOfRecord => ({
  ...{ hour: START + at * 3600, gridZone: 'CN-GD', energy: kWh(10), quality: 'measured' },
  ...more,
});
const market = (energy: number): Booked => ({
  ...{ method: 'market', factor: bookedFactor('CN/residual/2023'), energy: kWh(energy), overhead: joules(0) },
  ...{ grams: grams(energy * 600), overheadGrams: grams(0) },
});

const gathered = async (hours: readonly HourOfRecord[], more: Partial<InventoryOptions> = {}) => {
  const result = await gatherInventory({
    activity: activityWith({}),
    ...{ hours, work: [], userFiles: [], fallback: 'none', pins: new Map(), restate: [], revision: 1 },
    directory: join(import.meta.dirname, '../../config/factors'),
    agent: {
      ...{ zone: 'CN-GD', location: undefined, market: undefined, loss: undefined, upstream: undefined },
      site: { site: 'here', tenancy: 'owned', pue: { value: 2, kind: 'configured' } },
      instruments: [
        {
          ...{
            name: 'gec',
            kind: 'certificates',
            from: START * 1000,
            to: Date.UTC(2024, 0),
            share: ratio(0.5),
          },
          ...{ factor: gramsPerKWh(0), gases: 'CO2', document: 'd' },
        },
      ],
      tariff: {
        tariff: { currency: 'EUR', price: 0.3, windows: [{ from: 30, to: 60, price: 0.1 }] },
        local: utcTime,
      },
    },
    made: { version: '0', config: '0' },
    ...{ closed: undefined, before: undefined },
    ...more,
  });
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.input;
};

describe('instruments of the configuration', () => {
  it('cover their share of what was not booked by the market-based method: there they are inside', async () => {
    const quantity = async (...hours: readonly HourOfRecord[]) =>
      (await gathered(hours)).activity.instruments.map((one) => one.quantity);
    expect(await quantity(hour(0))).toEqual([10]);
    expect(await quantity(hour(0), hour(1, { booked: [market(10)] }))).toEqual([10]);
    expect(await quantity(hour(1, { booked: [market(4)] }))).toEqual([expect.closeTo(6, 12)]);
    expect(await quantity(hour(1, { booked: [market(10)] }))).toEqual([]);
    expect(await quantity(hour(1, { booked: [{ ...market(10), method: 'location' }] }))).toEqual([10]);
  });
});

describe('prices of the configuration', () => {
  it('are those of each hour, and only of hours that nothing was booked as paid for', async () => {
    const paid = [{ currency: 'EUR', amount: 1, energy: kWh(20) }];
    const { hours } = await gathered([hour(0), hour(1), hour(2, { paid })]);
    expect(hours.map(({ price }) => price?.perKWh)).toEqual([expect.closeTo(0.2, 12), 0.3, undefined]);
  });
});

describe('a year that is restated', () => {
  it('leaves aside what was booked and says so, and no other year does', async () => {
    const hours = [hour(0, { booked: [market(10)] })];
    const restated = await gathered(hours, { restate: [2023] });
    expect([restated.restated, restated.hours[0]?.booked]).toEqual([true, undefined]);
    const other = await gathered(hours, { restate: [2022] });
    expect([other.restated, other.hours[0]?.booked?.length]).toEqual([undefined, 1]);
  });
});
