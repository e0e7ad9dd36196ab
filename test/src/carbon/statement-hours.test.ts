/** Hours of the agent in the statement: what they were booked with, and what is left for the factor of the year. */
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import type { Activity } from '../../../src/carbon/statement-activity.ts';
import type { HourOfRecord, WorkOfRecord } from '../../../src/model/hour-of-record.ts';
import type { Booked } from '../../../src/model/hour-record.ts';
import type { Tenancy } from '../../../src/model/tenancy.ts';
import { fromKilowattHours, grams, gramsPerKWh, joules, kilowattHours } from '../../../src/units.ts';
import { activityWith, figureAt, lineOf, made, refusalsOf } from '../../fixtures/statement.ts';
import { bookedFactor } from '../../fixtures/usage.ts';

const START = Date.UTC(2023, 0) / 1000;
const kWh = (value: number) => fromKilowattHours(kilowattHours(value));
const TABLE = bookedFactor('CN-GD/direct/2023', { value: gramsPerKWh(441.9), year: 2023 });
const LIVE = bookedFactor('CN-GD/direct/json', { check: 'live' });

/** Booked by a method at g/kWh, with the PUE that the hour has. */
const booked = (
  factor: string,
  energy: number,
  rate: number,
  pue = 1,
  method: Booked['method'] = 'location',
): Booked => ({
  ...{ method, factor, energy: kWh(energy), overhead: kWh(energy * (pue - 1)) },
  grams: grams(energy * rate * pue),
  overheadGrams: grams(energy * rate * (pue - 1)),
});
const hour = (at: number, energy: number, more: Partial<HourOfRecord> = {}): HourOfRecord => ({
  ...{ hour: START + at * 3600, gridZone: 'CN-GD', energy: kWh(energy), quality: 'measured' },
  ...more,
});
const withPue = (energy: number, pue: number): Pick<HourOfRecord, 'pue'> => ({
  pue: { overhead: kWh(energy * (pue - 1)), without: joules(0) },
});
const ONE_HOST = { ...activityWith({}).boundary, hosts: 1 };
const noteOf = (statement: ReturnType<typeof made>, id: string): string => lineOf(statement, id).note ?? '';

