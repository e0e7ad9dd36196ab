import { HistoryError, type HistoryRequest, type TimeWindow } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure } from '../model/usage.ts';
import type { CsvHeader, CsvRow } from './csv-rows.ts';
import { DAY, type HostColumns, instant, unknownHost } from './intervals.ts';

/** Which columns of a file answer a request, by their places among the figures. */
export interface CsvPlaces {
  readonly energy: number;
  readonly work: readonly number[];
  readonly drivers: readonly number[];
  readonly guards: readonly number[];
}

/** @throws HistoryError where the file has no such column. */
export const placesOf = (
  path: string,
  { names, placeOf }: CsvHeader,
  { work, drivers, guards }: HistoryRequest,
): CsvPlaces => {
  const place = (name: string, what: string): number => {
    const at = placeOf(name);
    if (at === undefined)
      throw new HistoryError(
        `${path} has no column ${name} for ${what}; it has ${names.join(', ')}`,
        'Add the column, or name one that is there as the query in the plan.',
      );
    return at;
  };
  if (work.some(({ workloadClass }) => workloadClass !== undefined))
    throw new HistoryError(
      `${path} tells no classes of workloads`,
      'Leave out the class, or give each class a column.',
    );
  if (work.filter(({ query }) => query === undefined).length > 1)
    throw new HistoryError(
      `${path} has one column work for ${work.length} kinds of work`,
      'Give each kind of work a column, and name it as the query in the plan.',
    );
  return {
    energy: place('energy_joules', 'energy'),
    work: work.map(({ query, unit }) => place(query ?? 'work', `work in ${unit}`)),
    drivers: drivers.map(({ name, query }) => place(query, `the driver ${name}`)),
    guards: guards.map(({ name, query }) => place(query, `the guard ${name}`)),
  };
};

/** Sums of one host by interval while rows come in any order. */
export interface CsvHostSums {
  readonly columns: HostColumns;
  readonly grid: Float64Array;
  readonly drivers: readonly Float64Array[];
  readonly guards: readonly Float64Array[];
  /** Qualities and meters by day, from the start of the window. */
  readonly quality: (Quality | undefined)[];
  readonly meters: (Set<string> | undefined)[];
}

/** Rows of some days by host, any order. A row counts once; finer rows than the step are summed up. */
export const createSums = (
  path: string,
  header: CsvHeader,
  places: CsvPlaces,
  window: TimeWindow,
  step: number,
  interval: number,
  hosts: readonly string[],
): { readonly add: (row: CsvRow) => void; readonly of: ReadonlyMap<string, CsvHostSums> } => {
  const length = (window.to - window.from) / step;
  const rows = step / interval;
  const slots = (window.to - window.from) / interval;
  const [cpuAt, gpuAt, onAt, gridAt] = [
    ...['cpu_utilization', 'gpu_utilization', 'powered_on_seconds', 'grid_grams_per_kilowatt_hour'],
  ].map(header.placeOf);
  const sums = new Map(
    hosts.map((host) => [
      host,
      {
        columns: unknownHost(host, length, places.work.length),
        grid: new Float64Array(length).fill(Number.NaN),
        drivers: places.drivers.map(() => new Float64Array(length).fill(Number.NaN)),
        guards: places.guards.map(() => new Float64Array(length).fill(Number.NaN)),
        quality: [] as (Quality | undefined)[],
        meters: [] as (Set<string> | undefined)[],
        lacking: places.work.map(() => new Uint8Array(length)),
        seen: new Uint8Array(slots),
      },
    ]),
  );
  // Means over what is known of an interval: sums here, and how many rows they are of, until all rows are in.
  const counts = new Map<Float64Array, Uint32Array>();
  const mean = (column: Float64Array, at: number, value = Number.NaN): void => {
    if (Number.isNaN(value)) return;
    const count = counts.get(column) ?? new Uint32Array(length);
    counts.set(column, count);
    const n = (count[at] ?? 0) + 1;
    count[at] = n;
    const held = column[at] ?? Number.NaN;
    column[at] = n === 1 ? value : held + (value - held) / n;
  };
  const sum = (column: Float64Array, at: number, value = Number.NaN): void => {
    if (!Number.isNaN(value)) column[at] = Number.isNaN(column[at]) ? value : (column[at] ?? 0) + value;
  };
  const add = (row: CsvRow): void => {
    const own = sums.get(row.host);
    if (own === undefined || row.at < window.from || row.at >= window.to) return;
    const slot = (row.at - window.from) / interval;
    if (own.seen[slot] === 1)
      throw new HistoryError(
        `${path}, line ${row.line}: a second row of host ${row.host} at ${instant(row.at)}`,
        'Give each host one row an interval: to add both would count its energy twice.',
      );
    own.seen[slot] = 1;
    const at = Math.floor(slot / rows);
    const { figures } = row;
    const energy = figures[places.energy] ?? Number.NaN;
    const on = onAt === undefined ? Number.NaN : (figures[onAt] ?? Number.NaN);
    if (on > interval)
      throw new HistoryError(
        `${path}, line ${row.line}: powered_on_seconds is ${on} in a row of ${interval} s`,
        'Correct the row, or say with history.csv.interval how long a row is.',
      );
    sum(own.columns.poweredOn, at, on);
    // What is not known of a part is not known of it: the rest of the interval is told by its coverage.
    if (!Number.isNaN(energy)) {
      sum(own.columns.energy, at, energy);
      own.columns.coverage[at] = (own.columns.coverage[at] ?? 0) + 1 / rows;
      const day = Math.floor(row.at / DAY) - Math.floor(window.from / DAY);
      own.quality[day] = lessSure(own.quality[day], row.quality);
      if (row.meter !== '') own.meters[day] = (own.meters[day] ?? new Set<string>()).add(row.meter);
    }
    // Work of the part that the energy is of, and of all of it: else it would look as if less had been done with it.
    for (const [index, place] of places.work.entries()) {
      const [column, lacking] = [own.columns.work[index], own.lacking[index]];
      if (column === undefined || lacking === undefined || Number.isNaN(energy)) continue;
      sum(column, at, figures[place]);
      if (Number.isNaN(figures[place])) lacking[at] = 1;
      if (lacking[at] === 1) column[at] = Number.NaN;
    }
    if (cpuAt !== undefined) mean(own.columns.cpu, at, figures[cpuAt]);
    if (gpuAt !== undefined) mean(own.columns.gpu, at, figures[gpuAt]);
    if (gridAt !== undefined) mean(own.grid, at, figures[gridAt]);
    for (const [index, place] of places.drivers.entries())
      mean(own.drivers[index] ?? NONE, at, figures[place]);
    for (const [index, place] of places.guards.entries()) mean(own.guards[index] ?? NONE, at, figures[place]);
  };
  return { add, of: sums };
};

const NONE = new Float64Array(0);
