import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { HistoryError } from '../model/history.ts';

/** Columns that have a meaning of their own; any other may be asked for as a driver or a guard. */
export const COLUMNS = {
  energy: 'energy_joules',
  work: 'work',
  cpu: 'cpu_utilization',
  gpu: 'gpu_utilization',
  poweredOn: 'powered_on_seconds',
  grid: 'grid_grams_per_kilowatt_hour',
} as const;

/** A line longer than this is no line of a table. */
const LONGEST_LINE = 65_536;

export interface CsvRow {
  readonly line: number;
  /** Start of the interval, seconds since 1970 UTC. */
  readonly time: number;
  readonly host: string;
  /** Value of a column by name; NaN: the cell is empty. */
  readonly value: (column: string) => number;
}

const wrong = (file: string, line: number, what: string, fix: string): HistoryError =>
  new HistoryError(`${file}, line ${line}: ${what}`, fix);

/** Cells of RFC 4180; quoted cells hold no line break. Undefined where a quote is not closed. */
const cellsOf = (line: string): readonly string[] | undefined => {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] !== '"') {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? line.length : end));
      at = (end < 0 ? line.length : end) + 1;
      continue;
    }
    let [cell, next] = ['', at + 1];
    for (;;) {
      const quote = line.indexOf('"', next);
      if (quote < 0) return undefined;
      cell += line.slice(next, quote);
      if (line[quote + 1] !== '"') {
        next = quote + 1;
        break;
      }
      cell += '"';
      next = quote + 2;
    }
    cells.push(cell);
    if (next < line.length && line[next] !== ',') return undefined;
    at = next + 1;
  }
  return cells;
};

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Names of the columns of a file, and where they are. */
export interface CsvHeader {
  readonly names: readonly string[];
  readonly at: ReadonlyMap<string, number>;
}

const headerOf = (file: string, line: string): CsvHeader => {
  const names = (cellsOf(line.replace(/^\uFEFF/, '')) ?? []).map((name) => name.trim());
  const at = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    if (at.has(name))
      throw wrong(file, 1, `two columns are called ${name}`, 'give each column a name of its own');
    at.set(name, place);
  }
  for (const name of ['time', 'host', COLUMNS.energy])
    if (!at.has(name))
      throw wrong(
        file,
        1,
        `no column is called ${name}; there are ${names.join(', ').slice(0, 200)}`,
        'the first line must name time, host, energy_joules and what else there is, separated by commas',
      );
  return { names, at };
};

/**
 * Rows of a table of host-intervals, streamed: no more than a line is held. Throws HistoryError with the line where a cell
 * cannot be read.
 *
 * @param hash is fed with every byte.
 */
export async function* csvRows(file: string, hash: Hash = createHash('sha256')): AsyncIterable<CsvRow> {
  const handle = await open(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HistoryError(`${file} cannot be read (${why})`, 'name a file that this user may read', {
      cause,
    });
  });
  try {
    const stream = handle.createReadStream({ encoding: 'utf8', autoClose: false });
    let [rest, line] = ['', 0];
    let header: CsvHeader | undefined;
    let zoned: boolean | undefined;
    const take = (text: string): CsvRow | undefined => {
      line += 1;
      const bare = text.endsWith('\r') ? text.slice(0, -1) : text;
      if (header === undefined) {
        header = headerOf(file, bare);
        return undefined;
      }
      if (bare === '') return undefined;
      const { names, at } = header;
      const cells = cellsOf(bare);
      if (cells === undefined || cells.length !== names.length)
        throw wrong(
          file,
          line,
          cells === undefined
            ? 'a quote is not closed'
            : `${cells.length} cells, and the first line names ${names.length}`,
          'write one row an interval and host, with a cell for each column',
        );
      const written = (cells[at.get('time') ?? -1] ?? '').trim();
      const zone = ISO.exec(written);
      if (zone === null)
        throw wrong(file, line, `the time "${written}" is none`, 'write ISO 8601, such as 2026-08-03T14:00Z');
      if (zoned !== undefined && zoned !== (zone[1] !== undefined))
        throw wrong(
          file,
          line,
          'some times name their zone and others do not',
          'write all of them with a zone (Z or +02:00), or all in UTC without one',
        );
      zoned = zone[1] !== undefined;
      const normal = written.replace(' ', 'T');
      const time = Date.parse(zoned || normal.length === 10 ? normal : `${normal}Z`) / 1000;
      if (!Number.isFinite(time))
        throw wrong(
          file,
          line,
          `the time "${written}" does not exist`,
          'write ISO 8601, such as 2026-08-03T14:00Z',
        );
      const host = cells[at.get('host') ?? -1] ?? '';
      if (host === '') throw wrong(file, line, 'the host has no name', 'write its name in the column host');
      const number = line;
      return {
        line,
        time,
        host,
        value: (column) => numberIn(file, number, column, cells[at.get(column) ?? -1]),
      };
    };
    for await (const chunk of stream as AsyncIterable<string>) {
      hash.update(chunk);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE)
        throw wrong(
          file,
          line + 1,
          `it has more than ${LONGEST_LINE} letters`,
          'this is no CSV with a row a line',
        );
      for (const text of lines) {
        const row = take(text);
        if (row !== undefined) yield row;
      }
    }
    if (rest !== '') {
      const row = take(rest);
      if (row !== undefined) yield row;
    }
    if (header === undefined)
      throw new HistoryError(`${file} is empty`, 'its first line must name time, host, energy_joules');
  } finally {
    await handle.close();
  }
}

const EMPTY = new Set(['', 'nan', 'null', 'none', 'na', 'n/a']);

const numberIn = (file: string, line: number, column: string, cell = ''): number => {
  const text = cell.trim();
  if (EMPTY.has(text.toLowerCase())) return Number.NaN;
  const value = Number(text);
  if (!Number.isFinite(value))
    throw wrong(
      file,
      line,
      `${column} is "${text.slice(0, 40)}", no number`,
      'write a number with a point, or leave the cell empty where it is not known',
    );
  if (value < 0 && (Object.values(COLUMNS) as string[]).includes(column))
    throw wrong(
      file,
      line,
      `${column} is ${text}, below 0`,
      'a counter that fell was reset: write the energy of the interval, not its difference across a reset',
    );
  return value;
};
