import type { HistoryChunk, HostHistory, TimeWindow } from '../model/history.ts';
import type { ResidualPower } from '../model/measure.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure } from '../model/usage.ts';
import { isMetered, isStuck, isToldOff } from './metered.ts';
import { LONGEST_SAME } from './plausible.ts';

/** What is known of one host within one window. Times in intervals. */
export interface HostWindow {
  intervals: number;
  known: number;
  /** Known to be off, and how many of them nothing metered. */
  off: number;
  stipulated: number;
  /** J, and the intervals with the host not off that it is of. */
  energy: number;
  metered: number;
  /** Intervals in which energy was below 0. */
  negative: number;
  /** Intervals in which the counter stood still though nothing tells that the host was off. */
  stuck: number;
  /** Intervals in which the energy was too much for any host. */
  leaps: number;
  /** Metered intervals of the same energy, to the joule, as in the day before. */
  same: number;
  /** Least energy of a whole metered interval, J; infinite where there is none. */
  least: number;
  /** Of the metered intervals, those in which the host's own work is known, and the most of it in one of them. */
  worked: number;
  mostWork: number;
  quality: Quality | undefined;
  /** What counted the energy while the host was on. */
  readonly meters: Set<string>;
}

/** Something of a host that changed between two chunks. */
export interface HostChange {
  /** Start of the chunk that first had it, seconds since 1970 UTC. */
  readonly at: number;
  readonly what: 'inventory' | 'meter';
}

export interface HostRecord {
  readonly host: string;
  readonly before: HostWindow;
  readonly after: HostWindow;
  readonly changes: HostChange[];
  readonly gaps: readonly HostGap[];
}

/** Where a host went silent. */
export interface HostGap {
  /** First silent interval, seconds since 1970 UTC. */
  readonly at: number;
  /** Energy just before against the host's own mean, in its standard deviations. */
  readonly lean: number;
}

export interface HostLedger {
  add(chunk: HistoryChunk): void;
  /** In the order of the hosts. */
  records(): readonly HostRecord[];
}

interface Held {
  readonly record: HostRecord;
  inventory: string;
  meter: string;
  /** Energy of the last known interval; NaN: the one before was not known. */
  last: number;
  /** How many known intervals in a row had the same energy as that. */
  run: number;
  /** Running moments of known energy (Welford, Technometrics 4:3, 1962). */
  count: number;
  mean: number;
  squares: number;
  readonly edges: { readonly at: number; readonly energy: number }[];
}

const windowOf = (): HostWindow => ({
  ...{ intervals: 0, known: 0, off: 0, stipulated: 0, energy: 0, metered: 0, negative: 0, stuck: 0 },
  ...{ leaps: 0, same: 0, least: Number.POSITIVE_INFINITY, worked: 0, mostWork: 0 },
  quality: undefined,
  meters: new Set(),
});

/**
 * Keeps of each host what guard rails ask about: how much of either window is known, what metered it, what changed. A few
 * numbers a host, whatever the length of the history. Chunks come in order of time.
 */
export const buildLedger = (
  hosts: readonly string[],
  before: TimeWindow,
  after: TimeWindow,
  residual: ResidualPower,
): HostLedger => {
  const held = new Map<string, Held>(
    hosts.map((host) => [
      host,
      {
        record: { host, before: windowOf(), after: windowOf(), changes: [], gaps: [] },
        ...{ inventory: '', meter: '', last: Number.NaN, run: 0, count: 0, mean: 0, squares: 0, edges: [] },
      },
    ]),
  );

  const addWork = ({ work }: HostHistory, i: number, side: HostWindow): void => {
    const units = work.map((column) => column[i] ?? Number.NaN);
    if (units.length === 0 || !units.every(Number.isFinite)) return;
    side.worked += 1;
    side.mostWork = Math.max(side.mostWork, ...units);
  };

  const addInterval = (
    one: Held,
    host: HostHistory,
    { i, at, step }: { i: number; at: number; step: number },
    side: HostWindow,
  ): boolean => {
    const energy = host.energy[i] ?? Number.NaN;
    const isOff = isToldOff(host, i);
    const isKnown = isMetered(host, i);
    side.intervals += 1;
    if (energy < 0) side.negative += 1;
    if (isStuck(host, i)) side.stuck += 1;
    if (energy === Number.POSITIVE_INFINITY) side.leaps += 1;
    if (!isKnown && !(isOff && !residual.measured)) {
      if (Number.isFinite(one.last)) one.edges.push({ at, energy: one.last });
      one.last = Number.NaN;
      return false;
    }
    side.known += 1;
    if (isOff) {
      side.off += 1;
      if (!isKnown) side.stipulated += 1;
      // A host that goes off is no gap, and what it drew before says nothing of gaps.
      one.last = Number.NaN;
      return false;
    }
    side.energy += energy;
    side.metered += 1;
    side.least = Math.min(side.least, energy / (host.coverage[i] ?? 1));
    addWork(host, i, side);
    one.run = energy === one.last ? one.run + 1 : 0;
    if (one.run * step >= LONGEST_SAME) side.same += 1;
    one.last = energy;
    one.count += 1;
    const from = energy - one.mean;
    one.mean += from / one.count;
    one.squares += from * (energy - one.mean);
    return true;
  };

  const addHost = (host: HostHistory, chunk: HistoryChunk): void => {
    const one = held.get(host.host);
    if (one === undefined) return;
    let isOn = false;
    let isAny = false;
    for (let i = 0; i < chunk.length; i += 1) {
      const at = chunk.from + i * chunk.step;
      const side =
        at >= before.from && at < before.to
          ? one.record.before
          : at >= after.from && at < after.to
            ? one.record.after
            : undefined;
      if (side === undefined) continue;
      isAny = true;
      if (!addInterval(one, host, { i, at, step: chunk.step }, side)) continue;
      isOn = true;
      side.quality = lessSure(side.quality, host.quality);
      if (host.meter !== '') side.meters.add(host.meter);
    }
    // Changes count between the windows too: what changed in between is there in one of them and not in the other.
    const isWithin = chunk.from + chunk.length * chunk.step > before.from && chunk.from < after.to;
    if (!isWithin) return;
    if (host.inventory !== '') {
      if (one.inventory !== '' && one.inventory !== host.inventory)
        one.record.changes.push({ at: chunk.from, what: 'inventory' });
      one.inventory = host.inventory;
    }
    if (host.meter !== '' && (isOn || !isAny)) {
      if (one.meter !== '' && one.meter !== host.meter)
        one.record.changes.push({ at: chunk.from, what: 'meter' });
      one.meter = host.meter;
    }
  };

  return {
    add: (chunk) => {
      for (const host of chunk.hosts) addHost(host, chunk);
    },
    records: () =>
      [...held.values()].map(({ record, edges, count, mean, squares }) => {
        const deviation = Math.sqrt(squares / Math.max(count - 1, 1));
        const gaps = edges.map(({ at, energy }): HostGap => {
          return { at, lean: deviation > 0 ? (energy - mean) / deviation : 0 };
        });
        return { ...record, gaps };
      }),
  };
};
