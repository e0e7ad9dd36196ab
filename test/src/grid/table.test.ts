import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locationFactor, marketFactor } from '../../../src/carbon/select.ts';
import { loadTables } from '../../../src/grid/table.ts';
import { FactorTableError } from '../../../src/grid/table-error.ts';

const SHIPPED = join(import.meta.dirname, '../../../config/factors');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'negawatt-factors-'));
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
const file = async (text: string, extension = 'yaml'): Promise<string> => {
  count += 1;
  const path = join(folder, `own-${count}.${extension}`);
  await writeFile(path, text);
  return path;
};
const load = (...userFiles: readonly string[]) => loadTables({ directory: SHIPPED, userFiles });
/** The problems that a file is refused for, without the folder's name. */
const problemsOf = async (...paths: readonly string[]): Promise<readonly string[]> => {
  const error: unknown = await load(...paths).then(
    () => new Error('the file was taken'),
    (reason) => reason,
  );
  if (!(error instanceof FactorTableError)) throw error;
  return error.problems.map((problem) => problem.replaceAll(`${folder}/`, '').replace(/own-\d+/g, 'own'));
};

const OWN = `
- zone: IN
  value: 710
  basis: direct
  gases: CO2
  year: 2025
  yearKind: fiscal
  source: CEA CO2 Baseline Database v21.0
  licence: internal use
`;

describe('the shipped tables', () => {
  it('answer for a zone, and for nothing else', async () => {
    const tables = await load();
    expect(tables.rowsOf('CN-GD').map(({ year, value }) => [year, value])).toEqual([
      [2021, 471.5],
      [2022, 440.3],
      [2023, 441.9],
    ]);
    expect(tables.rowsOf('XX')).toEqual([]);
    expect(tables.rowsOf('__proto__')).toEqual([]);
  });

  it("offer a province its market's residual mix, and none of its country's averages", async () => {
    const rows = (await load()).candidatesOf('CN-GD').filter(({ zone }) => zone === 'CN');
    expect(rows.map(({ basis, year }) => `${basis} ${year}`)).toEqual([
      'residual 2021',
      'residual 2022',
      'residual 2023',
    ]);
  });

  it("hold marginal factors only where the operator's files name their table, and Scope 2 refuses them even then", async () => {
    expect((await load()).rowsOf('AD')).toEqual([]);
    const tables = await load(join(SHIPPED, 'share-alike/marginal-ifi.json'));
    const germany = tables.rowsOf('DE');
    expect(germany.filter(({ basis }) => basis === 'marginal')).toHaveLength(1);
    // Beside it the factor of the inventory is the one that it would be without.
    const direct = { zone: 'DE', year: 2021, rows: tables.candidatesOf('DE') };
    expect(locationFactor(direct)).toEqual(
      locationFactor({ ...direct, rows: (await load()).candidatesOf('DE') }),
    );
    const question = { zone: 'AD', year: 2021, rows: tables.candidatesOf('AD') };
    expect(question.rows.map(({ basis }) => basis)).toEqual(['marginal']);
    for (const factor of [locationFactor(question), marketFactor(question)]) {
      expect(factor).toMatchObject({
        found: false,
        reason: expect.stringContaining('every inventory refuses it'),
      });
    }
  });
});

describe("the operator's file", () => {
  it('in YAML adds a zone that may not be shipped', async () => {
    const tables = await load(await file(OWN));
    const factor = locationFactor({ zone: 'IN', year: 2025, rows: tables.candidatesOf('IN') });
    expect(factor).toMatchObject({
      value: {
        id: 'IN/direct/2025',
        status: 'user',
        provider: 'user',
        row: { value: 710, gwp: 'none', check: 'user', name: 'IN', boundary: 'unstated' },
      },
    });
  });

  it('in JSON does the same', async () => {
    const json = JSON.stringify([
      {
        zone: 'IN',
        value: 710,
        basis: 'direct',
        gases: 'CO2',
        year: 2025,
        yearKind: 'fiscal',
        source: 'CEA',
        licence: 'internal use',
      },
    ]);
    expect((await load(await file(json, 'json'))).rowsOf('IN')[0]).toMatchObject({
      value: 710,
      check: 'user',
    });
  });

  it('replaces the shipped row of the same zone, basis, year and year kind', async () => {
    const own = OWN.replace('IN', 'DE')
      .replace('710', '380.5')
      .replace('CO2', 'CO2e')
      .replace('2025', '2023');
    const tables = await load(await file(own.replace('fiscal', 'data')));
    const direct = tables.rowsOf('DE').filter(({ basis }) => basis === 'direct');
    expect(direct.map(({ value, check }) => [value, check])).toEqual([[380.5, 'user']]);
  });

  it("may claim to be checked, and is marked as the user's all the same", async () => {
    expect((await load(await file(`${OWN}  check: primary\n`))).rowsOf('IN')[0]?.check).toBe('user');
  });

  it('makes its zone known by name', async () => {
    const tables = await load(await file(`${OWN.replace('IN', 'SG')}  name: Singapore\n`));
    expect(tables.zones().find(({ zone }) => zone === 'SG')).toMatchObject({ usable: true });
    expect(tables.zones().find(({ zone }) => zone === 'ZA')).toMatchObject({ usable: false });
  });
});

