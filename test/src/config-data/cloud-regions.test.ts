/** Which grid a region of a cloud draws from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFactors } from '../../../src/factors.ts';
import type { CloudRegion } from '../../../src/grid/cloud-regions.ts';
import { loadTables } from '../../../src/grid/table.ts';

const CONFIG = join(import.meta.dirname, '../../../config');
const regions: readonly CloudRegion[] = JSON.parse(readFileSync(join(CONFIG, 'cloud-regions.json'), 'utf8'));
const of = (zone: string) =>
  openFactors({
    directory: join(CONFIG, 'factors'),
    userFiles: [],
    zone,
    example: false,
    location: undefined,
    market: undefined,
    pue: undefined,
  });
const NOON = Date.UTC(2026, 5, 1, 12);

describe('regions of clouds', () => {
  it('are each named once, of a provider that is known, with their place', () => {
    const keys = regions.map(({ provider, region }) => `${provider}:${region}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(regions.length).toBeGreaterThan(100);
    for (const one of regions) {
      expect(['aws', 'gcp', 'azure', 'alibaba']).toContain(one.provider);
      expect(one.region).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(one.location.length).toBeGreaterThan(2);
    }
  });

  it('lead each to a zone that the tables hold, whether its factor may be used or not', async () => {
    const tables = await loadTables({ directory: join(CONFIG, 'factors') });
    const zones = new Set(tables.zones().map(({ zone }) => zone));
    expect(regions.filter(({ zone }) => !zones.has(zone))).toEqual([]);
  });

  it('take the factor of their grid: a province, a subregion, a country', async () => {
    const factors = await Promise.all(
      [
        ...['alibaba:cn-shenzhen', 'aws:us-west-1', 'azure:swedencentral', 'gcp:europe-west3'],
        ...['aws:ca-central-1', 'gcp:northamerica-northeast2', 'azure:canadacentral', 'azure:canadaeast'],
      ].map(async (zone) => (await of(zone))(NOON).location?.row.zone),
    );
    expect(factors).toEqual([
      ...['CN-GD', 'EGRID:CAMX', 'SE', 'DE'],
      ...['CA-QC', 'CA-ON', 'CA-ON', 'CA-QC'],
    ]);
  });

  it('that are misspelt are an error that names near ones; nothing is guessed', async () => {
    const { location, problems } = (await of('aws:eu-central1'))(NOON);
    expect(location).toBeUndefined();
    expect(problems[0]?.fix).toContain('aws:eu-central-1');
    expect(problems[0]?.reason).toMatch(/not among the \d+ regions of aws/);
  });
});
