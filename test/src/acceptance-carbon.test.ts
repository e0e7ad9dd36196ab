/** Case 13 of the power reference: the source of factors is away for hours. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { LiveSeries } from '../../src/carbon/live.ts';
import { openFactors } from '../../src/factors.ts';
import { gramsPerKWh } from '../../src/units.ts';
import { runEngine } from '../fixtures/run-engine.ts';
import { gridSeries } from '../fixtures/samples.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

const HOUR = 3_600_000;
const directory = fileURLToPath(new URL('../../config/factors', import.meta.url));

/** A host of 360 W: 0.36 kWh an hour, ticked once a minute, whose provider speaks when it is told to. */
const start = async (zone: string) => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 360);
  let list: readonly LiveSeries[] = [];
  const carbonAt = await openFactors({
    ...{ directory, userFiles: [], zone, example: false },
    ...{ location: undefined, market: undefined, pue: undefined },
    live: () => list,
  });
  const engine = runEngine();
  engine.step(host.sample(), carbonAt);
  const wall = (): number => host.sample().wall;
  return {
    engine,
    /** The provider tells the hour that lasts. */
    tell: (value: number): void => {
      const from = Math.floor(wall() / HOUR) * HOUR;
      list = [
        {
          series: gridSeries({ zone, gases: 'CO2e', gwp: 'AR5' }),
          readings: [
            ...(list[0]?.readings ?? []),
            { from, to: from + HOUR, value: gramsPerKWh(value), estimated: false },
          ],
        },
      ];
    },
    run: (hours: number) => {
      for (let i = 0; i < hours * 60; i += 1) {
        host.advance(60, { busy: 5 });
        engine.step(host.sample(), carbonAt);
      }
      const { carbon } = engine.snapshots.at(-1)!.view;
      return carbon.location;
    },
    grams: (factor?: string): number =>
      engine.total('negawatt_emissions_location_grams_total', factor === undefined ? {} : { factor }),
    kWh: (): number => engine.total('hw_host_energy_joules_total') / 3.6e6,
  };
};

it('case 13: a provider that falls silent is used for a day, marked, then the table stands in; nothing that was booked changes when it is back', async () => {
  const host = await start('DE');
  host.tell(100);
  expect(host.run(0.5)).toMatchObject({ status: 'live' });
  expect(host.run(2)?.status).toMatch(/^live(_stale)?$/);
  expect(host.run(2)).toMatchObject({ status: 'live_degraded', row: { value: 100 } });
  expect(host.run(22)).toMatchObject({ status: 'annual_fallback' });
  const live = host.grams('DE/direct/json');
  const table = host.grams('DE/direct/2023/annual_fallback');
  expect(live).toBeGreaterThan(0);
  expect(table).toBeGreaterThan(0);
  // Every kWh was booked once: by the live factor or by the table's.
  expect(live / 100 + table / 329).toBeCloseTo(host.kWh(), 9);
  host.tell(50);
  expect(host.run(0.1)).toMatchObject({ status: 'live', row: { value: 50 } });
  expect(host.grams('DE/direct/2023/annual_fallback'), 'what was booked stays').toBeCloseTo(table, 9);
  expect(host.grams('DE/direct/json')).toBeGreaterThan(live);
});

it('case 13: where no table holds the zone the chain ends in refusal: energy goes on, CO2e stops, and no factor is invented', async () => {
  const host = await start('JP');
  host.tell(400);
  expect(host.run(1)).toMatchObject({ status: 'live', id: 'JP/direct/json' });
  host.run(26);
  const [grams, kWh] = [host.grams(), host.kWh()];
  expect(host.run(1)).toBeUndefined();
  expect(host.grams()).toBeCloseTo(grams, 9);
  expect(host.kWh()).toBeGreaterThan(kWh);
  const without = host.engine.total('negawatt_energy_without_factor_joules_total', { method: 'location' });
  expect(without / 3.6e6 + grams / 400, 'and what has no factor is told').toBeCloseTo(host.kWh(), 6);
  const { problems } = host.engine.snapshots.at(-1)!.view.carbon;
  expect(problems[0]?.reason).toMatch(/only a lifecycle factor is held for JP/);
});
