import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FactorRow } from '../model/factor.ts';
import { parseRow, type TableOrigin } from './row.ts';
import { FactorTableError } from './table-error.ts';

export interface TableFile {
  readonly path: string;
  readonly origin: TableOrigin;
}

/** A row and where it stands, for messages. */
export interface PlacedRow {
  readonly row: FactorRow;
  readonly place: string;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const read = async (path: string): Promise<string> => {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const problem = `${path}: cannot be read (${messageOf(error)}); check the path and its permissions`;
    throw new FactorTableError([problem], error);
  }
};

const parse = async (path: string, text: string): Promise<unknown> => {
  const kind = extname(path).toLowerCase();
  try {
    if (kind === '.json') return JSON.parse(text);
    // Loaded for a user's file alone: a host without one never pays for the parser.
    if (kind === '.yaml' || kind === '.yml')
      return (await import('yaml')).default.parse(text, { logLevel: 'error' });
  } catch (error) {
    throw new FactorTableError(
      [`${path}: is not valid ${kind.slice(1).toUpperCase()}: ${firstLine(messageOf(error))}`],
      error,
    );
  }
  throw new FactorTableError([`${path}: a factor file ends in .json, .yaml or .yml`]);
};

/** Lines on which the rows begin, found only once something is wrong. YAML reads JSON too. */
const linesOf = async (text: string): Promise<readonly number[]> => {
  const { isNode, isSeq, LineCounter, parseDocument } = (await import('yaml')).default;
  const counter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: counter, logLevel: 'silent' });
  if (!isSeq(contents)) return [];
  return contents.items.map((item) => (isNode(item) && item.range ? counter.linePos(item.range[0]).line : 0));
};

const zoneOf = (raw: unknown): string => {
  const zone = typeof raw === 'object' && raw !== null && 'zone' in raw ? raw.zone : undefined;
  return typeof zone === 'string' ? ` ${JSON.stringify(zone.slice(0, 40))}` : '';
};

/**
 * Reads one table: a list of rows in JSON or YAML.
 *
 * @throws FactorTableError with every problem of the file; nothing else.
 */
export const readTable = async ({ path, origin }: TableFile): Promise<readonly PlacedRow[]> => {
  const text = await read(path);
  const list = await parse(path, text);
  if (!Array.isArray(list)) {
    throw new FactorTableError([
      `${path}: is no list of rows; in YAML each row begins with "- zone:", in JSON the file is an array`,
    ]);
  }
  const results = list.map((raw: unknown) => parseRow(raw, origin));
  if (results.some((result) => !result.ok)) {
    const lines = await linesOf(text);
    throw new FactorTableError(
      results.flatMap((result, index) => {
        const line = lines[index] ? `:${lines[index]}` : '';
        const where = `${path}${line}: row ${index + 1}${zoneOf(list[index])}`;
        return result.ok ? [] : result.problems.map((problem) => `${where}: ${problem}`);
      }),
    );
  }
  return results.flatMap((result, index) =>
    result.ok ? [{ row: result.row, place: `${path}: row ${index + 1}` }] : [],
  );
};
