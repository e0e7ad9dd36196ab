import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import * as z from 'zod/mini';
import { type GridAnswer, GridError, type GridProvider, type GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { readCsv } from './csv.ts';
import { gridKind } from './kind.ts';
import { oneLine } from './one-line.ts';
import { answerOf, type LooseRow, type Rows, readRows, shown } from './rows.ts';
import { stated, statement, statementFlaw } from './statement.ts';

/** Options of a file that something else writes. */
export const fileOptions = z.object({
  ...statement,
  path: z
    .string()
    .check(z.regex(/\.(json|csv|ya?ml)$/i), z.maxLength(4096))
    .check(
      z.describe('file of readings, .json, .csv or .yaml, written as a whole: to another name, then renamed'),
    ),
  period: z
    ._default(z.number().check(z.gte(30), z.lte(86_400)), 60)
    .check(z.describe('seconds between two looks at the file')),
});
export type FileOptions = z.output<typeof fileOptions>;

/** A year of quarter hours takes 1.5 MB as CSV. */
const LARGEST = 4 * 2 ** 20;
/** The YAML parser takes a second for some MiB, and the agent has one thread. */
const LARGEST_YAML = 256 * 2 ** 10;

const FORM =
  'a list of rows with time (or from and to) and value, besides zone, unit, estimated; in CSV a header line with these names';

/** Columns that only repeat what the configuration states: a row that says otherwise is another series. */
const ECHOED = ['zone', 'signal', 'basis', 'gases', 'gwp', 'boundary'] as const;

type Row = Readonly<Record<string, unknown>>;
const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (what: string): GridError =>
  new GridError('failed', `the file ${what}`, { fix: `It must be ${FORM}.` });

const rowsOf = (content: unknown): readonly Row[] => {
  const list = isRow(content) && Array.isArray(content.readings) ? content.readings : content;
  if (!Array.isArray(list)) throw malformed('is no list of rows');
  return list.map((row: unknown, index) => {
    if (isRow(row)) return row;
    throw malformed(`has ${shown(row)} as row ${index + 1}`);
  });
};

const parse = async (text: string, kind: string): Promise<readonly Row[]> => {
  if (kind === '.csv') return readCsv(text);
  try {
    if (kind === '.json') return rowsOf(JSON.parse(text));
    // Loaded for a file in YAML alone.
    const { parse: parseYaml } = (await import('yaml')).default;
    return rowsOf(parseYaml(text, { logLevel: 'silent', maxAliasCount: 100 }));
  } catch (cause) {
    if (cause instanceof GridError) throw cause;
    throw malformed(`is not valid ${kind.slice(1).toUpperCase()}`);
  }
};

/** Reads the rows of one file; those of other zones are passed over. @throws GridError (failed, unknown) */
export const readGridFile = async (
  text: string,
  kind: string,
  series: GridSeries,
  options: FileOptions,
): Promise<Rows> => {
  const all = await parse(text, kind);
  const own = all.filter(
    ({ zone }) => zone === undefined || zone === null || zone === '' || zone === series.zone,
  );
  if (own.length === 0 && all.length > 0) {
    throw new GridError('unknown', `the file has no row of zone ${series.zone}`, {
      fix: `Correct zone in grid.providers; the first row is of ${shown(all[0]?.zone)}.`,
    });
  }
  const rows = own.map((row): LooseRow => {
    for (const name of ECHOED) {
      const said = row[name];
      if (said !== undefined && said !== null && said !== '' && said !== series[name]) {
        throw malformed(`has a row of ${name} ${shown(said)}; stated is ${oneLine(String(series[name]))}`);
      }
    }
    return {
      from: row.from ?? row.time,
      to: row.to,
      value: row.value,
      unit: row.unit,
      estimated: row.estimated,
    };
  });
  return readRows(rows, series, { unit: options.unit });
};

interface Content {
  readonly mark: string;
  readonly writtenAt: number;
  readonly rows: Rows;
}

const create = (options: FileOptions): GridProvider => {
  const { path } = options;
  const series = stated('file', options);
  let last: Content | undefined;
  const load = async (): Promise<Content> => {
    // Not waiting: a pipe without a writer would hold a thread for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { mtimeMs, ctimeMs, size, ino } = await file.stat();
      const mark = [ino, size, mtimeMs, ctimeMs].join(' ');
      if (last?.mark === mark) return last;
      const kind = extname(path).toLowerCase();
      const most = kind === '.csv' || kind === '.json' ? LARGEST : LARGEST_YAML;
      const buffer = Buffer.alloc(Math.min(size, most) + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > most) {
        throw new GridError('failed', `${path} is larger than ${most / 2 ** 10} KiB`, {
          fix: 'Keep the last days in it, or write it as CSV.',
        });
      }
      const text = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
      return { mark, writtenAt: mtimeMs, rows: await readGridFile(text, kind, series, options) };
    } finally {
      await file.close();
    }
  };
  return {
    name: 'file',
    label: `${path}, zone ${options.zone}`,
    period: seconds(options.period),
    ask: async (now): Promise<GridAnswer> => {
      try {
        last = await load();
        return answerOf(series, last.rows, now, last.writtenAt);
      } catch (cause) {
        throw named(path, cause);
      }
    },
  };
};

const named = (path: string, cause: unknown): GridError => {
  if (cause instanceof GridError)
    return new GridError(cause.kind, cause.message.replace(/^the file/, path), { fix: cause.fix });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new GridError(
    code === 'ENOENT' ? 'unknown' : 'failed',
    `${path} cannot be read: ${code || 'it is no file'}`,
    {
      fix: 'Correct the path, or make it readable for negawatt.',
    },
  );
};

export const gridFile = gridKind({
  name: 'file',
  about: 'A file of readings that something else on this host writes.',
  secret: 'none',
  options: fileOptions,
  flaw: statementFlaw,
  create,
});
