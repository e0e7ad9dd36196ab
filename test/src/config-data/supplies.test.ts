import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSupplies, SUPPLY_TABLES } from '../../../src/grid/supplies.ts';
import type { SupplyRow } from '../../../src/model/supply.ts';
import { parseCsv } from './csv.ts';

const FACTORS = join(import.meta.dirname, '../../../config/factors');
const CURATED = join(import.meta.dirname, '../../../../shared/data/factors/fuel.csv');
const rows = await loadSupplies(FACTORS);
const keyOf = ({ id, region, basis, gwp }: SupplyRow): string => [id, region, basis, gwp].join(' ');

describe('the tables of fuels and refrigerants', () => {
  it('have one answer to each question', () => {
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
  });

  it('hold rows that may be passed on, each with its source', () => {
    for (const row of rows) {
      expect(row.licence, keyOf(row)).toMatch(
        /^(OGL v3\.0|US government work|PRC standard; values are facts|facts, cite IPCC)/,
      );
      expect(row.source.length, keyOf(row)).toBeGreaterThan(10);
    }
  });

  it('state gases and warming potentials that belong together', () => {
    for (const row of rows) expect(row.gases === 'CO2', keyOf(row)).toBe(row.gwp === 'none');
  });

  it('hold the figures of the reference', () => {
    const value = (id: string, region: string, gwp: string): number | undefined =>
      rows.find(
        (row) => row.id === id && row.region === region && row.gwp === gwp && row.basis !== 'upstream',
      )?.value;
    expect(value('diesel', 'CN', 'none')).toBe(3.0959);
    expect(value('diesel-mineral', 'GB', 'AR5')).toBe(2.66155);
    expect(value('diesel-no2', 'US', 'AR5')).toBe(2.7051);
    expect(['AR4', 'AR5', 'AR6'].map((gwp) => value('R-410A', 'world', gwp))).toEqual([
      2087.5, 1923.5, 2255.5,
    ]);
    expect(value('R-134a', 'world', 'AR5')).toBe(1300);
  });

  it('compute a blend from its components by mass', () => {
    const gwp = (id: string, report: string): number =>
      rows.find((row) => row.id === id && row.gwp === report)?.value ?? Number.NaN;
    for (const report of ['AR4', 'AR5', 'AR6'])
      expect((gwp('R-32', report) + gwp('R-125', report)) / 2).toBeCloseTo(gwp('R-410A', report), 9);
  });

  it('are written a row a line', () => {
    for (const name of SUPPLY_TABLES) {
      const text = readFileSync(join(FACTORS, name), 'utf8');
      const lines = text.trimEnd().split('\n').slice(1, -1);
      expect(lines.map((line) => JSON.parse(line.replace(/,$/, '')))).toEqual(JSON.parse(text));
    }
  });
});

describe.skipIf(!existsSync(CURATED))('the curated table (skipped where ../shared/data is absent)', () => {
  it('agrees with every shipped row in every fact', () => {
    const wanted = parseCsv(readFileSync(CURATED, 'utf8'))
      .filter(({ kind }) => kind !== 'generation')
      .map(({ kind: _kind, factor, year, year_kind: yearKind, ...facts }) => ({
        ...facts,
        value: Number(factor),
        year: Number(year),
        yearKind,
      }));
    const sorted = (list: readonly object[]) =>
      list.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
    expect(sorted(rows)).toEqual(sorted(wanted));
  });
});
