import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { QUALITIES } from '../model/usage.ts';
import { cellsOf, linesOf } from './csv-lines.ts';
import { csvTime } from './csv-time.ts';

/** Columns that every file has, and those that have a meaning of their own. All others are drivers and guards. */
const REQUIRED = ['time', 'host', 'energy_joules'] as const;
const TEXTS = ['quality', 'meter'] as const;
const RATIOS = new Set(['cpu_utilization', 'gpu_utilization']);
const NOT_NEGATIVE = new Set(['energy_joules', 'work', 'powered_on_seconds', 'grid_grams_per_kilowatt_hour']);

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

/** Reads rows one by one. @throws HistoryError with line and column at the first that is wrong. */
export const readRows = async (
  path: string,
  onRow: (row: CsvRow, header: CsvHeader) => void,
  options: { readonly onBytes?: (bytes: Buffer) => void; readonly signal?: AbortSignal } = {},
): Promise<CsvHeader> => {
  let header: CsvHeader | undefined;
  let take: ((cells: readonly string[], line: number) => CsvRow) | undefined;
  let number = 0;
  for await (const lines of linesOf(path, options)) {
    for (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
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
        take = rowTaker(path, header);
      } else onRow(take(cells, number), header);
    }
  }
  if (header === undefined)
    throw new HistoryError(`${path} is empty`, `Give it the header ${REQUIRED.join(',')} and rows below it.`);
  return header;
};

const wrong = (path: string, line: number, what: string, fix: string): HistoryError =>
  new HistoryError(`${path}, line ${line}: ${what}`, fix);

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
): ((cells: readonly string[], line: number) => CsvRow) => {
  const [timeAt, hostAt] = [names.indexOf('time'), names.indexOf('host')];
  const [qualityAt, meterAt] = [names.indexOf('quality'), names.indexOf('meter')];
  const texts = new Set([timeAt, hostAt, qualityAt, meterAt]);
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
    for (const [at, cell] of cells.entries()) {
      if (!texts.has(at)) row.figures[at] = figureIn(path, line, names[at] ?? '', cell);
    }
    row.quality = qualityAt < 0 ? undefined : qualityIn(path, line, cells[qualityAt] ?? '');
    row.meter = meterAt < 0 ? '' : oneLine(cells[meterAt] ?? '', 64);
    return row;
  };
};

/** What a program or a person writes as a number; not 0x10, not Infinity, not a thousand with commas. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const figureIn = (path: string, line: number, name: string, cell: string): number => {
  if (cell === '') return Number.NaN;
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  if (!Number.isFinite(value))
    throw wrong(
      path,
      line,
      `${name} is ${shown(cell)}, no number`,
      'Leave the cell empty where the figure is not known.',
    );
  if (value < 0 && (NOT_NEGATIVE.has(name) || RATIOS.has(name)))
    throw wrong(
      path,
      line,
      `${name} is ${shown(cell)}, below 0`,
      'Correct the row; where a counter was reset, leave the cell empty.',
    );
  if (value > 1 && RATIOS.has(name))
    throw wrong(
      path,
      line,
      `${name} is ${shown(cell)}, above 1`,
      'Write it as a share from 0 to 1, not in per cent.',
    );
  return value;
};

const qualityIn = (path: string, line: number, cell: string): Quality | undefined => {
  const quality = QUALITIES.find((one) => one === cell);
  if (quality === undefined && cell !== '')
    throw wrong(path, line, `quality is ${shown(cell)}`, `Write ${QUALITIES.join(', ')}, or leave it empty.`);
  return quality;
};

const shown = (text: string): string => (text === '' ? 'empty' : `"${oneLine(text, 40)}"`);