const RANGE = 'it must be a finite number from 0 to 2000 (g CO2e per kWh)';
const at = 'own.yaml:2: row 1 "IN":';
/** One line of the good row replaced by a bad one, and what is said about it. */
const BAD: readonly (readonly [string, string, string])[] = [
  ['value: 710', 'value: -1', `${at} value is -1; ${RANGE}`],
  ['value: 710', 'value: 2001', `${at} value is 2001; ${RANGE}`],
  ['value: 710', 'value: .nan', `${at} value is NaN; ${RANGE}`],
  ['value: 710', 'value: .inf', `${at} value is Infinity; ${RANGE}`],
  ['value: 710', 'value: "710"', `${at} value is "710"; ${RANGE}`],
  [
    'basis: direct',
    'basis: average',
    `${at} basis is "average"; it must be one of direct, lifecycle, residual, marginal, contract`,
  ],
  ['gases: CO2', 'gases: CH4', `${at} gases is "CH4"; it must be one of CO2, CO2e`],
  [
    'licence: internal use',
    'note: "-"',
    `${at} licence is missing; it is the licence or permission under which the figure is used`,
  ],
  [
    'source: CEA CO2 Baseline Database v21.0',
    'source: " "',
    `${at} source is " "; it must be the document and its publisher`,
  ],
  ['year: 2025', 'year: 2025.5', `${at} year is 2025.5; it must be a whole year from 1990 to 2100`],
  [
    'yearKind: fiscal',
    'yearkind: fiscal',
    `${at} "yearkind" is no field of a factor row; did you mean yearKind?`,
  ],
  [
    'gases: CO2',
    'gases: CO2\n  gwp: AR5',
    `${at} gwp is "AR5" beside gases "CO2"; CO2 alone has gwp none, CO2e has AR4, AR5, AR6 or unstated`,
  ],
  [
    'zone: IN',
    'zone: india',
    'own.yaml:2: row 1 "india": zone is "india"; it must be a zone code of capitals, digits and - : _ such as DE, CN-GD or EGRID:CAMX',
  ],
];

describe('a bad row', () => {
  it.each(BAD)(
    'with "%s" turned into "%s" is named with file, line, row and reason',
    async (good, bad, problem) => {
      expect(OWN).toContain(good);
      expect(await problemsOf(await file(OWN.replace(good, bad)))).toContain(problem);
    },
  );

  it('further down is named by its own line', async () => {
    const [problem] = await problemsOf(await file(OWN + OWN.replace('710', '-1').replace('2025', '2024')));
    expect(problem).toMatch(/^own\.yaml:11: row 2 "IN": value is -1/);
  });

  it('in JSON is named by its line too', async () => {
    const [problem] = await problemsOf(await file('[\n{"zone": "IN"}\n]\n', 'json'));
    expect(problem).toMatch(/^own\.json:2: row 1 "IN": value is missing/);
  });

  it('takes the whole file with it, so that no zone lacks a row unnoticed', async () => {
    expect(await problemsOf(await file(OWN + OWN.replace('710', '-1').replace('IN', 'SG')))).toHaveLength(1);
  });

  it('given twice is refused with both places', async () => {
    expect(await problemsOf(await file(OWN), await file(OWN))).toEqual([
      'own.yaml: row 1: IN direct 2025 fiscal stands already in own.yaml: row 1; remove one of the two',
    ]);
  });

  it('does not hide the bad row of another file', async () => {
    const problems = await problemsOf(await file(OWN.replace('710', '-1')), await file('- 5\n'));
    expect(problems).toHaveLength(2);
    expect(problems[1]).toBe('own.yaml:1: row 1: it is no mapping of fields such as zone: DE');
  });

  it('of a shipped table is refused as well: a shipped row has every field', async () => {
    await writeFile(join(folder, 'bad.json'), '[\n{"zone": "DE", "value": 1}\n]');
    const tables = loadTables({ directory: folder, shipped: ['bad.json'] });
    await expect(tables).rejects.toThrow(/bad\.json:2: row 1 "DE": basis is missing/);
  });
});

describe('a file that is no table', () => {
  it.each([
    ['', 'yaml', 'own.yaml: is no list of rows'],
    ['zone: DE', 'yaml', 'own.yaml: is no list of rows'],
    ['- [', 'yaml', 'own.yaml: is not valid YAML: '],
    ['[{]', 'json', 'own.json: is not valid JSON: '],
    ['zone,value', 'csv', 'own.csv: a factor file ends in .json, .yaml or .yml'],
  ])('%j (%s) is refused', async (text, extension, problem) => {
    expect((await problemsOf(await file(text, extension)))[0]).toContain(problem);
  });

  it('because it is not there says which path was tried', async () => {
    const [problem] = await problemsOf(join(folder, 'none.yaml'));
    expect(problem).toMatch(/^none\.yaml: cannot be read \(ENOENT.*check the path and its permissions$/);
  });
});
