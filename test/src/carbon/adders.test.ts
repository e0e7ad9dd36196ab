/** Scope 3.3 of a kWh: what the operator states, and official figures where he chose them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addersOf } from '../../../src/carbon/adders.ts';
import type { Activity, EnergyEntry } from '../../../src/carbon/statement-activity.ts';
import { openFactors } from '../../../src/factors.ts';
import { loadUpstreams } from '../../../src/grid/upstreams.ts';
import { gramsPerKWh, kilowattHours, ratio } from '../../../src/units.ts';
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
