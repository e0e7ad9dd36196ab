import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { figureIn, qualityIn, shown, wrong } from './csv-figure.ts';
import { cellsOf, linesOf } from './csv-lines.ts';
import { csvTime } from './csv-time.ts';

/** Columns that every file has, and those that have a meaning of their own. All others are drivers and guards. */
const REQUIRED = ['time', 'host', 'energy_joules'] as const;
const TEXTS = ['quality', 'meter'] as const;

/** One row, checked. Figures by the place of their column; NaN where the cell is empty. Used anew for the next row. */
export interface CsvRow {
  line: number;
  at: number;
  host: string;
  readonly figures: Float64Array;
  quality: Quality | undefined;
  meter: string;
}

export interface CsvHeader {
  readonly names: readonly string[];
  /** Place of a column among the figures; undefined where the file has none of that name, or it holds no figures. */
  placeOf(name: string): number | undefined;
}

/** Whether a row is wanted: figures of others are not looked at. */
export type RowChoice = (at: number, host: string) => boolean;

export interface RowOptions {
  readonly onBytes?: (bytes: Buffer) => void;
  readonly signal?: AbortSignal;
  readonly isNeeded?: RowChoice;
}

/** Reads rows one by one. @throws HistoryError with line and column at the first that is wrong. */
export const readRows = async (
  path: string,
  onRow: (row: CsvRow, header: CsvHeader) => void,
  options: RowOptions = {},
): Promise<CsvHeader> => {
  let header: CsvHeader | undefined;
  let take: ((cells: readonly string[], line: number) => CsvRow | undefined) | undefined;
  let number = 0;
  for await (const lines of linesOf(path, options)) {
    for (const line of lines) {
      number += 1;
      if (line === '' || line.trim() === '') continue;
      const cells = cellsOf(line);
      if (cells === undefined)
        throw wrong(
          path,
          number,
          'has a quote that is not closed on the line',
          'Put each cell with a comma in quotes, a quote in it twice, and no line feed in it.',
        );
      if (header === undefined || take === undefined) {
        header = headerOf(path, number, cells);
        take = rowTaker(path, header, options.isNeeded);
      } else {
        const row = take(cells, number);
        if (row !== undefined) onRow(row, header);
      }
    }
  }
  if (header === undefined)
    throw new HistoryError(`${path} is empty`, `Give it the header ${REQUIRED.join(',')} and rows below it.`);
  return header;
};

const headerOf = (path: string, line: number, cells: readonly string[]): CsvHeader => {
  const missing = REQUIRED.filter((name) => !cells.includes(name));
  if (missing.length > 0)
    throw wrong(
      path,
      line,
      `the header lacks ${missing.join(', ')}: ${oneLine(cells.join(','), 80)}`,
      cells.join('').includes(';')
        ? 'Put commas between the columns, not semicolons, and points in the figures.'
        : 'Begin the file with time,host,energy_joules and what else there is; energy in joules of the interval.',
    );
  const twice = cells.find((name, at) => cells.indexOf(name) !== at);
  if (twice !== undefined)
    throw wrong(
      path,
      line,
      `has two columns named ${oneLine(twice, 40) || 'nothing'}`,
      'Give each column a name of its own.',
    );
  return {
    names: cells,
    placeOf: (name) => {
      const at = cells.indexOf(name);
      return at < 0 || name === 'time' || name === 'host' || TEXTS.some((text) => text === name)
        ? undefined
        : at;
    },
  };
};

const rowTaker = (
  path: string,
  { names }: CsvHeader,
  isNeeded: RowChoice | undefined,
): ((cells: readonly string[], line: number) => CsvRow | undefined) => {
  const [timeAt, hostAt] = [names.indexOf('time'), names.indexOf('host')];
  const [qualityAt, meterAt] = [names.indexOf('quality'), names.indexOf('meter')];
  const texts = [timeAt, hostAt, qualityAt, meterAt];
  const figuresAt = [...names.keys()].filter((at) => !texts.includes(at));
  const row: CsvRow = {
    ...{ line: 0, at: 0, host: '', quality: undefined, meter: '' },
    figures: new Float64Array(names.length).fill(Number.NaN),
  };
  let [lastText, lastAt, zoned] = ['', 0, undefined as boolean | undefined];
  const hosts = new Map<string, string>();

  const timeIn = (text: string, line: number): number => {
    if (text === lastText) return lastAt;
    const time = csvTime(text);
    if (time === undefined)
      throw wrong(
        path,
        line,
        `time is ${shown(text)}, no instant in whole seconds`,
        'Write it as ISO 8601, such as 2026-01-31T13:00:00Z: the start of the interval.',
      );
    zoned ??= time.zoned;
    if (zoned !== time.zoned)
      throw wrong(
        path,
        line,
        `time is ${shown(text)}: some rows say their zone and some do not`,
        'Write Z or an offset behind every time, or behind none (UTC then).',
      );
    [lastText, lastAt] = [text, time.at];
    return time.at;
  };
  return (cells, line) => {
    if (cells.length !== names.length)
      throw wrong(
        path,
        line,
        `has ${cells.length} cells, the header ${names.length}`,
        'A decimal comma must be a point, and a cell with a comma stands in quotes.',
      );
    row.line = line;
    row.at = timeIn(cells[timeAt] ?? '', line);
    const host = cells[hostAt] ?? '';
    if (host === '') throw wrong(path, line, 'host is empty', 'Name the host of each row.');
    // One string a host: a slice would keep the piece of the file that it was cut from.
    const held = hosts.get(host) ?? Buffer.from(host).toString();
    if (!hosts.has(host)) hosts.set(held, held);
    row.host = held;
    if (isNeeded !== undefined && !isNeeded(row.at, held)) return undefined;
    for (const at of figuresAt) row.figures[at] = figureIn(path, line, names[at] ?? '', cells[at] ?? '');
    row.quality = qualityAt < 0 ? undefined : qualityIn(path, line, cells[qualityAt] ?? '');
    row.meter = meterAt < 0 ? '' : oneLine(cells[meterAt] ?? '', 64);
    return row;
  };
};
