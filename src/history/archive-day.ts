import type { KeptDay } from '../model/archive.ts';
import type { HistoryChunk, HistoryRequest, HostHistory } from '../model/history.ts';
import type { Names } from './archive-series.ts';

/** One of a series, each interval from the newer where that knows it (its first column), else from the older. */
const merged = (
  older: KeptDay | undefined,
  newer: KeptDay,
): { readonly day: KeptDay; readonly restated: number } => {
  // What was closed may be in a baseline that was frozen.
  if (older?.isClosed) return { day: older, restated: 0 };
  if (older === undefined || older.columns.length !== newer.columns.length)
    return { day: newer, restated: 0 };
  let restated = 0;
  let isOlderUsed = false;
  const columns = newer.columns.map((column) => Float64Array.from(column));
  for (let i = 0; i < Math.min(older.length, newer.length); i += 1) {
    const [then = Number.NaN, now = Number.NaN] = [older.columns[0]?.[i], newer.columns[0]?.[i]];
    if (Number.isNaN(then)) continue;
    if (!Number.isNaN(now)) {
      if (Math.abs(now - then) > 1e-9 * Math.abs(then)) restated += 1;
      continue;
    }
    isOlderUsed = true;
    for (const [at, column] of columns.entries()) column[i] = older.columns[at]?.[i] ?? Number.NaN;
  }
  const about = isOlderUsed && !newer.columns[0]?.some(Number.isFinite) ? older.about : newer.about;
  return { day: { ...newer, about, columns }, restated };
};

export interface MergedDay {
  /** By series: those that a day is whole with, and work of hosts that is known. */
  readonly days: ReadonlyMap<string, KeptDay>;
  /** By series: the host whose energy it is, where any is known. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Intervals of an open day that read otherwise than before. */
  readonly restated: number;
}

const aboutOf = ({ quality, meter, inventory }: HostHistory): string =>
  JSON.stringify([quality ?? null, meter, inventory]);

/**
 * A day of a request as an engine tells it now, over what was kept of it: what was closed stays as it is.
 *
 * @param read gives what was kept, by series.
 */
export const mergedDay = (
  request: HistoryRequest,
  names: Names,
  fresh: HistoryChunk,
  isClosed: boolean,
  read: (series: readonly string[]) => ReadonlyMap<string, KeptDay>,
): MergedDay => {
  const { length } = fresh;
  const days = new Map<string, KeptDay>();
  const put = (name: string, about: string, columns: readonly Float64Array[]): void =>
    void days.set(name, { length, isClosed, about, columns });
  for (const one of fresh.hosts) {
    const { energy, coverage, poweredOn, cpu, gpu } = one;
    put(names.host(one.host), aboutOf(one), [energy, coverage, poweredOn, cpu, gpu]);
    for (const [at, term] of request.work.entries()) {
      const column = one.work[at];
      if (column !== undefined && (term.query === undefined || column.some(Number.isFinite)))
        put(names.hostWork(one.host, term), '', [column]);
    }
  }
  put(names.conditions, JSON.stringify(fresh.factors ?? []), [fresh.grid, fresh.pue]);
  for (const [at, column] of [...fresh.work, ...fresh.drivers, ...fresh.guards].entries())
    put(names.terms[at] ?? '', '', [column]);
  let restated = 0;
  for (const [name, older] of read([...days.keys()])) {
    const newer = days.get(name);
    if (newer === undefined) continue;
    const one = merged(older, newer);
    days.set(name, one.day);
    restated += one.restated;
  }
  const hosts = fresh.hosts.flatMap(({ host }): readonly [string, string][] => {
    const name = names.host(host);
    return days.get(name)?.columns[0]?.some(Number.isFinite) ? [[name, host]] : [];
  });
  return { days, hosts: new Map(hosts), restated };
};
