import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { createGridEntries, GRID_KINDS } from '../../../src/grid/index.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-grid-named-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const problemsOf = async (provider: object): Promise<readonly string[]> => {
  const file = join(dir, 'negawatt.yaml');
  writeFileSync(file, JSON.stringify({ grid: { zone: 'DE', providers: [provider] } }));
  const result = await loadConfig({ file });
  return result.ok ? [] : result.problems.map(({ what }) => what);
};

test('the example has every kind of provider, and each can be made from it', async () => {
  const file = fileURLToPath(new URL('../../../config/examples/grid-providers.yaml', import.meta.url));
  const result = await loadConfig({ file, flags: { 'grid.zone': 'DE' } });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { providers } = result.config.grid;
  expect(providers.map(({ name }) => name).sort()).toEqual(GRID_KINDS.map(({ name }) => name).sort());
  const labels = createGridEntries(providers, {}).map(({ provider }) => provider.label);
  expect(labels).toEqual(
    expect.arrayContaining([
      'Electricity Maps, zone DE, direct',
      'WattTime, region CAISO_NORTH, co2_moer',
      'GB Carbon Intensity (NESO), region 13',
      'RTE eCO2mix, France',
      'ENTSO-E, bidding zone 10Y1001A1001A82H, derived',
      'Carbon Aware SDK, location westeurope, average',
      'Singularity, region ISONE, consumed',
      'Ember, FRA, monthly, lifecycle',
    ]),
  );
});

test.each([
  [
    'a region and a postcode',
    { name: 'gb-carbon-intensity', region: 13, postcode: 'EC1A' },
    /region or postcode, not both/,
  ],
  ['an unnamed signal', { name: 'watttime', region: 'PJM_DC' }, /signal_type is missing.*co2_moer, co2_aoer/],
  [
    'factors without a document',
    { name: 'entsoe', domain: '10YFR-RTE------C', factors: { B02: 1050 } },
    /factors_document/,
  ],
  [
    'an SDK without its data source',
    { name: 'carbon-aware-sdk', url: 'http://a', location: 'x' },
    /signal is missing/,
  ],
  ['a key where there is none', { name: 'rte', key_file: '/k' }, /key_file is no key of the configuration/],
  [
    'a key over a line that anyone can read',
    { name: 'ember', entity_code: 'FRA', url: 'http://a.example' },
    /url is/,
  ],
])('%s is refused', async (_, provider, message) => {
  expect((await problemsOf(provider)).join('\n')).toMatch(message);
});
