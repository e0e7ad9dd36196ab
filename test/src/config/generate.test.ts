import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { annotatedDefaults, jsonSchema } from '../../../src/config/generate.ts';
import { environmentName, example, flagName, leaves } from '../../../src/config/keys.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { isExample } from '../../../src/config/meaning.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { type SourcesOptions, sourcesOptions } from '../../../src/sources/options.ts';

const shipped = (name: string): string => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url));
const load = async (file?: string) => {
  const result = await loadConfig(file === undefined ? {} : { file });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
};

// `npx vitest run --update -- test/src/config` writes the two files anew.
describe('the committed files are what the schema says', () => {
  test('config/negawatt.yaml', async () => {
    await expect(annotatedDefaults()).toMatchFileSnapshot(shipped('negawatt.yaml'));
  });
  test('config/negawatt.schema.json', async () => {
    await expect(jsonSchema()).toMatchFileSnapshot(shipped('negawatt.schema.json'));
  });
});

test('config/negawatt.yaml is exactly the defaults', async () => {
  const defaults = await load();
  const file = await load(shipped('negawatt.yaml'));
  expect(file.config).toEqual(defaults.config);
  expect(file.sha256).toBe(defaults.sha256);
});

test('what stands commented out in config/negawatt.yaml works once the # is taken away', async () => {
  const names = new Set(leaves().flatMap(({ path }) => path));
  const keyLine = /^( *)# (([a-z0-9_]+):.*)$/;
  const lines = annotatedDefaults()
    .split('\n')
    .map((line) => {
      const [, indent, rest, name] = keyLine.exec(line) ?? [];
      return name !== undefined && names.has(name) ? `${indent}${rest}` : line;
    });
  const dir = mkdtempSync(join(tmpdir(), 'negawatt-generated-'));
  writeFileSync(join(dir, 'all.yaml'), lines.join('\n'));
  const { config, settings } = await load(join(dir, 'all.yaml'));
  rmSync(dir, { recursive: true });
  expect(config.site.pue).toBe(1.4);
  expect(config.grid.market).toMatchObject({ factor: 42, year: 2025, gases: 'CO2e' });
  expect(settings.filter(({ origin }) => origin.from === 'default')).toEqual([]);
});

test('the example of own meters is accepted, each with one place that it is read from', async () => {
  const { config } = await load(shipped('examples/custom-meters.yaml'));
  const { meters } = config.sources.custom;
  expect(meters.map(({ name }) => name)).toEqual(['rack-pdu-7', 'bench-meter', 'board-tool', 'pdu-api']);
  expect(meters[3]).toMatchObject({ interval: 120, http: { url: 'https://pdu.example.net/api/outlets/7' } });
});

test('every key says what it is for, and its example is accepted', async () => {
  for (const key of leaves()) {
    expect(key.shape.description?.length, key.name).toBeGreaterThan(10);
    const siblings = ['grid.location.', 'grid.market.', 'embodied.host.', 'site.tariff.', 'site.pue_metric.'];
    siblings.push('export.otlp.cert_file', 'export.otlp.key_file');
    if (siblings.some((section) => key.name.startsWith(section))) continue;
    const value = example(key.shape);
    const raw = key.path.reduceRight<unknown>((inside, step) => ({ [step]: inside }), value);
    expect(configSchema.safeParse(raw).success, `${key.name}: ${JSON.stringify(value)}`).toBe(true);
  }
});

test('the options of every source come from the configuration as the sources take them', async () => {
  const { config } = await load();
  const options: SourcesOptions = config.sources;
  // Like for like: a number in the sources' own defaults is seconds where the configuration has a duration.
  expect(sourcesOptions.parse({})).toEqual(
    Object.fromEntries(
      Object.entries(options)
        .filter(([name]) => name in sourcesOptions.shape)
        .map(([name, all]) => [name, { ...all, enabled: undefined }]),
    ),
  );
});

test('no two keys share a variable or a flag', () => {
  const keys = leaves();
  expect(new Set(keys.map(environmentName)).size).toBe(keys.length);
  expect(new Set(keys.map(flagName)).size).toBe(keys.length);
});

test('the quickstart is short, loads, and owns up to its example', async () => {
  const text = readFileSync(shipped('quickstart.yaml'), 'utf8');
  expect(text.split('\n').length).toBeLessThan(30);
  expect(text).toContain('EXAMPLE');
  const { config } = await load(shipped('quickstart.yaml'));
  expect(isExample(config)).toBe(true);
  const rows = JSON.parse(readFileSync(shipped('factors/grid-direct.json'), 'utf8')) as { zone: string }[];
  expect(rows.some(({ zone }) => zone === config.grid.example_zone)).toBe(true);
});