describe('hours that were booked', () => {
  const hours = [
    hour(0, 10, { booked: [booked(LIVE, 10, 100)], ...withPue(10, 1) }),
    hour(1, 10, { booked: [booked(LIVE, 10, 300)], ...withPue(10, 1) }),
    hour(2, 10, { booked: [booked(TABLE, 10, 441.9)], ...withPue(10, 1) }),
    hour(3, 5),
  ];
  const statement = made(activityWith({ boundary: ONE_HOST }), { hours });

  it('keep their grams, a line a factor with its hours and mean; the rest takes the factor of the year', () => {
    expect(figureAt(statement, 'scope2.location.booked.CN-GD.CN-GD/direct/json') * 1e6).toBeCloseTo(4000, 9);
    expect(noteOf(statement, 'scope2.location.booked.CN-GD.CN-GD/direct/json')).toBe(
      '20 kWh in 2 h, 200.0 g/kWh on average; live series of json, direct, CO2',
    );
    expect(figureAt(statement, 'scope2.location.CN-GD') * 1e6).toBeCloseTo(5 * 441.9, 9);
    expect(noteOf(statement, 'scope2.location.CN-GD')).toContain(
      'not booked by the hour: the factor of the year',
    );
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(4000 + 15 * 441.9, 9);
    expect(noteOf(statement, 'scope2.location')).toContain(
      '30 kWh as booked by the hour, 5 kWh by factors of the year',
    );
    expect(lineOf(statement, 'scope2.location.booked.CN-GD.CN-GD/direct/json').terms).toMatchObject({
      ...{ method: 'location', basis: 'direct', gases: 'CO2', gwp: 'none', series: 'json' },
    });
  });

  it('are told in the opening, by both methods', () => {
    expect(figureAt(statement, 'coverage.booked.location')).toBe(3);
    expect(noteOf(statement, 'coverage.booked.location')).toContain(
      'of 4 hours of the agent; 30 kWh of 35 kWh IT',
    );
    expect(figureAt(statement, 'coverage.booked.market')).toBe(0);
    expect(
      linesOf(made(activityWith({}), { hours: [hour(0, 1)] })).some(({ id }) =>
        id.startsWith('coverage.booked'),
      ),
    ).toBe(false);
  });

  it('name every factor with source and hash in the list, the live series without a value of its own', () => {
    const live = lineOf(statement, 'factors.booked.CN-GD/direct/json');
    expect(live).toMatchObject({ words: 'direct, CO2, GWP none, by the hour from json' });
    expect(live.note).toMatch(/a test; own; sha256 [0-9a-f]{64}$/);
    expect(lineOf(statement, 'factors.booked.CN-GD/direct/2023')).toMatchObject({
      words: '441.9 g/kWh, direct, CO2, GWP none, 2023 (data)',
    });
  });

  it('of a tenancy that changed within the year are in the scope of their time, energy and grams', () => {
    const change = Date.UTC(2023, 0, 1, 2);
    const tenancies = [{ from: change, to: Date.UTC(2024, 0), value: 'leased' as const }];
    const agent: Activity['agent'] = { site: 'here', tenancy: 'owned', tenancies };
    const moved = made(activityWith({ boundary: ONE_HOST, agent }), { hours });
    expect(figureAt(moved, 'scope2.location') * 1e6, 'before it').toBeCloseTo(4000, 9);
    expect(figureAt(moved, 'scope2.energy.CN-GD')).toBe(20);
    const booked = figureAt(moved, 'scope3.8.metered.booked.CN-GD.CN-GD/direct/2023');
    expect(booked * 1e6, 'from it on').toBeCloseTo(10 * 441.9, 9);
    expect(figureAt(moved, 'scope3.8.metered.CN-GD') * 1e6, 'not booked').toBeCloseTo(5 * 441.9, 9);
    expect(figureAt(moved, 'coverage.hosts.reporting'), 'one host all the same').toBe(1);
    expect(figureAt(moved, 'coverage.hours')).toBe(4);
  });

  it('stay in the scope that they were booked in, whatever tenancy is configured afterwards', () => {
    const part = (energy: number, tenancy: Tenancy) => ({
      booked: { ...booked(LIVE, energy, 100), tenancy },
      held: { tenancy, energy: kWh(energy), overhead: joules(0), withoutPue: joules(0) },
    });
    const whole = part(10, 'owned');
    const [own, moved] = [part(4, 'owned'), part(6, 'cloud')];
    const kept = [
      hour(0, 10, { booked: [whole.booked], held: [whole.held], ...withPue(10, 1) }),
      // The configuration changed within this hour.
      hour(1, 10, { booked: [own.booked, moved.booked], held: [own.held, moved.held], ...withPue(10, 1) }),
      hour(2, 10, { booked: [booked(LIVE, 10, 100)], ...withPue(10, 1) }),
    ];
    const agent: Activity['agent'] = { site: 'here', tenancy: 'leased' };
    const statement = made(activityWith({ boundary: ONE_HOST, agent }), { hours: kept });
    const line = (scope: string) => figureAt(statement, `${scope}.booked.CN-GD.CN-GD/direct/json`) * 1e6;
    expect([line('scope2.location'), line('scope3.1.metered'), line('scope3.8.metered')]).toEqual([
      ...[expect.closeTo(1400, 9), expect.closeTo(600, 9)],
      // Of before it was kept: by the configuration.
      expect.closeTo(1000, 9),
    ]);
    expect(lineOf(statement, 'boundary.tenancy')).toMatchObject({
      words: 'here cloud, here leased, without control, here owned',
      note: 'hours of the agent keep the one that they were booked under',
    });
    expect(figureAt(statement, 'coverage.hours')).toBe(3);
  });

  it('in a zone without any factor of the year are covered all the same', () => {
    const row = hour(0, 10, {
      gridZone: 'JP',
      booked: [booked(bookedFactor('JP/direct/json', { check: 'live' }), 10, 470)],
    });
    const whole = made(activityWith({}), { hours: [row] });
    expect(figureAt(whole, 'scope2.location') * 1e6).toBeCloseTo(4700, 9);
    expect(figureAt(whole, 'activity.uncovered')).toBe(0);
    const half = made(activityWith({}), { hours: [row, hour(1, 4, { gridZone: 'JP' })] });
    expect(figureAt(half, 'activity.uncovered')).toBe(4);
    expect(lineOf(half, 'scope2.location.JP').kind).toBe('gap');
  });

  it('by two editions of one factor are two lines, and each says which', () => {
    const other = bookedFactor('CN-GD/direct/2023', { value: gramsPerKWh(500), year: 2023 });
    const two = made(activityWith({}), {
      hours: [
        hour(0, 1, { booked: [booked(TABLE, 1, 441.9)] }),
        hour(1, 1, { booked: [booked(other, 1, 500)] }),
      ],
    });
    const lines = linesOf(two).filter(({ id }) => id.startsWith('scope2.location.booked'));
    expect(lines.map(({ note }) => note).sort()).toEqual([
      '1 kWh in 1 h, 441.9 g/kWh on average; 441.9 g/kWh, 2023, direct, CO2',
      '1 kWh in 1 h, 500.0 g/kWh on average; 500 g/kWh, 2023, direct, CO2',
    ]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(2);
    expect(linesOf(two).filter(({ id }) => id.startsWith('factors.booked'))).toHaveLength(2);
  });

  it('of before records were kept have an id alone, which is told', () => {
    const old: Booked = {
      ...booked('{"id":"CN-GD/direct/2023"}', 10, 400, 1.5),
      overhead: undefined,
      overheadGrams: undefined,
    };
    const pue = { value: 1.5, kind: 'configured' } as const;
    const agent: Activity['agent'] = { site: 'here', tenancy: 'colocated', pue };
    const statement = made(activityWith({ agent }), { hours: [hour(0, 10, { booked: [old] })] });
    expect(figureAt(statement, 'scope2.location') * 1e6, 'the servers').toBeCloseTo(4000, 9);
    expect(
      figureAt(statement, 'scope3.8.metered.booked.CN-GD.CN-GD/direct/2023') * 1e6,
      'the building, by the configured PUE',
    ).toBeCloseTo(2000, 9);
    expect(noteOf(statement, 'scope2.location.booked.CN-GD.CN-GD/direct/2023')).toContain(
      'its id alone was kept',
    );
    const several = made(activityWith({}), {
      hours: [hour(0, 1, { booked: [booked('{"id":"*"}', 1, 400)] })],
    });
    expect(lineOf(several, 'scope2.location.booked.CN-GD.*').terms).toMatchObject({ gases: 'unstated' });
    expect(noteOf(several, 'scope2.location.booked.CN-GD.*')).toContain('several factors within an hour');
  });

  it('are left aside in a year that is restated, and the opening says so', () => {
    const restated = made(activityWith({}), {
      hours: hours.map(({ booked: _, ...row }) => row),
      restated: true,
    });
    expect(figureAt(restated, 'scope2.location') * 1e6).toBeCloseTo(35 * 441.9, 9);
    expect(lineOf(restated, 'coverage.restated')).toMatchObject({
      words: expect.stringContaining('grid.restate'),
    });
  });

  it('are compared with a year of table factors in no line: the change of series alone would move it', () => {
    const closed = {
      year: 2022,
      revision: 1,
      lines: linesOf(
        made(
          { ...activityWith({ boundary: ONE_HOST }), year: 2022 },
          {
            hours: Array.from({ length: 8760 }, (_, at) => ({
              ...hour(at, 1),
              hour: Date.UTC(2022, 0) / 1000 + at * 3600,
            })),
          },
        ),
      ),
    };
    const whole = (factor: string) =>
      made(activityWith({ boundary: ONE_HOST }), {
        before: closed,
        hours: Array.from({ length: 8760 }, (_, at) => hour(at, 1, { booked: [booked(factor, 1, 400)] })),
      });
    expect(lineOf(whole(LIVE), 'years.2022.scope2.location')).toMatchObject({
      kind: 'gap',
      reason: expect.stringContaining('the series of CN-GD changed from factors of the year to json'),
    });
    // An hour of another series, such as before a provider first answered, changes no meaning.
    const early = made(activityWith({ boundary: ONE_HOST }), {
      before: closed,
      hours: Array.from({ length: 8760 }, (_, at) =>
        hour(at, 1, { booked: [booked(at === 0 ? LIVE : TABLE, 1, 400)] }),
      ),
    });
    expect(lineOf(early, 'years.2022.scope2.location').kind).toBe('figure');
    const same = whole(TABLE);
    expect(lineOf(same, 'years.2022.scope2.location').kind).toBe('figure');
    // The grid's own change is worked out with what was booked, here 400 g/kWh.
    const then = figureAt(
      { ...same, blocks: [{ number: 0, title: '', lines: closed.lines }] },
      'scope2.location',
    );
    expect(figureAt(same, 'years.2022.grid')).toBeCloseTo((8760 * 400) / 1e6 - then, 9);
  });
});

describe('PUE of the hours', () => {
  it('is what each was booked with, and its mean by energy stands beside the overhead', () => {
    const hours = [
      hour(0, 10, { ...withPue(10, 1.2), booked: [booked(LIVE, 10, 100, 1.2)] }),
      hour(1, 30, { ...withPue(30, 1.6), booked: [booked(LIVE, 30, 200, 1.6)] }),
    ];
    // What the configuration says now is not what held then.
    const agent: Activity['agent'] = {
      site: 'here',
      tenancy: 'owned',
      pue: { value: 3, kind: 'configured' },
    };
    const statement = made(activityWith({ agent }), { hours });
    expect(figureAt(statement, 'activity.overhead')).toBeCloseTo(10 * 0.2 + 30 * 0.6, 9);
    expect(noteOf(statement, 'activity.overhead')).toBe(
      'here: PUE 1.5000 (as booked hour by hour, mean by energy, for 40 kWh)',
    );
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(10 * 100 * 1.2 + 30 * 200 * 1.6, 9);
    expect(figureAt(statement, 'indicators.pue')).toBeCloseTo(1.5, 12);
    expect(figureAt(statement, 'indicators.cue')).toBeCloseTo((1200 + 9600) / 1000 / 40, 12);
  });

  it('that was not known then is the configured one of that date: its overhead takes the factor of the year', () => {
    const row = hour(0, 10, {
      pue: { overhead: kWh(2), without: kWh(4) },
      booked: [{ ...booked(LIVE, 10, 100), overhead: kWh(2), grams: grams(1200), overheadGrams: grams(200) }],
    });
    const agent: Activity['agent'] = {
      ...{ site: 'here', tenancy: 'owned' },
      periods: [{ from: START * 1000, to: START * 1000 + 3_600_000, value: 1.5 }],
    };
    const statement = made(activityWith({ agent }), { hours: [row] });
    expect(figureAt(statement, 'activity.overhead')).toBeCloseTo(2 + 4 * 0.5, 9);
    expect(noteOf(statement, 'activity.overhead')).toMatch(
      /PUE 1\.5 \(configured\).*PUE 1\.3333 \(as booked/,
    );
    expect(figureAt(statement, 'scope2.location') * 1e6).toBeCloseTo(1200 + 2 * 441.9, 9);
    const silent = made(activityWith({}), { hours: [row] });
    expect(figureAt(silent, 'scope2.location') * 1e6).toBeCloseTo(1200, 9);
    expect(lineOf(silent, 'activity.overhead.unknown').kind).toBe('gap');
  });
});

describe('the market-based method', () => {
  const RESIDUAL = bookedFactor('CN/residual/2023', { value: gramsPerKWh(609.6), year: 2023 });
  const GREEN = bookedFactor('CN-GD/certificates/gec');
  const hours = [
    hour(0, 10, {
      booked: [booked(GREEN, 4, 0, 1, 'market'), booked(RESIDUAL, 6, 609.6, 1, 'market')],
    }),
    hour(1, 2),
  ];
  const instrument = (quantity: number): Activity['instruments'][number] => ({
    ...{ from: START * 1000, to: Date.UTC(2024, 0), name: 'late', kind: 'certificates', market: 'CN' },
    ...{ quantity: kilowattHours(quantity), factor: gramsPerKWh(0), gases: 'CO2', document: 'd' },
  });

  it('keeps instruments of the hour and the residual mix as booked', () => {
    const statement = made(activityWith({}), { hours });
    expect(figureAt(statement, 'scope2.market') * 1e6).toBeCloseTo((6 + 2) * 609.6, 9);
    expect(figureAt(statement, 'scope2.market.booked.CN-GD.CN-GD/certificates/gec')).toBe(0);
    expect(figureAt(statement, 'scope2.market.rest.CN-GD') * 1e6).toBeCloseTo(2 * 609.6, 9);
  });

  it('lets certificates that are cancelled for the year cover what no instrument of the hour covers, once', () => {
    const statement = made(activityWith({ instruments: [instrument(4)] }), { hours });
    expect(figureAt(statement, 'scope2.market') * 1e6).toBeCloseTo(4 * 609.6, 6);
    expect(refusalsOf(activityWith({ instruments: [instrument(9)] }), { hours })).toContain(
      '8 kWh of Scope 2 in CN',
    );
    // Which factors it was is not known: they may have been instruments.
    const several = [hour(0, 10, { booked: [booked('{"id":"*"}', 10, 300, 1, 'market')] })];
    expect(refusalsOf(activityWith({ instruments: [instrument(1)] }), { hours: several })).toContain(
      '0 kWh of Scope 2 in CN',
    );
  });
});

describe('money', () => {
  it('is that of each hour: as booked, by the tariff of now where nothing was, and a gap without either', () => {
    const hours = [
      hour(0, 10, { ...withPue(10, 1.5), paid: [{ currency: 'EUR', amount: 1.5, energy: kWh(15) }] }),
      hour(1, 10, { ...withPue(10, 1.5), paid: [{ currency: 'EUR', amount: 4.5, energy: kWh(15) }] }),
      hour(2, 2, { price: { currency: 'EUR', perKWh: 0.25 } }),
      hour(3, 7),
    ];
    const statement = made(activityWith({}), { hours });
    expect(figureAt(statement, 'activity.cost.hourly.EUR')).toBeCloseTo(6.5, 12);
    expect(noteOf(statement, 'activity.cost.hourly.EUR')).toBe(
      '6.00 EUR as booked for 30 kWh in 2 h, at 0.1 to 0.3 EUR/kWh; 0.50 EUR by the tariff as it is configured now, the mean of each hour, for 2 kWh in 1 h, at 0.25 EUR/kWh',
    );
    expect(lineOf(statement, 'activity.cost.hourly.unpriced')).toMatchObject({
      kind: 'gap',
      reason: expect.stringContaining('7 kWh'),
    });
    expect(figureAt(statement, 'indicators.cost.hourly.EUR')).toBeCloseTo(6.5 / 32, 12);
  });
});

describe('scores of the year', () => {
  const work = (at: number, more: Partial<WorkOfRecord> = {}, factor = TABLE): WorkOfRecord => ({
    ...{
      hour: START + at * 3600,
      gridZone: 'CN-GD',
      scope: 'class',
      name: 'web',
      unit: 'requests',
      amount: 100,
    },
    scores: [
      { unit: 'requests', factor, energy: kWh(1), operational: grams(440), embodied: grams(60), done: 100 },
    ],
    ...more,
  });

  it('are sums over the hours that have them, (operational + embodied) / work, a line a class and unit', () => {
    const statement = made(activityWith({}), {
      work: [work(0), work(1, { amount: 50, scores: [] }), work(2)],
    });
    const line = lineOf(statement, 'indicators.sci.class.web.requests');
    expect(line).toMatchObject({
      value: 5,
      unit: 'g/requests',
      terms: { method: 'location', basis: 'direct' },
    });
    expect(line.note).toBe(
      '(880 g operational, location-based + 120 g embodied) / 200 requests of 250 counted; 2 h, 2 kWh IT; factors CN-GD/direct/2023; without instruments and credits',
    );
    expect(linesOf(statement).some(({ id }) => id === 'indicators.sci')).toBe(false);
  });

  it('without any are a gap that says why, and two kinds of factors are never added', () => {
    const bare = made(activityWith({}), { work: [work(0, { scores: [] })] });
    expect(lineOf(bare, 'indicators.sci.class.web.requests')).toMatchObject({
      kind: 'gap',
      reason: expect.stringContaining('100 requests were counted in hours without a score'),
    });
    const other = bookedFactor('CN-GD/direct/json', { check: 'live', gases: 'CO2e', gwp: 'AR5' });
    const mixed = made(activityWith({}), { work: [work(0), work(1, {}, other)] });
    expect(lineOf(mixed, 'indicators.sci.class.web.requests')).toMatchObject({
      kind: 'gap',
      reason: expect.stringContaining('not added'),
    });
  });
});
