import type { Quality } from '../model/meter.ts';
import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import { add, type Joules, joules } from '../units.ts';
import { checkStorable, QUALITIES, type Store } from './store.ts';

/** A store that ends with the process: for `once` and `doctor`, and where no directory can be written. */
export const memoryStore = (): Store => {
  let saved: PersistedState | undefined;
  const hours = new Map<string, HourlyEnergy>();
  return {
    where: 'memory',
    warnings: [],
    load: () => saved,
    save(state, hourly) {
      checkStorable(state, hourly);
      // The copy through JSON is what a file would give back; the caller may go on changing its own.
      const engine: unknown = JSON.parse(JSON.stringify(state.engine ?? null));
      saved = { ...state, counters: new Map(state.counters), engine };
      for (const row of hourly) {
        const key = `${row.hour} ${row.gridZone}`;
        hours.set(key, merged(hours.get(key), row));
      }
    },
    hourly: (fromHour, toHour) =>
      [...hours.values()].filter(({ hour }) => hour >= fromHour && hour < toHour).sort(byHourAndZone),
    close() {},
  };
};

const merged = (old: HourlyEnergy | undefined, more: HourlyEnergy): HourlyEnergy => {
  const energy: Joules = add(old?.energy ?? joules(0), more.energy);
  const quality = lessSure(old?.quality, more.quality);
  return { hour: more.hour, gridZone: more.gridZone, energy, ...(quality && { quality }) };
};

const lessSure = (a: Quality | undefined, b: Quality | undefined): Quality | undefined =>
  a === undefined || b === undefined
    ? (a ?? b)
    : QUALITIES[Math.max(QUALITIES.indexOf(a), QUALITIES.indexOf(b))];

/** Zones by code unit, as SQLite's BINARY collation sorts ASCII. */
const byHourAndZone = (a: HourlyEnergy, b: HourlyEnergy): number =>
  a.hour - b.hour || (a.gridZone < b.gridZone ? -1 : 1);
