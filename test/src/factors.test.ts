/** The chain of factors: own, live, official table, country, none; each with its id and status. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { LiveSeries } from '../../src/carbon/live.ts';
import { type CarbonOptions, openFactors } from '../../src/factors.ts';
import type { GridReading } from '../../src/model/grid.ts';
import type { AdderPins } from '../../src/model/pins.ts';
import { readAdderPins, readPins, writeAdderPins, writePins } from '../../src/store/index.ts';
import { gramsPerKWh, ratio } from '../../src/units.ts';
import { gridSeries } from '../fixtures/samples.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 5, 1, 12);
const open = (more: Partial<CarbonOptions> = {}) =>
  openFactors({
    directory: fileURLToPath(new URL('../../config/factors', import.meta.url)),
    userFiles: [],
    zone: 'DE',
    example: false,
    location: undefined,
    market: undefined,
    pue: undefined,
    ...more,
  });
const reading = (from: number, value: number): GridReading => ({
  from,
  to: from + HOUR,
  value: gramsPerKWh(value),
  estimated: false,
});
const series = (...readings: readonly GridReading[]): LiveSeries => ({
  series: gridSeries({ zone: 'DE-LU' }),
  readings,
});

describe('a tenancy that changes within the year', () => {
  it('holds for its time, and an answer that ends with it', async () => {
    const value = 'leased' as const;
    const carbonAt = await open({
      tenancy: 'owned',
      tenancies: [{ from: NOON, to: NOON + HOUR, value }],
    });
    expect(carbonAt(NOON - 1)).toMatchObject({ tenancy: 'owned', until: NOON });
    expect(carbonAt(NOON)).toMatchObject({ tenancy: 'leased', until: NOON + HOUR });
    expect(carbonAt(NOON + HOUR).tenancy).toBe('owned');
  });
});

describe('the location-based factor', () => {
  it('is the live one while there is one, then the table under an id of its own, and live again', async () => {
    let list: readonly LiveSeries[] = [series(reading(NOON, 123))];
    const carbonAt = await open({ live: () => list });
    expect(carbonAt(NOON + 1).location).toMatchObject({ id: 'DE/direct/json', status: 'live' });
    expect(carbonAt(NOON + 2.5 * HOUR).location?.status).toBe('live_stale');
    expect(carbonAt(NOON + 20 * HOUR).location?.status).toBe('live_degraded');
    const fallen = carbonAt(NOON + 25 * HOUR).location;
    expect(fallen).toMatchObject({ status: 'annual_fallback', row: { basis: 'direct' } });
    expect(fallen?.id).toMatch(/^DE\/direct\/\d{4}\/annual_fallback$/);
    list = [...list, series(reading(NOON + 25 * HOUR, 50))];
    expect(carbonAt(NOON + 25 * HOUR + 1).location).toMatchObject({ status: 'live', row: { value: 50 } });
  });

  it('is never a marginal or lifecycle one, whatever is live', async () => {
    const one = series(reading(NOON, 123));
    const lifecycle = { ...one, series: { ...one.series, basis: 'lifecycle' as const } };
    const { location } = (await open({ live: () => [lifecycle] }))(NOON);
    expect(location?.status, 'and no live one was promised').not.toBe('annual_fallback');
    expect(location?.provider).toBe('table');
  });

  it('is the operator’s own before any live one', async () => {
    const own = { factor: gramsPerKWh(42), document: 'Disclosure', year: 2026, gases: 'CO2e' as const };
    const carbonAt = await open({ location: own, live: () => [series(reading(NOON, 123))] });
    expect(carbonAt(NOON).location).toMatchObject({ status: 'user', row: { value: 42 } });
  });

  it('is that of the country only where the operator allows it', async () => {
    const zone = 'US-CA';
    const strict = (await open({ zone }))(NOON);
    expect(strict.location).toBeUndefined();
    expect(strict.problems[0]?.reason).toMatch(/state output rate/);
    const wide = (await open({ zone, fallback: 'country' }))(NOON).location;
    expect(wide).toMatchObject({ status: 'country_fallback', row: { zone: 'US' } });
    expect(wide?.id).toMatch(/^US\/direct\/\d{4}\/country_fallback$/);
  });

  it('changes with the year, at midnight UTC, and the answer says until when it holds', async () => {
    const carbonAt = await open();
    const { until, location } = carbonAt(NOON);
    expect(until).toBe(Date.UTC(2027, 0));
    expect(location?.status).toBe('earlier');
    expect(carbonAt(Date.UTC(2020, 5)).location?.status).toBe('later');
    expect(carbonAt(NOON).location?.status, 'asked for an earlier time meanwhile').toBe('earlier');
  });
});

describe('site and contracts', () => {
  it('PUE holds for its period, the constant outside of it', async () => {
    const from = NOON;
    const carbonAt = await open({
      pue: ratio(1.5),
      puePeriods: [{ from, to: from + HOUR, value: ratio(1.2) }],
    });
    expect([carbonAt(from - 1), carbonAt(from), carbonAt(from + HOUR)].map(({ pue }) => pue)).toEqual([
      1.5, 1.2, 1.5,
    ]);
    expect(carbonAt(from - 1).until).toBe(from);
  });

  it('instruments, tenancy, losses come with the factors', async () => {
    const carbonAt = await open({
      zone: 'CN',
      tenancy: 'colocated',
      upstream: { loss: ratio(0.05) },
      instruments: [
        {
          name: 'wind',
          kind: 'certificates',
          from: NOON,
          to: NOON + HOUR,
          share: ratio(0.5),
          factor: gramsPerKWh(0),
          gases: 'CO2e',
          document: 'GO 1',
        },
      ],
    });
    const { covered, tenancy, adders, market } = carbonAt(NOON);
    expect(covered?.[0]?.factor.id).toBe('CN/certificates/wind');
    expect(tenancy).toBe('colocated');
    expect(adders?.[0]).toMatchObject({ part: 'transmission' });
    expect(market?.row.basis).toBe('residual');
  });

  it('hold energy alone without a zone', async () => {
    const carbon = (await open({ zone: undefined, pue: ratio(1.4) }))(NOON);
    expect(carbon).toMatchObject({ zone: undefined, location: undefined, market: undefined, pue: 1.4 });
    expect(carbon.problems[0]?.reason).toMatch(/no grid zone/);
  });
});

describe('a year that has begun', () => {
  /** A table of one direct factor, as an edition of the shipped one. */
  const edition = (value: number, year = 2023): string => {
    const folder = mkdtempSync(join(tmpdir(), 'negawatt-factors-'));
    folders.push(folder);
    const row = {
      zone: 'DE',
      name: 'Germany',
      level: 'country',
      value,
      basis: 'direct',
      gases: 'CO2e',
      gwp: 'AR5',
      boundary: 'production',
      year,
      yearKind: 'data',
      source: 'a test',
      licence: 'own',
      citation: '-',
      check: 'primary',
      note: '-',
    };
    writeFileSync(join(folder, 'grid-direct.json'), JSON.stringify([row]));
    for (const empty of ['grid-canada.json', 'grid-lifecycle.json', 'residual-mix.json'])
      writeFileSync(join(folder, empty), '[]');
    return folder;
  };
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  const NEXT_YEAR = Date.UTC(2027, 5);

  it('stays with the factor that it began with when newer tables come; the next year takes the new one', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-pins-'));
    folders.push(dir);
    const withPins = (directory: string, restate: readonly number[] = []) => {
      const read = readPins(dir);
      const held = read.found ? read.value : new Map();
      return open({ directory, pins: { held, keep: (pins) => writePins(dir, pins), restate } });
    };
    expect((await withPins(edition(329)))(NOON).location?.row.value).toBe(329);
    const restarted = await withPins(edition(300, 2025));
    expect(restarted(NOON).location).toMatchObject({ id: 'DE/direct/2023', row: { value: 329 } });
    expect(restarted(NOON).market?.row.value, 'by both methods').toBe(329);
    expect(restarted(NEXT_YEAR).location).toMatchObject({ id: 'DE/direct/2025', row: { value: 300 } });
    expect((await withPins(edition(300, 2025), [2026]))(NOON).location?.row.value, 'restated').toBe(300);
    expect((await withPins(edition(290, 2025)))(NOON).location?.row.value, 'and pinned anew').toBe(300);
  });

  it('keeps the losses and the fuel supply of the tables that it began with over a restart with newer ones', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-pins-'));
    folders.push(dir);
    const table = (transmission: number): string => {
      const directory = edition(329);
      const rows = JSON.parse(readFileSync('config/factors/grid-upstream.json', 'utf8')) as {
        zone: string;
      }[];
      const row = { ...rows.find(({ zone }) => zone === 'GB'), zone: 'DE', value: transmission };
      writeFileSync(join(directory, 'grid-upstream.json'), JSON.stringify([row]));
      return directory;
    };
    const begun = (directory: string, restate: readonly number[] = []) => {
      const read = readAdderPins(dir);
      const held = read.found ? read.value : new Map();
      const adders = { held, keep: (pins: AdderPins) => writeAdderPins(dir, pins) };
      return open({
        directory,
        upstream: { adders: 'official' },
        pins: { held: new Map(), keep: () => {}, adders, restate },
      });
    };
    const lossIn = async (carbonAt: ReturnType<typeof begun>, wall = NOON) =>
      (await carbonAt)(wall).adders?.map(({ perKWh }) => perKWh);
    expect(await lossIn(begun(table(18.53)))).toEqual([18.53]);
    const restarted = begun(table(12.99));
    expect(await lossIn(restarted)).toEqual([18.53]);
    expect(await lossIn(restarted, NEXT_YEAR), 'the next year takes the new one').toEqual([12.99]);
    expect(await lossIn(begun(table(11), [2026])), 'restated').toEqual([11]);
    expect(await lossIn(begun(table(10))), 'and pinned anew').toEqual([11]);
    writeFileSync(join(dir, 'adder-pins.json'), '{"format":1,"years":{"DE 2026":[{"zone":"DE"}]}}');
    expect(readAdderPins(dir)).toMatchObject({ found: false, state: 'unreadable' });
  });

  it('is not pinned for an example, nor by a row of the operator’s own, which goes before a pin', async () => {
    const kept: unknown[] = [];
    const pins = { held: new Map(), keep: (all: unknown) => kept.push(all), restate: [] };
    const own = { factor: gramsPerKWh(42), document: 'Disclosure', year: 2026, gases: 'CO2e' as const };
    (await open({ directory: edition(329), example: true, pins }))(NOON);
    expect(kept).toEqual([]);
    const row = (await open({ directory: edition(329) }))(NOON).location!.row;
    const held = new Map([['DE 2026', [row]]]);
    const carbonAt = await open({ directory: edition(300), location: own, pins: { ...pins, held } });
    expect(carbonAt(NOON).location?.row.value).toBe(42);
  });

  it('says so when its file is damaged, and is absent before the first year', () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-pins-'));
    folders.push(dir);
    expect(readPins(dir)).toMatchObject({ found: false });
    for (const text of ['{', '{"format":2,"years":{}}', '{"format":1,"years":{"DE 2026":[{"zone":"DE"}]}}']) {
      writeFileSync(join(dir, 'factor-pins.json'), text);
      expect(readPins(dir)).toMatchObject({
        found: false,
        state: 'unreadable',
        reason: expect.stringContaining(dir),
      });
    }
  });
});
