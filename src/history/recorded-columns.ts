import type { HistoryChunk, HostHistory } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { cellsOf } from './csv-lines.ts';

/**
 * Chunks of a history as lines of CSV, exact: a number is written as JavaScript's shortest text that reads back as the
 * same number, and what is not known is empty.
 */

/** A line break would end the line: names have none, and the name itself is in the index. */
const inLine = (text: string): string => text.replace(/[\r\n]/g, '\uFFFD');
/** Quoted unless it is a plain word: spaces at an end are kept. */
const cell = (text: string): string =>
  /^[\w.:+-]*$/.test(text) ? text : `"${inLine(text).replaceAll('"', '""')}"`;
/** The sign of a 0 is kept too: String(-0) is 0. */
const number = (value = Number.NaN): string =>
  Number.isNaN(value) ? '' : Object.is(value, -0) ? '-0' : String(value);
const at = ({ from, step }: HistoryChunk, i: number): string =>
  new Date((from + i * step) * 1000).toISOString();

const HOST_COLUMNS = [
  'energy_joules',
  'coverage',
  'powered_on_seconds',
  'cpu_utilization',
  'gpu_utilization',
];
const HOST_HEAD = ['time', 'host', 'quality', 'meter', 'inventory'];
const SCOPE_HEAD = ['time', 'grid_grams_per_kilowatt_hour', 'pue'];
const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}_${i}`);

export interface Widths {
  readonly work: number;
  readonly drivers: number;
  readonly guards: number;
}

export const hostHeader = ({ work }: Widths): string =>
  `${[...HOST_HEAD, ...HOST_COLUMNS, ...numbered('work', work)].join(',')}\n`;
export const scopeHeader = ({ work, drivers, guards }: Widths): string =>
  `${[...SCOPE_HEAD, ...numbered('work', work), ...numbered('driver', drivers), ...numbered('guard', guards)].join(',')}\n`;

export const hostLines = (chunk: HistoryChunk): string => {
  let text = '';
  for (const one of chunk.hosts) {
    const head = [one.host, one.quality ?? '', one.meter, one.inventory].map(cell).join(',');
    const columns = [one.energy, one.coverage, one.poweredOn, one.cpu, one.gpu, ...one.work];
    for (let i = 0; i < chunk.length; i += 1)
      text += `${at(chunk, i)},${head},${columns.map((column) => number(column[i])).join(',')}\n`;
  }
  return text;
};

export const scopeLines = (chunk: HistoryChunk): string => {
  const columns = [chunk.grid, chunk.pue, ...chunk.work, ...chunk.drivers, ...chunk.guards];
  let text = '';
  for (let i = 0; i < chunk.length; i += 1)
    text += `${at(chunk, i)},${columns.map((column) => number(column[i])).join(',')}\n`;
  return text;
};

const numberOf = (text = ''): number => (text === '' ? Number.NaN : Number(text));

/** What of a chunk is not in its columns. */
export interface ChunkFrame {
  readonly from: number;
  readonly step: number;
  readonly length: number;
}

/** Reads what `hostLines` wrote: `length` lines for each host. Throws RangeError where lines are missing. */
export const hostsFrom = (
  nextLine: () => string,
  hosts: readonly string[],
  { length }: ChunkFrame,
  perHostWork: number,
): readonly HostHistory[] =>
  hosts.map((host) => {
    const columns = Array.from({ length: HOST_COLUMNS.length + perHostWork }, () => new Float64Array(length));
    let [quality, meter, inventory]: readonly string[] = ['', '', ''];
    for (let i = 0; i < length; i += 1) {
      const [, name, ...rest] = cellsOf(nextLine()) ?? [];
      if (name !== inLine(host)) throw new RangeError(`a line of ${host} was expected, and ${name} is there`);
      [quality = '', meter = '', inventory = ''] = rest;
      for (const [at, column] of columns.entries()) column[i] = numberOf(rest[3 + at]);
    }
    const [energy, coverage, poweredOn, cpu, gpu, ...work] = columns;
    const none = new Float64Array(0);
    return {
      host,
      energy: energy ?? none,
      coverage: coverage ?? none,
      poweredOn: poweredOn ?? none,
      cpu: cpu ?? none,
      gpu: gpu ?? none,
      work,
      quality: quality === '' ? undefined : (quality as Quality),
      meter: meter ?? '',
      inventory: inventory ?? '',
    };
  });

export const scopeFrom = (
  nextLine: () => string,
  { length }: ChunkFrame,
  { work, drivers, guards }: Widths,
): Pick<HistoryChunk, 'grid' | 'pue' | 'work' | 'drivers' | 'guards'> => {
  const columns = Array.from({ length: 2 + work + drivers + guards }, () => new Float64Array(length));
  for (let i = 0; i < length; i += 1) {
    const line = cellsOf(nextLine()) ?? [];
    for (const [at, column] of columns.entries()) column[i] = numberOf(line[1 + at]);
  }
  const [grid = new Float64Array(0), pue = new Float64Array(0), ...rest] = columns;
  return {
    grid,
    pue,
    work: rest.slice(0, work),
    drivers: rest.slice(work, work + drivers),
    guards: rest.slice(work + drivers),
  };
};
