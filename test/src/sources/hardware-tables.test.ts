import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const load = (name: string): readonly Record<string, unknown>[] =>
  JSON.parse(readFileSync(new URL(`../../../config/hardware/${name}`, import.meta.url), 'utf8'));
const notice = readFileSync(new URL('../../../config/hardware/NOTICE.md', import.meta.url), 'utf8');
const models = load('power-models.json');
const tdp = load('tdp-curve.json');

test('every figure has its source, licence, citation, year and statistic', () => {
  for (const row of [...models, ...tdp]) {
    for (const key of ['source', 'licence', 'citation', 'basis'])
      expect(row[key], JSON.stringify(row)).toMatch(/\S/);
    expect(row.year).toBeGreaterThanOrEqual(2015);
  }
  for (const row of models) expect(['median', 'mean']).toContain(row.statistic);
});

test('only licences that let us pass a figure on are in the tables, and each has its notice', () => {
  const licences = new Set([...models, ...tdp].map((row) => row.licence));
  expect(licences).toEqual(new Set(['SPEC fair use', 'Apache-2.0', 'MIT']));
  expect(notice).toContain('SPECpower_ssj are trademarks');
  expect(notice).toContain('2021 Thoughtworks');
  expect(notice).toContain('Permission is hereby granted');
});

test('idle is above nothing and below full load, within what a socket or a thread can draw', () => {
  const bounds = { 'W/socket': [20, 600], 'W/thread': [0.2, 10] } as const;
  for (const row of models) {
    const [least, most] = bounds[row.unit as keyof typeof bounds];
    expect(row.idle_w as number, row.family as string).toBeGreaterThanOrEqual(least);
    expect(row.max_w as number).toBeLessThanOrEqual(most);
    expect(row.idle_w as number).toBeLessThan(row.max_w as number);
  }
});

test('a family has one figure for a unit, and no figure of a stand-in', () => {
  const keys = models.map((row) => `${row.family} ${row.unit}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.join()).not.toMatch(/Graviton|Unknown/);
});

test('the share of thermal design power rises with load from idle to full', () => {
  expect(tdp.map((row) => [row.load, row.tdp_factor])).toEqual([
    [0, 0.12],
    [0.1, 0.32],
    [0.5, 0.75],
    [1, 1.02],
  ]);
});
