/** The table of losses and fuel supply: official figures that an operator may choose for Scope 3.3. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTables } from '../../../src/grid/table.ts';
import { loadUpstreams, UPSTREAM_TABLE } from '../../../src/grid/upstreams.ts';
import type { UpstreamRow } from '../../../src/model/upstream.ts';

const FACTORS = join(import.meta.dirname, '../../../config/factors');
const rows = await loadUpstreams(FACTORS);
const keyOf = ({ zone, part, year, yearKind }: UpstreamRow): string => [zone, part, year, yearKind].join(' ');

describe('the table of losses and fuel supply', () => {
  it('has one answer to each question, and no zone with one figure for both beside figures for each', () => {
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
    const both = new Set(rows.filter(({ part }) => part === 'both').map(({ zone }) => zone));
    expect(rows.filter(({ zone, part }) => both.has(zone) && part !== 'both')).toEqual([]);
  });

  it('holds rows that may be passed on, each with its source', () => {
    const NOTICE = readFileSync(join(FACTORS, 'NOTICE.md'), 'utf8');
    const publishers: readonly (readonly [RegExp, RegExp, string])[] = [
      [/^US EPA eGRID2023 rev2/, /^US government work \(public domain\)$/, 'US EPA'],
      [/^UK Government GHG conversion factors/, /^OGL v3\.0$/, 'DESNZ'],
      [/^Australia National Greenhouse Accounts Factors/, /^CC BY 4\.0$/, 'DCCEEW'],
      [/^New Zealand MfE/, /^CC BY 4\.0$/, 'New Zealand, Ministry for the Environment'],
    ];
    for (const row of rows) {
      const known = publishers.find(([source]) => source.test(row.source));
      expect(row.licence, keyOf(row)).toMatch(known?.[1] ?? /no publisher/);
      expect(NOTICE).toContain(known?.[2]);
    }
  });

  it('holds zones that have a factor for Scope 2, under the names that they have there', async () => {
    const tables = await loadTables({ directory: FACTORS });
    for (const { zone, name } of rows) {
      const entry = tables.zones().find((one) => one.zone === zone);
      expect(entry?.usable, zone).toBe(true);
      expect(entry?.names, zone).toContain(name);
    }
  });

  it('holds the losses of all 27 subregions of eGRID, between 4 and 5 %', () => {
    const losses = rows.filter(({ zone, part }) => zone.startsWith('EGRID:') && part === 'loss');
    expect(losses).toHaveLength(27);
    for (const { value, zone } of losses) {
      expect(value, zone).toBeGreaterThanOrEqual(0.04);
      expect(value, zone).toBeLessThan(0.05);
    }
  });

  it('holds the figures that were read', () => {
    const value = (zone: string, part: string, year: number): number | undefined =>
      rows.find((row) => row.zone === zone && row.part === part && row.year === year)?.value;
    expect(value('US', 'loss', 2023)).toBe(0.042);
    expect([value('GB', 'transmission', 2025), value('GB', 'transmission', 2026)]).toEqual([18.53, 12.99]);
    expect(value('GB', 'upstream', 2026)).toBeCloseTo(36.82 + 3.59, 9);
    expect([value('AU-VIC', 'both', 2025), value('AU-NSW', 'both', 2025)]).toEqual([90, 30]);
    expect(value('NZ', 'transmission', 2025)).toBe(5.95616);
  });

  it('is written a row a line', () => {
    const text = readFileSync(join(FACTORS, UPSTREAM_TABLE), 'utf8');
    const lines = text.trimEnd().split('\n').slice(1, -1);
    expect(lines.map((line) => JSON.parse(line.replace(/,$/, '')))).toEqual(JSON.parse(text));
  });
});
