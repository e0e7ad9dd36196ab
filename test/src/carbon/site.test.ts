/** Money and water beside energy: tariffs by local time, WUE, CUE. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { courseOf } from '../../../src/carbon/course.ts';
import { pueOf } from '../../../src/carbon/emissions.ts';
import { costOf, cueOf, waterOf } from '../../../src/carbon/site.ts';
import {
  localTime,
  meanPrice,
  nextQuarter,
  priceAt,
  type Tariff,
  utcTime,
} from '../../../src/carbon/tariff.ts';
import { openFactors } from '../../../src/factors.ts';
import { joules } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { carbon } from '../../fixtures/samples.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';

const KWH = 3_600_000;
const HOUR = 3_600_000;
const night = { from: 22 * 60, to: 6 * 60, price: 0.1 };
const tariff = (more: Partial<Tariff> = {}): Tariff => ({
  currency: 'EUR',
  price: 0.3,
  windows: [night],
  ...more,
});
const at = (iso: string, of = tariff(), local = utcTime): number =>
  priceAt(of, Date.parse(iso), local).price.perKWh;
const pue = (value: number) => {
  const checked = pueOf(value);
  if (!checked.found) throw new Error(checked.reason);
  return checked.value;
};

describe('the price of a kWh', () => {
  it('is that of its window, also after midnight; its end is not included', () => {
    expect(at('2026-11-26T21:59:59Z')).toBe(0.3);
    expect(at('2026-11-26T22:00:00Z')).toBe(0.1);
    expect(at('2026-11-27T05:59:59Z')).toBe(0.1);
    expect(at('2026-11-27T06:00:00Z')).toBe(0.3);
  });

  it('goes by the day on which the window begins', () => {
    // 28 November 2026 is a Saturday.
    const weekend = tariff({ windows: [{ ...night, days: [6] }] });
    expect(at('2026-11-27T23:00:00Z', weekend)).toBe(0.3);
    expect(at('2026-11-28T23:00:00Z', weekend)).toBe(0.1);
    expect(at('2026-11-29T05:00:00Z', weekend)).toBe(0.1);
    expect(at('2026-11-29T23:00:00Z', weekend)).toBe(0.3);
  });

  it('follows the local clock over a change of summer time', () => {
    const berlin = localTime('Europe/Berlin');
    // 22:00 in Berlin is 20:00 UTC in summer and 21:00 UTC in winter; the clocks went back on 25 October 2026.
    expect(at('2026-10-24T20:00:00Z', tariff(), berlin)).toBe(0.1);
    expect(at('2026-10-25T20:00:00Z', tariff(), berlin)).toBe(0.3);
    expect(at('2026-10-25T21:00:00Z', tariff(), berlin)).toBe(0.1);
  });

  it('UTC is reckoned without a table of time zones, as the runtime reckons it', () => {
    const runtime = localTime('UTC');
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 4 * 10 ** 12 }), (wall) => {
        expect(utcTime(wall)).toEqual(runtime(wall));
      }),
    );
  });

  it('holds until the next quarter of an hour, or for good where there is one price', () => {
    const wall = Date.parse('2026-11-26T21:50:00Z');
    expect(priceAt(tariff(), wall, utcTime).until).toBe(Date.parse('2026-11-26T22:00:00Z'));
    expect(nextQuarter(Date.parse('2026-11-26T22:00:00Z'))).toBe(Date.parse('2026-11-26T22:15:00Z'));
    expect(priceAt(tariff({ windows: [] }), wall, utcTime).until).toBeUndefined();
  });
});

describe('the price of an hour', () => {
  it('is the mean of its quarters, where a window begins within it or a zone lies by a half hour', () => {
    const half = tariff({ windows: [{ ...night, from: 22 * 60 + 45 }] });
    expect(meanPrice(half, Date.parse('2026-11-26T22:00:00Z'), utcTime).perKWh).toBeCloseTo(0.25, 12);
    // 22:00 in Kolkata is 16:30 UTC.
    const kolkata = localTime('Asia/Kolkata');
    expect(meanPrice(tariff(), Date.parse('2026-11-26T16:00:00Z'), kolkata).perKWh).toBeCloseTo(0.2, 12);
    expect(meanPrice(tariff({ windows: [] }), 0, utcTime)).toEqual({ currency: 'EUR', perKWh: 0.3 });
  });

  it('over a year is what each minute costs, through both changes of summer time', () => {
    const berlin = localTime('Europe/Berlin');
    // Around each change of 2026, by the minute: the second way.
    for (const day of ['2026-03-28T20:00:00Z', '2026-10-24T19:00:00Z'])
      for (let hour = Date.parse(day); hour < Date.parse(day) + 36 * HOUR; hour += HOUR) {
        let sum = 0;
        for (let minute = 0; minute < 60; minute += 1)
          sum += priceAt(tariff(), hour + minute * 60_000, berlin).price.perKWh;
        expect(meanPrice(tariff(), hour, berlin).perKWh).toBeCloseTo(sum / 60, 12);
      }
  });
});

describe('what a host costs', () => {
  it('is energy x PUE x price, split where the price changes', async () => {
    const carbonAt = await openFactors({
      directory: '/none',
      userFiles: [],
      zone: undefined,
      example: false,
      location: undefined,
      market: undefined,
      pue: pue(1.5),
      tariff: { tariff: tariff(), local: utcTime },
    });
    const from = Date.parse('2026-11-26T21:00:00Z');
    // 3 kWh over three hours, one before and two after 22:00.
    const course = courseOf(carbonAt, from, from + 3 * HOUR);
    expect(costOf(joules(3 * KWH), course).get('EUR')).toBeCloseTo(1.5 * (0.3 + 2 * 0.1), 9);
  });

  it('is a counter that is there only where a tariff is', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 360);
    const run = (price: boolean) => {
      const engine = runEngine();
      const inForce = carbon({
        pue: pue(2),
        ...(price ? { price: { currency: 'EUR', perKWh: 0.25 }, wue: 1.8 } : {}),
      });
      for (let i = 0; i < 21; i += 1) {
        engine.step(host.sample(), inForce);
        host.advance(5, { busy: 5 });
      }
      return engine;
    };
    const engine = run(true);
    // 360 W for 100 s are 0.01 kWh of IT energy, 0.02 kWh of the site.
    expect(engine.total('negawatt_energy_cost_total', { currency: 'EUR' })).toBeCloseTo(0.005, 9);
    expect(engine.total('negawatt_site_water_litres_total')).toBeCloseTo(0.018, 9);
    const metrics = run(false)
      .snapshots.at(-1)!
      .points.map(({ metric }) => metric);
    expect(metrics).not.toContain('negawatt_tariff_per_kilowatt_hour');
    expect(metrics).not.toContain('negawatt_energy_cost_total');
  });
});

it('water goes by IT energy, not by that of the site, and is unknown without a WUE', () => {
  expect(
    waterOf(
      joules(10 * KWH),
      courseOf(() => carbon({ wue: 1.8, pue: pue(1.5) }), 0, 1),
    ),
  ).toBeCloseTo(18, 9);
  expect(
    waterOf(
      joules(KWH),
      courseOf(() => carbon(), 0, 1),
    ),
  ).toBeUndefined();
});

it('CUE of 441.9 g/kWh at a PUE of 1.25 is 0.552375 kg/kWh', () => {
  expect(cueOf(441.9, 1.25)).toBeCloseTo(0.552375, 9);
});
