import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf } from '../../src/carbon/statement.ts';
import type { EnergyEntry } from '../../src/carbon/statement-activity.ts';
import { historyFiles, historyOf } from '../../src/exporters/statement-history.ts';
import type { HourOfRecord, WorkOfRecord } from '../../src/model/hour-of-record.ts';
import type { Booked } from '../../src/model/hour-record.ts';
import type { HourlyEnergy } from '../../src/model/state.ts';
import { fromKilowattHours, grams, joules, kilowattHours } from '../../src/units.ts';
import { activityWith, figureAt, made } from '../fixtures/statement.ts';
import { bookedFactor } from '../fixtures/usage.ts';

const span = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
const ZONES = ['CN-GD', 'CN-SC', 'DE', 'EGRID:CAMX'] as const;
const kWh = fc.double({ min: 0.001, max: 1e7, noNaN: true });
/** @param of what `wanted` is a difference of: its rounding is that of the larger figures. */
const near = (value: number, wanted: number, of = 0): void => {
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1e-9, Math.abs(wanted), of));
};

it('IT + overhead = facility, at any PUE', () => {
  fc.assert(
    fc.property(kWh, fc.double({ min: 1.0001, max: 3, noNaN: true }), (quantity, value) => {
      const entry: EnergyEntry = {
        ...span,
        ...{ site: 'a', zone: 'CN-GD', of: 'it', quality: 'measured', tenancy: 'owned', document: 'd' },
        quantity: kilowattHours(quantity),
        pue: { value, kind: 'measured' },
      };
      const it = made(activityWith({ energy: [entry] }));
      const facility = made(
        activityWith({
          energy: [{ ...entry, of: 'facility', quantity: kilowattHours(quantity * value) }],
        }),
      );
      near(figureAt(it, 'activity.it.measured') + figureAt(it, 'activity.overhead'), quantity * value);
      near(figureAt(it, 'scope2.location'), figureAt(facility, 'scope2.location'));
      near(figureAt(it, 'scope2.market'), figureAt(facility, 'scope2.market'));
    }),
    { numRuns: 100 },
  );
});

it('any split over sites and entries has the totals of the whole', () => {
  const parts = fc.array(
    fc.record({ zone: fc.constantFrom(...ZONES), site: fc.constantFrom('a', 'b', 'c'), kWh }),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(parts, (split) => {
      const entry = (zone: string, site: string, quantity: number): EnergyEntry => ({
        ...span,
        ...{ zone, site, of: 'it', quality: 'measured', tenancy: 'owned', document: 'd' },
        quantity: kilowattHours(quantity),
        pue: { value: 1.3, kind: 'measured' },
      });
      const together = ZONES.flatMap((zone) => {
        const own = split.filter((one) => one.zone === zone);
        return own.length === 0
          ? []
          : [
              entry(
                zone,
                'a',
                own.reduce((all, one) => all + one.kWh, 0),
              ),
            ];
      });
      const apart = made(activityWith({ energy: split.map((one) => entry(one.zone, one.site, one.kWh)) }));
      const whole = made(activityWith({ energy: together }));
      for (const id of ['activity.total', 'activity.overhead', 'scope2.location', 'scope2.market'])
        near(figureAt(apart, id), figureAt(whole, id));
    }),
    { numRuns: 60 },
  );
});

it('any split over hours has the totals of one entry, in any order of the hours', () => {
  const hours = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8759 }), kWh), {
    selector: ([hour]) => hour,
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(hours, (split) => {
      const rows = split.map(
        ([hour, quantity]): HourlyEnergy => ({
          hour: span.from / 1000 + hour * 3600,
          gridZone: 'CN-GD',
          energy: fromKilowattHours(kilowattHours(quantity)),
          quality: 'measured',
        }),
      );
      const total = split.reduce((all, [, quantity]) => all + quantity, 0);
      const statement = made(activityWith({}), { hours: rows });
      near(figureAt(statement, 'activity.total'), total);
      near(figureAt(statement, 'scope2.location'), (total * 441.9) / 1e6);
      expect(figureAt(statement, 'coverage.hours')).toBe(split.length);
      expect(made(activityWith({}), { hours: [...rows].reverse() })).toEqual(statement);
    }),
    { numRuns: 60 },
  );
});

const LIVE = bookedFactor('CN-GD/direct/json', { check: 'live' });
const OLD = '{"id":"CN-GD/direct/2023"}';
const share = fc.double({ min: 0, max: 1, noNaN: true });
/** What an agent may have kept of an hour: any part of its energy booked, with or without its PUE, or a price. */
const bookedHour = fc.record({
  energy: fc.double({ min: 0.01, max: 100, noNaN: true }),
  pue: fc.option(
    fc.record({ value: fc.double({ min: 1, max: 3, noNaN: true }), known: fc.constantFrom(0, 0.25, 1) }),
  ),
  parts: fc.array(
    fc.record({
      share,
      rate: fc.double({ min: 0, max: 900, noNaN: true }),
      factor: fc.constantFrom(LIVE, OLD),
    }),
    { maxLength: 2 },
  ),
  paid: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  price: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  work: fc.option(
    fc.record({ name: fc.constantFrom('web', 'a,"b"', ''), amount: fc.nat(1000), isScored: fc.boolean() }),
  ),
});
type BookedHour = typeof bookedHour extends fc.Arbitrary<infer T> ? T : never;

