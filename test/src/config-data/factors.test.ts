import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nearZones } from '../../../src/carbon/near-zone.ts';
import { locationFactor } from '../../../src/carbon/select.ts';
import { findZone } from '../../../src/carbon/zone.ts';
import { SUPPLY_TABLES } from '../../../src/grid/supplies.ts';
import { type FactorTables, loadTables, SHIPPED_TABLES } from '../../../src/grid/table.ts';
import { UPSTREAM_TABLE } from '../../../src/grid/upstreams.ts';
import type { FactorRow } from '../../../src/model/factor.ts';
import { parseCsv } from './csv.ts';

const FACTORS = join(import.meta.dirname, '../../../config/factors');
const CURATED = join(import.meta.dirname, '../../../../shared/data/factors');
/** In a folder of its own because of its licence; read where the operator names it alone. */
const MARGINAL_TABLE = 'share-alike/marginal-ifi.json';
const ALL = [...SHIPPED_TABLES, MARGINAL_TABLE];
const read = (name: string): readonly FactorRow[] => JSON.parse(readFileSync(join(FACTORS, name), 'utf8'));
const all: readonly FactorRow[] = ALL.flatMap(read);
const nameOf = (row: FactorRow): string => `${row.zone} ${row.basis} ${row.year} ${row.yearKind}`;

const LICENCES: readonly (readonly [string, RegExp])[] = [
  ['grid-direct.json', /^(CC BY 4\.0|OGL v3\.0|US government work|PRC government announcement)/],
  ['grid-canada.json', /^Open Government Licence - Canada$/],
  ['grid-lifecycle.json', /^CC BY 4\.0$/],
  ['residual-mix.json', /^(CC BY 4\.0$|PRC government announcement)/],
  [MARGINAL_TABLE, /^CC BY-SA 4\.0/],
];

let tables: FactorTables;
beforeAll(async () => {
  tables = await loadTables({ directory: FACTORS, shipped: ALL });
});

describe('the shipped tables', () => {
  it('are all the JSON files of the folder, and each is under a licence that allows passing it on', () => {
    const files = readdirSync(FACTORS, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    );
    // Fuels and refrigerants, and losses and fuel supply, have a form and a test of their own.
    expect(files.sort()).toEqual([...ALL, ...SUPPLY_TABLES, UPSTREAM_TABLE].sort());
    expect(LICENCES.map(([name]) => name).sort()).toEqual([...ALL].sort());
    for (const [name, allowed] of LICENCES)
      for (const row of read(name)) expect(row.licence).toMatch(allowed);
  });

  it('hold share-alike rows in the folder of their own alone', () => {
    const shareAlike = all.filter(({ licence }) => /SA|ODbL|GPL/.test(licence));
    expect(shareAlike).toEqual(read(MARGINAL_TABLE));
  });

  it('have one row a line, so that a line number names a row', () => {
    for (const name of ALL) {
      const lines = readFileSync(join(FACTORS, name), 'utf8').trimEnd().split('\n').slice(1, -1);
      expect(lines.map((line) => JSON.parse(line.replace(/,$/, '')))).toEqual(read(name));
    }
  });

  it('have every row loaded, each under a key of its own', () => {
    expect(new Set(all.map(nameOf)).size).toBe(all.length);
    expect(tables.zones().flatMap(({ zone }) => tables.rowsOf(zone))).toHaveLength(all.length);
  });

  it('stand within what a grid can emit, with gases and warming potentials that belong together', () => {
    for (const row of all) {
      expect(row.value, nameOf(row)).toBeGreaterThanOrEqual(0);
      expect(row.value, nameOf(row)).toBeLessThanOrEqual(1500);
      expect(row.gases === 'CO2', nameOf(row)).toBe(row.gwp === 'none');
    }
  });

  it('count at least as much with all gases as with CO2 alone, wherever both are known', () => {
    const known = all.flatMap((row) => {
      const pounds = /^CO2 alone: ([\d.]+) lb\/MWh/.exec(row.note)?.[1];
      return pounds === undefined ? [] : [{ row, co2: Number(pounds) * 0.45359237 }];
    });
    expect(known).toHaveLength(84); // eGRID: 27 subregions and the United States, three editions.
    for (const { row, co2 } of known) expect(row.value, nameOf(row)).toBeGreaterThanOrEqual(co2 - 0.0005);
  });

  it('put direct above lifecycle in the same year for the zones that the README doubts, and no others', () => {
    const life = new Map(read('grid-lifecycle.json').map((row) => [`${row.zone} ${row.year}`, row.value]));
    const above = read('grid-direct.json').filter(
      (row) => row.value > (life.get(`${row.zone} ${row.year}`) ?? Infinity),
    );
    expect(above.map((row) => `${row.zone} ${row.year}`)).toEqual(['AU 2024']); // An edition: its data are of 2022.
    const doubted = read('grid-direct.json').filter(({ note }) =>
      note.startsWith('higher than the lifecycle'),
    );
    expect(doubted.map(({ zone }) => zone)).toEqual(['BE', 'CY', 'EE']);
  });

  it('hold the figures of the reference', () => {
    const value = (zone: string, year: number): number | undefined =>
      tables.rowsOf(zone).find((row) => row.basis === 'direct' && row.year === year)?.value;
    expect([value('CN-GD', 2023), value('CN-NM', 2023), value('CN', 2023)]).toEqual([441.9, 647.9, 530.6]);
    expect(value('EGRID:CAMX', 2023)).toBe(195.037);
    expect(429.983 * 0.45359237).toBeCloseTo(195.037, 3);
    expect([value('GB', 2025), value('CN', 2022), value('CN', 2021)]).toEqual([177, 536.6, 556.8]);
  });

  it('hold the 13 provinces and territories of Canada, per kWh used, so that no losses are added', () => {
    const canada = read('grid-canada.json');
    expect(canada.map(({ zone }) => zone)).toEqual(
      ['AB', 'BC', 'MB', 'NB', 'NL', 'NS', 'NT', 'NU', 'ON', 'PE', 'QC', 'SK', 'YT'].map(
        (code) => `CA-${code}`,
      ),
    );
    for (const row of canada)
      expect(row, row.zone).toMatchObject({ year: 2024, boundary: 'consumption', check: 'needs-check' });
    const value = (zone: string) => canada.find((row) => row.zone === zone)?.value;
    expect(['CA-AB', 'CA-ON', 'CA-QC', 'CA-BC'].map(value)).toEqual([346, 73, 2.6, 18]);
    expect(readFileSync(join(FACTORS, 'NOTICE.md'), 'utf8')).toContain(
      'Contains information licensed under the Open Government Licence – Canada',
    );
  });

  it('hold no world average to fall back on', () => {
    expect(all.filter(({ zone, name }) => /world|global/i.test(`${zone} ${name}`))).toEqual([]);
  });
});

