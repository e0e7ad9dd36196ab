import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/grid/csv.ts';
import { fileOptions, gridFile } from '../../../src/grid/file.ts';
import { jsonRows, readFileRows, yamlRows } from '../../../src/grid/file-rows.ts';
import { jsonOptions, readJson } from '../../../src/grid/json.ts';
import { negawattOptions, readDocument } from '../../../src/grid/negawatt.ts';
import { stated } from '../../../src/grid/statement.ts';
import { GridError } from '../../../src/model/grid.ts';
import { GRID_CASES } from '../../fixtures/grid-cases.ts';
import { fuzz } from '../../fixtures/grid-fuzz.ts';
import { NOON } from '../../fixtures/grid-provider.ts';
import { gridErrorOf, untouched } from '../../fixtures/grid-server.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-grid-file-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Good bodies of a kind, with its variants. */
const bodiesOf = (kind: string): readonly string[] => {
  const one = GRID_CASES.find((candidate) => candidate.kind === kind)!;
  const plays = [one.good, ...Object.values(one.variants).map(({ plays }) => plays)];
  return plays
    .flatMap((play) => Object.values(play))
    .map((play) => (typeof play === 'function' ? '' : play.body))
    .map((body) => (typeof body === 'string' ? body : JSON.stringify(body)));
};
const optionsOf = (kind: string): object =>
  GRID_CASES.find((one) => one.kind === kind)!.options('http://grid/');
const file = fileOptions.parse({ ...optionsOf('file'), path: '/grid.csv' });
const series = stated('file', file);

describe('100,000 damaged answers', () => {
  it('of JSON raise nothing but GridError', () => {
    const options = jsonOptions.parse(optionsOf('json'));
    const { read, refused } = fuzz(
      bodiesOf('json'),
      (body) => readJson(body, stated('json', options), options, NOON).readings,
    );
    expect(Math.min(read, refused)).toBeGreaterThan(1000);
  });

  it('of another agent raise nothing but GridError', () => {
    const options = negawattOptions.parse(optionsOf('negawatt'));
    const { read, refused } = fuzz(bodiesOf('negawatt'), (body) => readDocument(body, options).readings);
    expect(Math.min(read, refused)).toBeGreaterThan(1000);
  });

  it('of a CSV file raise nothing but GridError', () => {
    const { read, refused } = fuzz(
      bodiesOf('file'),
      (body) => readFileRows(readCsv(body), series, 'g/kWh').readings,
    );
    expect(Math.min(read, refused)).toBeGreaterThan(1000);
  });

  it('of a JSON file raise nothing but GridError', () => {
    const rows = readCsv(bodiesOf('file')[0]!);
    const bodies = [JSON.stringify(rows), JSON.stringify({ readings: rows })];
    const { read, refused } = fuzz(bodies, (body) => readFileRows(jsonRows(body), series, 'g/kWh').readings);
    expect(Math.min(read, refused)).toBeGreaterThan(1000);
  });
});

describe('a file of readings', () => {
  const read = async (name: string, text: string, more: object = {}) => {
    writeFileSync(join(dir, name), text);
    const options = fileOptions.parse({ ...optionsOf('file'), path: join(dir, name), ...more });
    return gridFile.create(options, {}).ask(NOON, untouched());
  };

  it('may be JSON or YAML, with its own ends and units', async () => {
    const rows = [{ from: '2026-11-23T10:00Z', to: '2026-11-23T10:30Z', value: 1000, unit: 'lb/MWh' }];
    const expected = [
      expect.objectContaining({ to: Date.parse('2026-11-23T10:30Z'), value: expect.closeTo(453.59237, 7) }),
    ];
    expect((await read('a.json', JSON.stringify(rows))).readings).toEqual(expected);
    expect((await read('a.json', JSON.stringify({ readings: rows }))).readings).toEqual(expected);
    const yaml =
      'readings:\n  - { from: 2026-11-23T10:00Z, to: 2026-11-23T10:30Z, value: 1000, unit: lb/MWh }\n';
    expect((await read('a.yaml', yaml)).readings).toEqual(expected);
  });

  it('has readings that end where the next one begins, the last one told of a time counts', async () => {
    const rows = ['time,value', '2026-11-23T10:30Z,310', '2026-11-23T10:00Z,300', '2026-11-23T10:30Z,311'];
    const { readings } = await read('a.csv', rows.join('\n'));
    expect(readings.map(({ from, to, value }) => [(to - from) / 60_000, value])).toEqual([
      [30, 300],
      [60, 311],
    ]);
  });

  it('is read again only once it has changed, and then at once', async () => {
    const path = join(dir, 'a.csv');
    writeFileSync(path, 'time,value\n2026-11-23T10:00Z,300\n');
    const provider = gridFile.create(fileOptions.parse({ ...optionsOf('file'), path }), {});
    expect((await provider.ask(NOON, untouched())).readings).toHaveLength(1);
    writeFileSync(path, 'time,value\n2026-11-23T10:00Z,301\n2026-11-23T11:00Z,302\n');
    expect((await provider.ask(NOON, untouched())).readings.map(({ value }) => value)).toEqual([301, 302]);
  });

  it.each([
    ['that is missing', undefined, /grid\.csv cannot be read: ENOENT/],
    ['with a time without its offset', 'time,value\n2026-10-25T02:30:00,300\n', /no time can be read/],
    ['with decimal commas', 'time,value\n2026-11-23T10:00Z,300,5\n', /3 cells in row 1, 2 columns/],
    ['without a header', '2026-11-23T10:00Z,300\n', /begins with "2026/],
    ['with semicolons', 'time;value\n2026-11-23T10:00Z;300\n', /begins with "time;value"/],
    ['of another zone', 'time,value,zone\n2026-11-23T10:00Z,300,FR\n', /no row of zone DE/],
    [
      'of another basis than is stated',
      'time,value,basis\n2026-11-23T10:00Z,300,lifecycle\n',
      /basis "lifecycle"; stated is direct/,
    ],
    ['in a unit that nobody knows', 'time,value,unit\n2026-11-23T10:00Z,300,g/MJ\n', /"g\/MJ"/],
    ['of 5 MiB', `time,value\n${'#'.repeat(5 * 2 ** 20)}\n`, /larger than 4096 KiB/],
  ])('%s is told', async (_, text, message) => {
    if (text !== undefined) writeFileSync(join(dir, 'grid.csv'), text);
    const options = fileOptions.parse({ ...optionsOf('file'), path: join(dir, 'grid.csv') });
    const error = await gridErrorOf(gridFile.create(options, {}).ask(NOON, untouched()));
    expect(error.message).toMatch(message);
    expect(error.fix).not.toBe('');
  });

  it('of YAML that unfolds to a gigabyte is refused', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let letter = 1; letter < 12; letter += 1) {
      const [name, before] = [String.fromCharCode(97 + letter), String.fromCharCode(96 + letter)];
      lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
    }
    await expect(yamlRows(lines.join('\n'))).rejects.toThrow(GridError);
  });
});
