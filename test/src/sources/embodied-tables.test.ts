import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gpuFigure, hostFigure } from '../../../src/carbon/embodied.ts';
import type { ServerSheet } from '../../../src/model/embodied.ts';
import type { Inventory } from '../../../src/model/host.ts';
import { readServerSheets } from '../../../src/sources/server-sheets.ts';
import { bytes } from '../../../src/units.ts';
import { HARDWARE, policyFor, shippedTables } from '../../fixtures/embodied.ts';

const load = (name: string): readonly Record<string, unknown>[] =>
  JSON.parse(readFileSync(join(HARDWARE, name), 'utf8'));
const notice = readFileSync(join(HARDWARE, 'NOTICE.md'), 'utf8');
const figures = load('embodied.json');
const sheets = load('embodied-odbl.json');

test('every figure has its value, boundary, lifetime basis, source, licence and citation', () => {
  for (const row of [...figures, ...sheets]) {
    const name = JSON.stringify(row);
    for (const key of ['source', 'licence', 'citation', 'basis', 'check'])
      expect(row[key], name).toMatch(/\S/);
    expect(['manufacturing', 'cradle-to-gate'], name).toContain(row.boundary);
    expect(row.gases, name).toBe('CO2e');
    expect(row.lifetime_years === null || row.lifetime_years === 4, name).toBe(true);
  }
});

test('figures lie where such things can lie: a server 400 to 3,000 kg, a GPU 100 to 400, a part up to 100', () => {
  for (const { kg_co2e, model } of sheets) {
    expect(kg_co2e, model as string).toBeGreaterThan(400);
    expect(kg_co2e, model as string).toBeLessThan(3000);
  }
  for (const { item, kg_co2e } of figures) {
    const [least, most] =
      item === 'server-base' ? [500, 2000] : /gpu|NVIDIA/.test(item as string) ? [100, 400] : [0.5, 100];
    expect(kg_co2e, item as string).toBeGreaterThanOrEqual(least);
    expect(kg_co2e, item as string).toBeLessThanOrEqual(most);
  }
});

test('no key stands twice', () => {
  expect(new Set(sheets.map(({ vendor, model }) => `${vendor} ${model}`)).size).toBe(sheets.length);
  expect(new Set(figures.map(({ item }) => item)).size).toBe(figures.length);
  const names = figures.flatMap((row) => row.names as string[]);
  expect(new Set(names).size).toBe(names.length);
});

test('share-alike rows are in a file of their own, which nothing imports, and every licence has its notice', () => {
  expect(new Set(sheets.map(({ licence }) => licence))).toEqual(new Set(['ODbL-1.0']));
  expect(new Set(figures.map(({ licence }) => licence))).toEqual(
    new Set(['Apache-2.0', 'single published fact, cited']),
  );
  expect(notice).toContain(
    'Contains information from Boavizta environmental-footprint-data, made available under the ODbL 1.0',
  );
  expect(notice).toContain('2021 Thoughtworks');
  expect(notice).toContain('NVIDIA, HGX H100 product carbon footprint summary');
  for (const file of ['embodied-tables', 'server-sheets'])
    expect(readFileSync(`src/sources/${file}.ts`, 'utf8')).not.toMatch(/import .*odbl/);
});

/** The host that a sheet was made for. */
const hostOf = ({
  vendor,
  model,
  processors,
  memoryGb,
  rotatingDisks,
  solidDisks,
}: ServerSheet): Inventory => ({
  hostName: 'x',
  product: `${vendor === 'Dell' ? 'Dell Inc.' : 'HPE'} ${model}`,
  sockets: processors,
  memory: bytes(memoryGb * 2 ** 30),
  disks: { rotating: rotatingDisks, solid: solidDisks },
});

test('every sheet is found by what the firmware of its server says, and no other is', async () => {
  const tables = await shippedTables();
  expect(tables.sheets.length).toBe(48);
  for (const sheet of tables.sheets) {
    const figure = hostFigure(undefined, hostOf(sheet), tables);
    expect(figure, sheet.model).toMatchObject({
      found: true,
      value: { method: 'manufacturer', quality: 'published', grams: sheet.grams, licence: 'ODbL-1.0' },
    });
  }
});

test('every GPU figure is found by the names of its row, and every constant is part of some sum', async () => {
  const policy = await policyFor({});
  const { components, gpus } = policy.tables;
  for (const row of gpus) for (const name of row.names) expect(gpuFigure(policy, name).grams).toBe(row.grams);
  expect(gpus.length).toBe(1);
  expect(
    Object.entries(components).flatMap(([name, one]) =>
      typeof one === 'number' ? [] : [[name, one.grams / 1000]],
    ),
  ).toEqual([
    ['base', 1000],
    ['processor', 100],
    ['memoryGb', 1.388],
    ['rotatingDisk', 50],
    ['solidDisk', 100],
    ['gpu', 150],
  ]);
});

test('without the file, or with a row that is wrong, there are no sheets, and it is said why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-sheets-'));
  try {
    expect(await readServerSheets(folder)).toMatchObject({
      found: false,
      reason: expect.stringContaining('ENOENT'),
    });
    for (const [wrong, reason] of [
      [{ kg_co2e: 1e9 }, /row 0.kg_co2e/],
      [{ kg_co2e: -1 }, /row 0.kg_co2e/],
      [{ gases: 'CO2' }, /row 0.gases/],
      [{ more: 1 }, /row 0/],
    ] as const) {
      writeFileSync(join(folder, 'embodied-odbl.json'), JSON.stringify([{ ...sheets[0], ...wrong }]));
      const read = await readServerSheets(folder);
      expect(read.found).toBe(false);
      if (!read.found) expect(read.reason).toMatch(reason);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