describe('every shipped zone', () => {
  it('is found by its code and named when its name is given', () => {
    const index = tables.zones();
    for (const entry of index) {
      expect(findZone(entry.zone, index)).toEqual({ found: true, value: entry });
      // "US state CA" is no name that anybody types, and such a zone is refused anyhow.
      const names = entry.names.filter((name) => !name.startsWith('US state '));
      for (const name of names)
        expect(nearZones(name, index, 3).map(({ zone }) => zone)).toContain(entry.zone);
    }
  });

  it('has a location-based factor exactly if it has a direct row that Scope 2 takes', () => {
    for (const { zone, usable } of tables.zones()) {
      const factor = locationFactor({ zone, year: 2026, rows: tables.candidatesOf(zone) });
      const direct = tables
        .rowsOf(zone)
        .some((row) => row.basis === 'direct' && !['state-output', 'aggregate'].includes(row.level));
      expect([factor.found, usable], zone).toEqual([direct, direct]);
    }
  });
});

/** Licences under which a curated row is not shipped, and the line of the README that says so. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /^Government of Canada document/,
    '| Canada (ECCC), 39 rows | terms of the document; `grid-canada.json` rests on the open data set instead |',
  ],
  [/^Government of India publication/, '| India (CEA), 2 rows | terms not yet checked |'],
  [
    /^AIB publication/,
    "| Residual mixes of Europe (AIB), 26 rows | AIB's permission is needed to pass them on |",
  ],
  [/^Green-e/, '| Residual mixes of the United States (Green-e), 27 rows | terms not yet checked |'],
];
const CURATED_TABLES = [
  'grid-direct',
  'grid-direct-history',
  'grid-lifecycle',
  'residual-mix',
  'marginal',
] as const;

describe.skipIf(!existsSync(CURATED))(
  'the curated tables (skipped where ../shared/data/factors is absent)',
  () => {
    // Read once the tests run: the body of a suite runs even where the suite is skipped.
    let curated: ReturnType<typeof parseCsv> = [];
    beforeAll(() => {
      curated = CURATED_TABLES.flatMap((name) =>
        parseCsv(readFileSync(join(CURATED, `${name}.csv`), 'utf8')),
      );
    });
    const leftOut = (row: Readonly<Record<string, string>>): boolean =>
      LEFT_OUT.some(([licence]) => licence.test(row.licence ?? ''));

    it('agree with every shipped row in every figure and every fact about it', () => {
      const wanted = curated
        .filter((row) => !leftOut(row))
        .map((row) => ({
          zone: row.zone,
          name: row.name,
          level: row.level,
          value: Number(row.factor_gco2e_per_kwh),
          basis: row.basis,
          gases: row.gases,
          gwp: row.gwp,
          boundary: row.boundary,
          year: Number(row.year),
          yearKind: row.year_kind,
          source: row.source,
          licence: row.licence,
          check: row.check,
        }));
      // Canada's rows come from an open data set of the publisher and not from these tables.
      const taken = all.filter(({ licence }) => licence !== 'Open Government Licence - Canada');
      const shipped = taken.map(({ citation: _citation, note: _note, ...facts }) => facts);
      const order = ({
        basis,
        zone,
        year,
      }: {
        basis: string | undefined;
        zone: string | undefined;
        year: number;
      }): string => `${basis} ${zone} ${year}`;
      const sorted = <T extends Parameters<typeof order>[0]>(rows: readonly T[]): readonly T[] =>
        [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1));
      expect(sorted(shipped)).toEqual(sorted(wanted));
    });

    it('hold back rows for the reasons that the README lists, with their number', () => {
      const readme = readFileSync(join(FACTORS, 'README.md'), 'utf8');
      for (const [licence, line] of LEFT_OUT) {
        const held = curated.filter((row) => licence.test(row.licence ?? ''));
        expect(line).toContain(`, ${held.length} rows`);
        expect(readme).toContain(line);
      }
    });
  },
);
