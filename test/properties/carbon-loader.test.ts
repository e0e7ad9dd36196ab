import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type FactorTables, loadTables } from '../../src/grid/table.ts';
import { FactorTableError } from '../../src/grid/table-error.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'negawatt-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the loader makes of a file: tables, or its own error; anything else fails the test. */
const outcome = async (text: string, extension: string): Promise<FactorTables | FactorTableError> => {
  const path = join(folder, `own.${extension}`);
  await writeFile(path, text);
  try {
    return await loadTables({ directory: folder, shipped: [], userFiles: [path] });
  } catch (error) {
    if (error instanceof FactorTableError) return error;
    throw error;
  }
};

const good = {
  zone: 'IN',
  value: 710,
  basis: 'direct',
  gases: 'CO2',
  year: 2025,
  yearKind: 'fiscal',
  source: 'CEA',
  licence: 'internal use',
};
const field = fc.constantFrom(
  ...Object.keys(good),
  'name',
  'gwp',
  'check',
  '__proto__',
  'constructor',
  'toString',
);
/** A good row with fields overwritten by anything, dangerous keys as own properties included. */
const spoilt = fc.array(fc.tuple(field, fc.anything({ maxDepth: 2 })), { maxLength: 4 }).map((changes) => {
  const row: Record<string, unknown> = { ...good };
  for (const [key, value] of changes) {
    Object.defineProperty(row, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return row;
});
const json = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)) ?? 'null';

describe('whatever stands in a factor file', () => {
  it.each(['json', 'yaml'])(
    'as raw text in .%s, the loader answers with tables or its own error',
    async (extension) => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.string(),
            fc.json(),
            fc.string({ unit: fc.constantFrom(...'-: []{}&*!|>\n\t#"\'ab1') }),
          ),
          async (text) => {
            await outcome(text, extension);
          },
        ),
        { numRuns: 200 },
      );
    },
  );

  it('as rows gone wrong, every row that is taken is sound and nothing leaks into other objects', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoilt, { maxLength: 3 }), async (rows) => {
        const result = await outcome(json(rows), 'json');
        if (!(result instanceof FactorTableError)) {
          for (const { zone } of result.zones()) {
            for (const row of result.rowsOf(zone)) {
              expect(row.value >= 0 && row.value <= 2000).toBe(true);
              expect(row.check).toBe('user');
              expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
            }
          }
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['json', 'yaml'])(
    'a __proto__ key in .%s is refused as an unknown field and pollutes nothing',
    async (extension) => {
      const text =
        extension === 'json'
          ? json([good]).replace('{', '{"__proto__": {"value": 5}, ')
          : `${stringify([good])}  __proto__:\n    value: 5\n`;
      const result = await outcome(text, extension);
      expect(result).toMatchObject({
        problems: [expect.stringContaining('"__proto__" is no field of a factor row')],
      });
      expect(({} as { value?: unknown }).value).toBeUndefined();
    },
  );

  it('a good row survives the round trip unchanged', async () => {
    const values = fc
      .double({ min: 0, max: 2000, noNaN: true })
      .map((value) => (Object.is(value, -0) ? 0 : value));
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1990, max: 2100 }), async (value, year) => {
        for (const [text, extension] of [
          [json([{ ...good, value, year }]), 'json'],
          [stringify([{ ...good, value, year }]), 'yaml'],
        ] as const) {
          const result = await outcome(text, extension);
          expect(result instanceof FactorTableError ? result.problems : result.rowsOf('IN')).toMatchObject([
            { value, year },
          ]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
