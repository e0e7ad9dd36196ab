import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import { addUsage, HOUR, type Usage, usageKey } from '../model/usage.ts';
import { checkStorable, type Store } from './store.ts';

/** A store that ends with the process: for `once` and `doctor`, and where no directory can be written. */
export const memoryStore = (): Store => {
  let saved: PersistedState | undefined;
  const rows = new Map<string, Usage>();
  return {
    where: 'memory',
    warnings: [],
    load: () => saved,
    save(state, usage, ended = []) {
      checkStorable(state, usage, ended);
      // The copy through JSON is what a file would give back; the caller may go on changing its own.
      const engine: unknown = JSON.parse(JSON.stringify(state.engine ?? null));
      saved = { ...state, counters: new Map(state.counters), engine };
      for (const row of usage) {
        const held = rows.get(usageKey(row));
        rows.set(usageKey(row), held === undefined ? row : addUsage(held, row));
      }
      forgetOldest(rows);
    },
    // Nothing of it outlives the process, and nobody is told that it does.
    durable: async () => undefined,
    hourly: (fromHour, toHour) =>
      [...rows.values()]
        .filter(
          ({ period, scope, start, energy, quality }) =>
            period === HOUR &&
            scope === 'host' &&
            start >= fromHour &&
            start < toHour &&
            (energy > 0 || quality !== undefined),
        )
        .map(hourOf)
        .sort((a, b) => a.hour - b.hour || byCodeUnit(a.gridZone, b.gridZone)),
    usage: (period, from, to) =>
      [...rows.values()]
        .filter((row) => row.period === period && row.start >= from && row.start < to)
        .sort(byKey),
    series: (period, scope, from, to) =>
      [...rows.values()]
        .filter((row) => row.period === period && row.scope === scope && row.start >= from && row.start < to)
        .map((row) => ({ ...row, work: undefined, record: undefined, scores: undefined }))
        .sort(byKey),
    close() {},
  };
};

/** Nobody reads the rows of a process that ends: a few hours are held for whoever asks the store that it has. */
const MOST_ROWS = 500;

const forgetOldest = (rows: Map<string, Usage>): void => {
  for (const key of rows.keys()) {
    if (rows.size <= MOST_ROWS) return;
    rows.delete(key);
  }
};

const hourOf = ({ start, gridZone, energy, quality }: Usage): HourlyEnergy => ({
  hour: start,
  gridZone,
  energy,
  ...(quality && { quality }),
});

/** As SQLite's BINARY collation sorts ASCII. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byKey = (a: Usage, b: Usage): number =>
  a.start - b.start ||
  byCodeUnit(a.scope, b.scope) ||
  byCodeUnit(a.name, b.name) ||
  byCodeUnit(a.gridZone, b.gridZone);
