import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import * as z from 'zod/mini';
import { type GridAnswer, GridError, type GridProvider } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { readFileRows, rowsIn } from './file-rows.ts';
import { gridKind } from './kind.ts';
import { answerOf, type Rows } from './rows.ts';
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
      return { mark, writtenAt: mtimeMs, rows: readFileRows(await rowsIn(text, kind), series, options.unit) };
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
