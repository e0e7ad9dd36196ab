/** Scope 3.3 of a kWh: what the operator states, and official figures where he chose them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addersOf } from '../../../src/carbon/adders.ts';
import type { Pue } from '../../../src/carbon/emissions.ts';
import { recordOf } from '../../../src/carbon/hour-record.ts';
import { linesOf } from '../../../src/carbon/statement.ts';
import type { Activity, EnergyEntry } from '../../../src/carbon/statement-activity.ts';
import { openFactors } from '../../../src/factors.ts';
import { loadUpstreams } from '../../../src/grid/upstreams.ts';
import type { UpstreamRow } from '../../../src/model/upstream.ts';
import { fromKilowattHours, gramsPerKWh, kilowattHours, ratio } from '../../../src/units.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import { factor } from '../../fixtures/samples.ts';
import { scriptedHost } from '../../fixtures/scripted-host.ts';
import { activityWith, figureAt, lineOf, made } from '../../fixtures/statement.ts';

const FACTORS = join(import.meta.dirname, '../../../config/factors');
const official = await loadUpstreams(FACTORS);
const NOON = Date.UTC(2026, 5, 1, 12);
const location = factor('location', 400);
const shown = (adders: ReturnType<typeof addersOf>) =>
  adders.map(({ part, perKWh, factor: id }) => [part, Number(perKWh.toFixed(6)), id]);

describe('official figures', () => {
  it('are those of the zone and the year, each under a label of its own', () => {
    expect(shown(addersOf({ official }, 'GB', location, 2026))).toEqual([
      ['transmission', 12.99, 'GB/transmission/2026'],
      ['upstream', 40.41, 'GB/upstream/2026'],
    ]);
    expect(shown(addersOf({ official }, 'GB', location, 2025))[0]).toEqual([
      'transmission',
      18.53,
      'GB/transmission/2025',
    ]);
    expect(addersOf({ official }, 'GB', location, 2025).map(({ official: from }) => from?.status)).toEqual([
      ...['official', 'later'],
    ]);
    expect(addersOf({ official }, 'CN-GD', location, 2026)).toEqual([]);
  });

  it('a share of losses counts at the factor of the grid, as much as what was lost had to be generated', () => {
    const [lost] = addersOf({ official }, 'US', location, 2023);
    expect(lost?.perKWh).toBeCloseTo((400 * 0.042) / 0.958, 9);
    expect([lost?.factor, lost?.official?.row.source]).toEqual([
      location.id,
      expect.stringContaining('eGRID2023'),
    ]);
    expect(addersOf({ official }, 'US', undefined, 2023)).toEqual([]);
  });

  it('give way to what the operator states, part by part', () => {
    const own = { loss: ratio(0.1), upstream: gramsPerKWh(7), official };
    expect(shown(addersOf({ ...own, upstream: undefined }, 'GB', location, 2026))).toEqual([
      ['transmission', Number((40 / 0.9).toFixed(6)), location.id],
      ['upstream', 40.41, 'GB/upstream/2026'],
    ]);
    expect(shown(addersOf({ ...own, loss: undefined }, 'GB', location, 2026))).toEqual([
      ['transmission', 12.99, 'GB/transmission/2026'],
      ['upstream', 7, 'GB/upstream/user'],
    ]);
  });

  it('one figure for losses and supply together stands alone, never beside a part that is stated', () => {
    expect(shown(addersOf({ official }, 'AU-VIC', location, 2025))).toEqual([
      ['upstream', 90, 'AU-VIC/transmission+upstream/2025'],
    ]);
    expect(shown(addersOf({ official, loss: ratio(0.05) }, 'AU-VIC', location, 2025))).toEqual([
      ['transmission', Number((20 / 0.95).toFixed(6)), location.id],
    ]);
  });

  it('losses are never added to a factor per kWh used, which has them inside', () => {
    const consumption = { ...location, row: { ...location.row, boundary: 'consumption' } };
    expect(shown(addersOf({ official }, 'GB', consumption, 2026))).toEqual([
      ['upstream', 40.41, 'GB/upstream/2026'],
    ]);
    expect(addersOf({ official }, 'AU-VIC', consumption, 2025)).toEqual([]);
  });
});

describe('an agent', () => {
  const at = (zone: string, adders: 'none' | 'official') =>
    openFactors({
      ...{ directory: FACTORS, userFiles: [], zone, example: false },
      ...{ location: undefined, market: undefined, pue: undefined },
      upstream: { loss: undefined, upstream: undefined, adders },
    });

  it('takes official figures only where it is told to', async () => {
    expect((await at('GB', 'none'))(NOON).adders).toEqual([]);
    const { adders = [], problems } = (await at('GB', 'official'))(NOON);
    expect(adders.map(({ perKWh }) => perKWh)).toEqual([12.99, 40.41]);
    expect(problems).toEqual([]);
  });

  it('exports them as series of Scope 3.3, each with an info series that tells its year and how that fits', async () => {
    const host = scriptedHost();
    host.wall = NOON;
    host.addMeter('package-0', 'package', 360);
    const run = runEngine();
    const carbonAt = await at('GB', 'official');
    run.step(host.sample(), carbonAt);
    host.advance(10, { busy: 1 });
    const { points } = run.step(host.sample(), carbonAt);
    // 360 W for 10 s is 1 Wh.
    const grams = (part: string) =>
      run.total('negawatt_emissions_location_grams_total', { scope: '3.3', part }) * 1000;
    expect([grams('transmission'), grams('upstream')]).toEqual([
      expect.closeTo(12.99, 9),
      expect.closeTo(40.41, 9),
    ]);
    const info = points.filter(({ metric }) => metric === 'negawatt_factor_info').map(({ labels }) => labels);
    expect(info).toContainEqual({
      ...{ factor: 'GB/upstream/2026', basis: 'upstream', gases: 'CO2e', gwp: 'AR5', year: '2026' },
      ...{ provider: 'table', status: 'official' },
    });
  });

  it('says where there are none, and what to do; Scope 2 goes on', async () => {
    const { adders, problems, location: grid } = (await at('CN-GD', 'official'))(NOON);
    expect([adders, grid?.row.value]).toEqual([[], 441.9]);
    expect(problems).toEqual([
      {
        reason: 'grid.adders is official, and the tables hold no losses and no fuel supply of CN-GD',
        fix: expect.stringContaining('set grid.loss and grid.upstream from a document of your own'),
      },
    ]);
  });
});

describe('a statement', () => {
  const energy = (zone: string): EnergyEntry => ({
    ...{ from: Date.UTC(2026, 0), to: Date.UTC(2027, 0), site: zone, zone, of: 'facility' },
    ...{ quality: 'measured', quantity: kilowattHours(1000), tenancy: 'owned', document: 'd' },
  });
  const of = (zone: string, more: Partial<Activity['zones'][number]> = {}) =>
    made(
      activityWith({ year: 2026, energy: [energy(zone)], zones: [{ zone, adders: 'official', ...more }] }),
      { upstreams: official },
    );

  it('counts official figures on lines of Scope 3.3 and lists each with its source and licence', () => {
    const statement = of('GB');
    expect(figureAt(statement, 'scope3.3.GB.transmission') * 1e6).toBeCloseTo(12_990, 6);
    expect(figureAt(statement, 'scope3.3.GB.upstream') * 1e6).toBeCloseTo(40_410, 6);
    expect(lineOf(statement, 'scope3.3.GB.transmission').note).toContain(
      'transmission 12.99 g/kWh (GB 2026), UK Government GHG conversion factors',
    );
    expect(lineOf(statement, 'factors.GB/upstream/2026').note).toMatch(/OGL v3\.0; sha256 [0-9a-f]{64}$/);
    expect(figureAt(statement, 'scope2.location') * 1e6, 'none of it is in Scope 2').toBeCloseTo(130_960, 6);
  });

  it('works out losses by a share, and tells one figure for both as such', () => {
    expect(lineOf(of('EGRID:CAMX'), 'scope3.3.EGRID:CAMX.transmission').note).toContain(
      'loss 0.041 ratio (EGRID:CAMX 2023), US EPA eGRID2023 rev2',
    );
    expect(lineOf(of('AU-VIC'), 'scope3.3.AU-VIC.upstream').label).toContain('transmission and upstream');
  });

  describe('with hours that were booked', () => {
    const HOUR = Date.UTC(2026, 0) / 1000;
    const kWh = (value: number) => fromKilowattHours(kilowattHours(value));
    const live = (value: number, boundary: string) => {
      const known = factor('location', value);
      const row = { ...known.row, zone: 'GB', boundary, check: 'live' as const };
      return { ...known, id: `GB/direct/${boundary}`, provider: 'json', row };
    };
    /** 10 kWh of IT and 2 of the building, booked as the agent does. */
    const hour = (at: number, grid: ReturnType<typeof live>, options?: Parameters<typeof addersOf>[0]) => {
      const { overhead, withoutPue, booked, held, upstream } = recordOf(kWh(10), {
        ...{ zone: 'GB', location: grid, market: undefined, example: false, problems: [] },
        ...{
          pue: ratio(1.2) as Pue,
          adders: options === undefined ? [] : addersOf(options, 'GB', grid, 2026),
        },
      });
      return {
        ...{ hour: HOUR + at * 3600, gridZone: 'GB', energy: kWh(10), quality: 'measured' as const },
        ...{ pue: { overhead, without: withoutPue }, booked: [...booked.values()] },
        held: [...held].map(([tenancy, own]) => ({ tenancy, ...own })),
        upstream: [...upstream.values()],
      };
    };
    const stated = (more: Partial<Activity['zones'][number]>): Activity =>
      activityWith({ year: 2026, zones: [{ zone: 'GB', adders: 'none', document: 'of now', ...more }] });

    it('counts what was lost at the factor of each hour; only the rest takes the figure of the year', () => {
      const loss = ratio(0.1);
      const hours = [
        hour(0, live(100, 'generation'), { loss }),
        hour(1, live(300, 'generation'), { loss }),
        hour(2, live(100, 'generation')),
      ];
      const statement = made(stated({ loss: 0.2 }), { hours });
      const booked = lineOf(statement, 'scope3.3.GB.transmission.booked.GB/loss/user');
      expect(booked.kind === 'figure' && booked.value * 1e6).toBeCloseTo((12 * 100 + 12 * 300) / 9, 9);
      expect(booked.note).toBe(
        "24 kWh in 2 h, 22.2 g/kWh on average; loss 0.1 ratio, at live series of json, direct, CO2e, the agent's configuration of that time",
      );
      expect(booked.terms).toMatchObject({ basis: 'direct', gases: 'CO2e', series: 'json' });
      expect(lineOf(statement, 'factors.booked.GB/loss/user').kind).toBe('words');
      const rest = lineOf(statement, 'scope3.3.GB.transmission');
      expect(rest.note).toMatch(/^12 kWh x .* not booked by the hour: the factor of the year$/);
      const bare = lineOf(made(activityWith({ year: 2026 }), { hours }), 'scope3.3.GB');
      expect(bare.label).toContain('transmission of 12 kWh and upstream of 36 kWh, not booked by the hour');
    });

    it('adds no losses of the year to energy whose factor had them inside', () => {
      const hours = [hour(0, live(100, 'consumption'), { loss: ratio(0.1) })];
      const statement = made(stated({ loss: 0.1, upstream: gramsPerKWh(40) }), { hours });
      const ids = linesOf(statement).map(({ id }) => id);
      expect(ids.filter((id) => id.startsWith('scope3.3.GB.transmission'))).toEqual([]);
      expect(lineOf(statement, 'scope3.3.GB.inside').label).toContain('transmission of 12 kWh');
      expect(figureAt(statement, 'scope3.3.GB.upstream') * 1e6).toBeCloseTo(480, 9);
    });

    it('takes no figure for both parts where one of them was booked', () => {
      const both: UpstreamRow = { ...official.find(({ part }) => part === 'both')!, zone: 'GB', year: 2026 };
      const hours = [
        hour(0, live(100, 'generation'), { loss: ratio(0.1) }),
        hour(1, live(100, 'generation'), { official: [both] }),
        hour(2, live(100, 'generation')),
      ];
      const statement = made(stated({ adders: 'official' }), { hours, upstreams: [both] });
      const each = 12 * both.value;
      const name = 'GB/transmission+upstream/2026';
      expect(figureAt(statement, `scope3.3.GB.upstream.booked.${name}`) * 1e6).toBeCloseTo(each, 9);
      expect(figureAt(statement, 'scope3.3.GB.upstream') * 1e6, 'of the third hour').toBeCloseTo(each, 9);
      expect(lineOf(statement, 'scope3.3.GB.half').label).toContain('the other part of 12 kWh');
    });
  });

  it('leaves a gap with its reason where the tables hold nothing, and where nobody chose them', () => {
    const reason = (statement: ReturnType<typeof made>, zone: string): string => {
      const line = lineOf(statement, `scope3.3.${zone}`);
      return line.kind === 'gap' ? line.reason : '';
    };
    expect(reason(of('CN-GD'), 'CN-GD')).toBe(
      'not estimated: the tables hold no losses and no fuel supply of CN-GD',
    );
    const unasked = made(activityWith({ year: 2026, energy: [energy('GB')] }), { upstreams: official });
    expect(reason(unasked, 'GB')).toBe('not estimated: no adder held for GB');
  });
});
