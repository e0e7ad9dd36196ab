/** A trace of hosts on which nothing was changed, as columns. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ScopeSeries } from '../../src/savings/series.ts';

export interface TraceHost {
  readonly name: string;
  readonly series: ScopeSeries;
  /** Hour of each row since 1970, local time of the trace: rows that are missing there are missing here. */
  readonly hours: Float64Array;
}

const HOUR = 3600;

/**
 * Reads a CSV with the columns `timestamp_local`, `server`, `power_w` and `util_pct`, plain or gzipped. The stand-in for
 * work is utilisation, as the trace holds nothing nearer to it. Hours without a row are closed up: windows are counted in
 * rows, so that an outage of the meter does not become the subject.
 */
export const readTrace = (file: string): readonly TraceHost[] => {
  const raw = readFileSync(file);
  const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const names = head.split(',');
  const column = (name: string): number => {
    const at = names.indexOf(name);
    if (at < 0) throw new Error(`${file} has no column ${name}; it has ${names.join(', ')}`);
    return at;
  };
  const [time, server, power, work] = ['timestamp_local', 'server', 'power_w', 'util_pct'].map(column);
  const rows = new Map<string, [hour: number, watts: number, work: number][]>();
  for (const line of lines) {
    const cells = line.split(',');
    const hour = Date.parse(`${cells[time ?? 0]?.slice(0, 16)}Z`) / (HOUR * 1000);
    const row: [number, number, number] = [hour, Number(cells[power ?? 0]), Number(cells[work ?? 0])];
    if (!row.every(Number.isFinite) || cells[power ?? 0] === '' || cells[work ?? 0] === '') continue;
    const name = cells[server ?? 0] ?? '';
    const before = rows.get(name);
    if (before === undefined) rows.set(name, [row]);
    else before.push(row);
  }
  return [...rows].map(([name, of]) => {
    of.sort((a, b) => a[0] - b[0]);
    return { name, hours: Float64Array.from(of, ([hour]) => hour), series: seriesOf(of) };
  });
};

const seriesOf = (rows: readonly (readonly [number, number, number])[]): ScopeSeries => {
  const { length } = rows;
  const all = (value: number): Float64Array => new Float64Array(length).fill(value);
  return {
    from: 0,
    step: HOUR,
    length,
    energy: Float64Array.from(rows, ([, watts]) => watts * HOUR),
    demanded: all(HOUR),
    powered: all(HOUR),
    coverage: all(1),
    work: [Float64Array.from(rows, ([, , work]) => work)],
    drivers: [],
    guards: [],
    grid: all(Number.NaN),
    pue: all(Number.NaN),
    usable: new Uint8Array(length).fill(1),
  };
};

/** The same host on its own calendar: hours without a row are not known. */
export const onCalendar = ({ hours, series }: TraceHost): ScopeSeries => {
  const first = hours[0] ?? 0;
  const length = (hours.at(-1) ?? first) - first + 1;
  const spread = (column: Float64Array): Float64Array => {
    const to = new Float64Array(length).fill(Number.NaN);
    hours.forEach((hour, row) => {
      to[hour - first] = column[row] ?? Number.NaN;
    });
    return to;
  };
  const all = (value: number): Float64Array => new Float64Array(length).fill(value);
  const energy = spread(series.energy);
  return {
    ...series,
    from: first * HOUR,
    length,
    energy,
    demanded: all(HOUR),
    powered: all(HOUR),
    coverage: energy.map((value) => (Number.isNaN(value) ? 0 : 1)),
    work: series.work.map(spread),
    grid: all(Number.NaN),
    pue: all(Number.NaN),
    usable: Uint8Array.from(energy, (value) => (Number.isNaN(value) ? 0 : 1)),
  };
};