const recordOf = (one: BookedHour, at: number): HourOfRecord => {
  const { energy, pue, parts, paid, price } = one;
  const known = pue === null ? 0 : pue.known;
  const added = (pue?.value ?? 1) - 1;
  const total = parts.reduce((all, part) => all + part.share, 0) || 1;
  // The shares of one hour sum to 1 at most.
  const booked = parts.map(({ share: own, rate, factor }, i): Booked => {
    const it = (energy * own) / Math.max(1, total);
    return {
      method: 'location',
      factor: `${factor.slice(0, -1)},"n":${i}}`,
      energy: fromKilowattHours(kilowattHours(it)),
      overhead: pue === null ? undefined : fromKilowattHours(kilowattHours(it * known * added)),
      grams: grams(it * rate * (1 + known * added)),
      overheadGrams: pue === null ? undefined : grams(it * rate * known * added),
    };
  });
  return {
    ...{ hour: span.from / 1000 + at * 3600, gridZone: 'CN-GD', quality: 'measured' },
    energy: fromKilowattHours(kilowattHours(energy)),
    ...(pue === null
      ? {}
      : {
          pue: {
            overhead: fromKilowattHours(kilowattHours(energy * known * added)),
            without: fromKilowattHours(kilowattHours(energy * (1 - known))),
          },
        }),
    ...(booked.length === 0 ? {} : { booked }),
    ...(paid === null
      ? {}
      : {
          paid: [{ currency: 'EUR', amount: paid, energy: fromKilowattHours(kilowattHours(energy * 0.5)) }],
        }),
    ...(price === null ? {} : { price: { currency: 'EUR', perKWh: price } }),
  };
};
const workOf = ({ work }: BookedHour, at: number): readonly WorkOfRecord[] =>
  work === null
    ? []
    : [
        {
          ...{ hour: span.from / 1000 + at * 3600, gridZone: 'CN-GD', scope: 'class', name: work.name },
          ...{ unit: 'jobs', amount: work.amount },
          scores: work.isScored
            ? [
                {
                  ...{ unit: 'jobs', factor: LIVE, energy: joules(at + 1 / 3), done: work.amount },
                  ...{ operational: grams(at / 7), embodied: grams(at / 11) },
                },
              ]
            : [],
        },
      ];
const bookedYear = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8759 }), bookedHour), {
  selector: ([at]) => at,
  minLength: 1,
  maxLength: 40,
});

it('what hours were booked with sums to the year, and the rest of each takes the factor of the year', () => {
  fc.assert(
    fc.property(bookedYear, fc.option(fc.double({ min: 1, max: 3, noNaN: true })), (year, configured) => {
      const pue = configured ?? 1;
      const agent = {
        ...{ site: 'here', tenancy: 'owned' as const },
        ...(configured === null ? {} : { pue: { value: configured, kind: 'configured' as const } }),
      };
      const hours = year.map(([at, one]) => recordOf(one, at));
      const statement = made(activityWith({ agent }), { hours });
      let [energy, tonnes, money] = [0, 0, 0];
      // Second way: hour by hour, with nothing summed in between.
      for (const [, one] of year) {
        const known = one.pue === null ? 0 : one.pue.known;
        const site = one.energy * (1 + known * ((one.pue?.value ?? 1) - 1) + (1 - known) * (pue - 1));
        energy += site;
        const total = one.parts.reduce((all, part) => all + part.share, 0) || 1;
        let left = site;
        for (const part of one.parts) {
          const it = (one.energy * part.share) / Math.max(1, total);
          const grossed = 1 + known * ((one.pue?.value ?? 1) - 1);
          tonnes += (it * part.rate * grossed) / 1e6;
          // Without a kept PUE it is inside the grams: then all of the site's energy behind them is booked.
          left -= it * (one.pue === null ? pue : grossed);
        }
        tonnes += (left * 441.9) / 1e6;
        if (one.paid !== null) money += one.paid;
        const unpaid = site - (one.paid === null ? 0 : one.energy * 0.5);
        if (one.price !== null) money += unpaid * one.price;
      }
      near(figureAt(statement, 'activity.total'), energy);
      near(figureAt(statement, 'scope2.location'), tonnes, (energy * 441.9) / 1e6);
      const cost = linesOf(statement).find(({ id }) => id === 'activity.cost.hourly.EUR');
      near(cost?.kind === 'figure' ? cost.value : 0, money);
      expect(figureAt(statement, 'coverage.hours')).toBe(year.length);
    }),
    { numRuns: 150 },
  );
});

it('the hourly inputs of evidence are read back to the bit, whatever classes are called', () => {
  fc.assert(
    fc.property(bookedYear, (year) => {
      const hours = year.map(([at, one]) => recordOf(one, at));
      const work = year.flatMap(([at, one]) => workOf(one, at));
      const files = historyFiles({ hours, work });
      const back = historyOf((name) => files[name] ?? '');
      expect(back).toEqual({ hours, work });
      expect(made(activityWith({}), back)).toEqual(made(activityWith({}), { hours, work }));
    }),
    { numRuns: 100 },
  );
});
