import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-grid-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const load = async (providers: readonly object[]) => {
  const file = join(dir, 'negawatt.yaml');
  writeFileSync(file, JSON.stringify({ grid: { zone: 'DE', providers } }));
  return loadConfig({ file });
};
const problemsOf = async (...providers: readonly object[]): Promise<readonly string[]> => {
  const result = await load(providers);
  return result.ok ? [] : result.problems.map(({ what }) => what);
};
const own = {
  zone: 'DE',
  basis: 'direct',
  gases: 'CO2',
  interval: '15m',
  source: 'Example',
  licence: 'own use',
};
const json = { name: 'json', url: 'https://grid.example/now', ...own };

test('the example of providers is accepted, with times in seconds', async () => {
  const file = fileURLToPath(new URL('../../../config/examples/grid-providers.yaml', import.meta.url));
  const result = await loadConfig({ file, flags: { 'grid.zone': 'DE' } });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const [agent, table, address] = result.config.grid.providers;
  expect(agent).toMatchObject({ name: 'negawatt', signal: 'average', period: 300, timeout: 20 });
  expect(table).toMatchObject({ name: 'file', interval: 900, unit: 'g/kWh', period: 60 });
  expect(address).toMatchObject({ name: 'json', interval: 300, signal: 'marginal', value: 'ci.lb' });
});

test('a slip of the pen in the name of a provider is told with the name that was meant', async () => {
  expect(await problemsOf({ name: 'negawat', url: 'http://a', zone: 'DE' })).toEqual([
    expect.stringMatching(
      /^grid\.providers\.0\.name is "negawat"; it must be one of .*; did you mean negawatt\?$/,
    ),
  ]);
});

test('a provider without a name is told what the names are', async () => {
  const [problem] = await problemsOf({ url: 'http://a', zone: 'DE' });
  expect(problem).toMatch(/^grid\.providers\.0\.name is missing; it must be one of file, json, negawatt/);
});

test('an unknown key of a provider is told with the one that was meant, of that provider', async () => {
  expect(await problemsOf({ ...json, key_fil: '/k' })).toEqual([
    'grid.providers.0.key_fil is no key of the configuration; did you mean grid.providers.0.key_file?',
  ]);
  expect(await problemsOf(json, { name: 'negawatt', url: 'http://a', zoen: 'DE', zone: 'FR' })).toEqual([
    'grid.providers.1.zoen is no key of the configuration; did you mean grid.providers.1.zone?',
  ]);
});

test('a key of another provider is no key of this one', async () => {
  const [problem] = await problemsOf({ name: 'file', path: '/f.csv', ...own, key_file: '/k' });
  expect(problem).toMatch(/^grid\.providers\.0\.key_file is no key/);
});

test('a duration out of range is told with what is allowed', async () => {
  expect(await problemsOf({ ...json, interval: '1s' })).toEqual([
    'grid.providers.0.interval is "1s"; it must be a duration from 1m to 31d, in ms, s, m, h or d, for example 1h',
  ]);
});

test.each([
  ['a marginal basis under the signal average', { ...json, basis: 'marginal' }],
  ['warming potentials beside CO2 alone', { ...json, gwp: 'AR5' }],
  ['two places of one key', { ...json, key_file: '/k', key_env: 'K' }],
])('%s is refused', async (_, provider) => {
  const [problem, ...more] = await problemsOf(provider);
  expect(problem).toMatch(/^grid\.providers\.0 .*it must be a mapping of name: json/);
  expect(more).toEqual([]);
});

test('a password in an address is refused', async () => {
  expect(await problemsOf({ ...json, url: 'https://me:secret@grid.example/' })).toHaveLength(1);
});

test('the same provider twice is refused', async () => {
  expect(await problemsOf(json, json)).toEqual([
    expect.stringMatching(/^grid\.providers .* different mappings/),
  ]);
  expect(await problemsOf(json, { ...json, zone: 'FR' })).toEqual([]);
});
