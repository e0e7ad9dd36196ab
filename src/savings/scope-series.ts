import type { HistoryChunk, HostHistory, TimeWindow } from '../model/history.ts';
import type { ResidualPower } from '../model/measure.ts';
import { isMetered, isToldOff, LEAST_COVERAGE } from './metered.ts';
import type { ScopeSeries } from './series.ts';

/** What was left out, in host-intervals, and what was assumed. */
export interface ScopeCounts {
  /** Host-intervals of the scope. */
  all: number;
  /** Of those, metered or told to be off. */
  known: number;
  /** Told to be off. */
  off: number;
  /** Of those, at stipulated watts: nothing metered them. */
  stipulated: number;
  /** Energy that was below 0 or no number: left out as unknown. */
  refused: number;
}

export interface ScopeBuilder {
  add(chunk: HistoryChunk): void;
  /** The series; views of the same columns each time. */
  readonly series: ScopeSeries;
  readonly counts: Readonly<ScopeCounts>;
  /** J booked for hosts that were off. */
  readonly residual: () => number;
}

export interface ScopeInput {
  readonly window: TimeWindow;
  readonly step: number;
  /** Only hosts of these names are added up. */
  readonly hosts: readonly string[];
  readonly work: number;
  readonly drivers: number;
  readonly guards: number;
  readonly residual: ResidualPower;
  /**
   * Hosts that work is spread over where it is counted for the scope alone: as many as were asked for. A single host of
   * ten then has a tenth of it. Left out: these hosts do all of it.
   */
  readonly sharedBy?: number;
  /** Series of the same window whose conditions (drivers, guards, factors) these hosts share: not held twice. */
  readonly conditions?: ScopeSeries;
}

/**
 * Adds hosts up to one series, chunk by chunk: of a fleet only its sums are held.
 *
 * A silent host is left out of energy and of demanded time alike: silence is missing data, never a saving. Where each
 * host counts its own work, that of silent hosts is left out with them. Where work is counted for the scope alone, the
 * share of the host time that is known, among hosts that are not known to be off, is taken: whole, it would be more work
 * than the energy beside it is of, and look like a saving; hosts that are off do none of it. A host that is known to be
 * off stays in the demanded time at its residual watts. Chunks come in order of time.
 */
export const buildScope = (input: ScopeInput): ScopeBuilder => {
  const { window, step, hosts, residual } = input;
  const length = Math.max(0, Math.round((window.to - window.from) / step));
  const column = () => new Float64Array(length);
  const unknown = () => new Float64Array(length).fill(Number.NaN);
  const [energy, lost, demanded, powered, covered] = [column(), column(), column(), column(), column()];
  const work = Array.from({ length: input.work }, unknown);
  const { conditions } = input;
  const drivers = conditions?.drivers ?? Array.from({ length: input.drivers }, unknown);
  const guards = conditions?.guards ?? Array.from({ length: input.guards }, unknown);
  const [grid, pue] = [conditions?.grid ?? unknown(), conditions?.pue ?? unknown()];
  const usable = new Uint8Array(length);
  const coverage = column();
  const wanted = new Set(hosts);
  const counts: ScopeCounts = { all: length * hosts.length, known: 0, off: 0, stipulated: 0, refused: 0 };
  let offJoules = 0;
  /** Host-seconds of the interval at hand that are known to be off. */
  let off = 0;

  /** Compensated: a thousand hosts over a day are 1e11 J. */
  const addEnergy = (at: number, value: number): void => {
    const total = energy[at] ?? 0;
    const next = total + value;
    lost[at] =
      (lost[at] ?? 0) + (Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total);
    energy[at] = next;
  };

  const addHost = (host: HostHistory, at: number, i: number): void => {
    const value = host.energy[i] ?? Number.NaN;
    const share = host.coverage[i] ?? 0;
    const on = host.poweredOn[i] ?? Number.NaN;
    if (isMetered(host, i)) {
      addEnergy(at, value);
      demanded[at] = (demanded[at] ?? 0) + step * share;
      covered[at] = (covered[at] ?? 0) + step * share;
      powered[at] = (powered[at] ?? 0) + (Number.isFinite(on) ? Math.min(on, step) : step * share);
      counts.known += 1;
      if (on === 0) {
        counts.off += 1;
        off += step * share;
        offJoules += value;
      }
      return;
    }
    if (value < 0 || value === Number.POSITIVE_INFINITY) counts.refused += 1;
    if (on !== 0) return;
    // Told to be off and not metered: what the plan stipulates. A plan that says it is metered, and is not, knows nothing.
    if (residual.measured) return;
    counts.known += 1;
    counts.off += 1;
    counts.stipulated += 1;
    off += step;
    addEnergy(at, residual.watts * step);
    offJoules += residual.watts * step;
    demanded[at] = (demanded[at] ?? 0) + step;
    covered[at] = (covered[at] ?? 0) + step;
  };

  const add = (chunk: HistoryChunk): void => {
    const first = Math.round((chunk.from - window.from) / step);
    const mine = chunk.hosts.filter(({ host }) => wanted.has(host));
    const ownWork = mine.length > 0 && mine.every(hasWork);
    const spread = hosts.length / (input.sharedBy ?? hosts.length);
    for (let i = 0; i < chunk.length; i += 1) {
      const at = first + i;
      if (at < 0 || at >= length) continue;
      off = 0;
      for (const host of mine) addHost(host, at, i);
      energy[at] = (energy[at] ?? 0) + (lost[at] ?? 0);
      lost[at] = 0;
      const share = (covered[at] ?? 0) / (step * hosts.length);
      coverage[at] = share;
      const mayWork = step * hosts.length - off;
      const working = mayWork > 0 ? ((covered[at] ?? 0) - off) / mayWork : 1;
      for (const [term, into] of work.entries())
        into[at] = ownWork ? sumOf(mine, term, i) : (chunk.work[term]?.[i] ?? Number.NaN) * working * spread;
      if (conditions === undefined) {
        for (const [term, into] of drivers.entries()) into[at] = chunk.drivers[term]?.[i] ?? Number.NaN;
        for (const [term, into] of guards.entries()) into[at] = chunk.guards[term]?.[i] ?? Number.NaN;
        grid[at] = chunk.grid[i] ?? Number.NaN;
        pue[at] = chunk.pue[i] ?? Number.NaN;
      }
      const isKnown =
        share >= LEAST_COVERAGE && [...work, ...drivers].every((each) => Number.isFinite(each[at]));
      usable[at] = isKnown ? 1 : 0;
      if (share === 0) energy[at] = Number.NaN;
    }
  };

  return {
    add,
    counts,
    residual: () => offJoules,
    series: {
      ...{ from: window.from, step, length, energy, demanded, powered, coverage },
      ...{ work, drivers, guards, grid, pue, usable },
    },
  };
};

const hasWork = ({ work }: HostHistory): boolean => work.length > 0;

/**
 * Work of some hosts; hosts that count none of it, and those that are silent, add nothing. Where all of them are known to
 * be off it is 0: nobody was there to count.
 */
const sumOf = (hosts: readonly HostHistory[], term: number, i: number): number => {
  let [sum, isAny, isAllOff] = [0, false, true];
  for (const host of hosts) {
    if (isToldOff(host, i)) continue;
    isAllOff = false;
    const value = host.work[term]?.[i] ?? Number.NaN;
    if (!Number.isFinite(value) || !isMetered(host, i)) continue;
    sum += value;
    isAny = true;
  }
  return isAny || isAllOff ? sum : Number.NaN;
};
