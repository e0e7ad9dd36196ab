import { type Ledger, total } from '../ledger.ts';
import { meterName } from '../model/usage.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LabScrape } from './fleet.ts';
import type { LabGrid } from './grid.ts';

/** One host in one interval, as the differences of the agent's own counters tell it. */
export interface LabRow {
  /** Start of the interval, seconds since 1970 UTC. */
  readonly from: number;
  readonly host: string;
  /** J. */
  readonly energy: number;
  readonly work: number;
  /** 0 to 1. */
  readonly cpu: number;
  /** s. */
  readonly poweredOn: number;
  /** g/kWh. */
  readonly grid: number;
  /** What counted the energy. */
  readonly meter: string;
}

interface Counters {
  readonly at: number;
  readonly energy: number;
  readonly work: number;
  readonly poweredOn: number;
  readonly busy: number;
  readonly all: number;
}

const countersOf = ({ ledger, view }: Snapshot, at: number): Counters => {
  const sum = (name: Parameters<typeof total>[1]): number => total(ledger as Ledger, name, {});
  const modes = Object.entries(view.sample.cpu?.modes ?? {});
  const all = modes.reduce((time, [, spent]) => time + spent, 0);
  const calm = modes.reduce(
    (time, [mode, spent]) => (mode === 'idle' || mode === 'iowait' ? time + spent : time),
    0,
  );
  return {
    at,
    energy: sum('hw_host_energy_joules_total'),
    work: sum('negawatt_work_total'),
    poweredOn: sum('negawatt_host_powered_on_seconds_total'),
    busy: all - calm,
    all,
  };
};

/**
 * Rows from scrapes that are one interval apart, as whoever scrapes the agents would make them. Where a host did not
 * answer, or has just begun, there is no row: it is not known.
 */
export const createHourly = (
  grid: LabGrid,
): ((at: number, all: readonly LabScrape[]) => readonly LabRow[]) => {
  const last = new Map<string, Counters>();
  return (at, all) =>
    all.flatMap(({ host, snapshot }): readonly LabRow[] => {
      const { name } = host.spec;
      const before = last.get(name);
      if (snapshot === undefined) {
        last.delete(name);
        return [];
      }
      const now = countersOf(snapshot, at);
      last.set(name, now);
      if (before === undefined) return [];
      const { source, complete } = snapshot.view.metered.state.host;
      return [
        {
          from: before.at,
          host: name,
          energy: now.energy - before.energy,
          work: now.work - before.work,
          cpu: (now.busy - before.busy) / (now.all - before.all),
          poweredOn: now.poweredOn - before.poweredOn,
          grid: grid.carbonAt(before.at * 1000).location?.row.value ?? Number.NaN,
          meter: source === undefined ? '' : meterName(source, complete === true),
        },
      ];
    });
};

/** Columns of the documented form of a table (`negawatt compare --csv`). */
export const CSV_HEADER =
  'time,host,energy_joules,work,cpu_utilization,powered_on_seconds,grid_grams_per_kilowatt_hour';

const figure = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

export const csvLine = ({ from, host, energy, work, cpu, poweredOn, grid }: LabRow): string =>
  [
    new Date(from * 1000).toISOString().replace('.000Z', 'Z'),
    host,
    figure(energy, 3),
    figure(work, 0),
    figure(cpu, 6),
    figure(poweredOn, 3),
    Number.isFinite(grid) ? figure(grid, 3) : '',
  ].join(',');
