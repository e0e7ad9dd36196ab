import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { QUALITIES } from '../model/usage.ts';

const RATIOS = new Set(['cpu_utilization', 'gpu_utilization']);
const NOT_NEGATIVE = new Set(['energy_joules', 'work', 'powered_on_seconds', 'grid_grams_per_kilowatt_hour']);

export const wrong = (path: string, line: number, what: string, fix: string): HistoryError =>
  new HistoryError(`${path}, line ${line}: ${what}`, fix);

/** What a program or a person writes as a number; not 0x10, not Infinity, not a thousand with commas. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A digit or a point in the second place: then it is a decimal number also for Number, if it is one at all. */
const isPlain = (cell: string): boolean => {
  const second = cell.length > 1 ? cell.charCodeAt(1) : 48;
  return (second >= 48 && second <= 57) || second === 46;
};

/** @throws HistoryError where a cell holds what its column cannot. NaN: it is empty. */
export const figureIn = (path: string, line: number, name: string, cell: string): number => {
  if (cell === '') return Number.NaN;
  const value = isPlain(cell) || NUMBER.test(cell) ? Number(cell) : Number.NaN;
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

export const qualityIn = (path: string, line: number, cell: string): Quality | undefined => {
  const quality = QUALITIES.find((one) => one === cell);
  if (quality === undefined && cell !== '')
    throw wrong(path, line, `quality is ${shown(cell)}`, `Write ${QUALITIES.join(', ')}, or leave it empty.`);
  return quality;
};

export const shown = (text: string): string => (text === '' ? 'empty' : `"${oneLine(text, 40)}"`);
