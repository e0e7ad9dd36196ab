import type { HistoryChunk, HostHistory, TimeWindow } from '../model/history.ts';
import type { ResidualPower } from '../model/measure.ts';
import type { ScopeSeries } from './series.ts';

/** Least share of an interval, and of the host time of a scope, that must be known (reference of the method, 3.1 and 8). */
export const LEAST_COVERAGE = 0.9;

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
  /** One host's own work instead of that of the scope, where work is counted for each. */
  readonly ownWork?: boolean;
}

/**
 * Adds hosts up to one series, chunk by chunk: of a fleet only its sums are held.
 *
 * A silent host is left out of energy and of demanded time alike: silence is missing data, never a saving. Work is
 * counted for the whole scope, so the share of it that belongs to the known host time is taken; with all hosts known
 * that is all of it. A host that is known to be off stays in the demanded time at its residual watts.
 */
export const buildScope = (input: ScopeInput): ScopeBuilder => {
  const { window, step, hosts, residual } = input;
  const length = Math.max(0, Math.round((window.to - window.from) / step));
  const column = () => new Float64Array(length);
  const unknown = () => new Float64Array(length).fill(Number.NaN);
  const [energy, lost, demanded, powered, covered] = [column(), column(), column(), column(), column()];
  const work = Array.from({ length: input.work }, unknown);
  const drivers = Array.from({ length: input.drivers }, unknown);
  const guards = Array.from({ length: input.guards }, unknown);
  const [grid, pue] = [unknown(), unknown()];
  const usable = new Uint8Array(length);
  const coverage = column();
  const wanted = new Set(hosts);
  const counts: ScopeCounts = { all: length * hosts.length, known: 0, off: 0, stipulated: 0, refused: 0 };
  let offJoules = 0;

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
    if (Number.isFinite(value) && value >= 0 && share >= LEAST_COVERAGE) {
      addEnergy(at, value);
      demanded[at] = (demanded[at] ?? 0) + step * share;
      covered[at] = (covered[at] ?? 0) + step * share;
      powered[at] = (powered[at] ?? 0) + (Number.isFinite(on) ? Math.min(on, step) : step * share);
      counts.known += 1;
      if (on === 0) {
        counts.off += 1;
        offJoules += value;
      }
      return;
    }
    if (value < 0 || value === Number.POSITIVE_INFINITY) counts.refused += 1;
    if (on !== 0) return;
    // Told to be off and not metered: what the plan stipulates.
    counts.known += 1;
    counts.off += 1;
    if (residual.measured) return;
    counts.stipulated += 1;
    addEnergy(at, residual.watts * step);
    offJoules += residual.watts * step;
    demanded[at] = (demanded[at] ?? 0) + step;
    covered[at] = (covered[at] ?? 0) + step;
  };

  const add = (chunk: HistoryChunk): void => {
    const first = Math.round((chunk.from - window.from) / step);
    const mine = chunk.hosts.filter(({ host }) => wanted.has(host));
    const ownWork = input.ownWork === true || (mine.length < chunk.hosts.length && mine.every(hasWork));
    for (let i = 0; i < chunk.length; i += 1) {
      const at = first + i;
      if (at < 0 || at >= length) continue;
      for (const host of mine) addHost(host, at, i);
      energy[at] = (energy[at] ?? 0) + (lost[at] ?? 0);
      lost[at] = 0;
      const share = (covered[at] ?? 0) / (step * hosts.length);
      coverage[at] = share;
      for (const [term, into] of work.entries()) {
        const all = ownWork ? sumOf(mine, term, i) : (chunk.work[term]?.[i] ?? Number.NaN);
        into[at] = ownWork ? all : all * share;
      }
      for (const [term, into] of drivers.entries()) into[at] = chunk.drivers[term]?.[i] ?? Number.NaN;
      for (const [term, into] of guards.entries()) into[at] = chunk.guards[term]?.[i] ?? Number.NaN;
      grid[at] = chunk.grid[i] ?? Number.NaN;
      pue[at] = chunk.pue[i] ?? Number.NaN;
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

/** Work of some hosts; hosts that count none of it, and those that are silent, add nothing. */
const sumOf = (hosts: readonly HostHistory[], term: number, i: number): number => {
  let [sum, isAny] = [0, false];
  for (const host of hosts) {
    const value = host.work[term]?.[i] ?? Number.NaN;
    if (!Number.isFinite(value) || (host.coverage[i] ?? 0) < LEAST_COVERAGE) continue;
    sum += value;
    isAny = true;
  }
  return isAny ? sum : Number.NaN;
};

/** The one series of some hosts over a window, added up from all chunks. */
export const scopeOf = async (
  chunks: AsyncIterable<HistoryChunk> | Iterable<HistoryChunk>,
  input: ScopeInput,
): Promise<ScopeBuilder> => {
  const builder = buildScope(input);
  for await (const chunk of chunks) builder.add(chunk);
  return builder;
};
