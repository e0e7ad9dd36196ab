import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EnergyEntry } from '../../src/carbon/statement-activity.ts';
import type { HourlyEnergy } from '../../src/model/state.ts';
import { fromKilowattHours, kilowattHours } from '../../src/units.ts';
import { activityWith, figureAt, made } from '../fixtures/statement.ts';

const span = { from: Date.UTC(2023, 0), to: Date.UTC(2024, 0) };
const ZONES = ['CN-GD', 'CN-SC', 'DE', 'EGRID:CAMX'] as const;
const kWh = fc.double({ min: 0.001, max: 1e7, noNaN: true });
const near = (value: number, wanted: number): void => {
  expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1e-9, Math.abs(wanted)));
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
