import type { HistoryChunk, HostHistory } from '../model/history.ts';
import { isToldOff } from './metered.ts';

/** Intervals after which the usual power of a host is known well enough to judge another by it. */
const LEAST_SEEN = 24;
/**
 * From the usual power of a host to that of an hour, either way. Idle servers draw 8 to 70 % of what they draw at most
 * (SPECpower_ssj2008, all results), and hosts of eight GPUs a twentieth; units that are mistaken for each other lie 1,000
 * or more apart.
 */
const MOST_APART = 100;
/** Seconds of one and the same energy, to the joule, after which a meter that sees load change is stuck. */
export const LONGEST_SAME = 86_400;
/** Change of use, and ratio of work, that no power to the joule goes along with. Our choice. */
const LEAST_USE = 0.1;
const LEAST_WORK = 1.5;

interface Usual {
  count: number;
  /** Mean logarithm of power: one hour of a damaged file does not move it. */
  log: number;
  last: number;
  /** Of the run of equal energies at hand: seconds, and least and most use and work in it. */
  same: number;
  use: readonly [number, number];
  work: readonly [number, number];
}

/** What was usual of each host when a read ended, for the next that goes on from there; null: not known. Plain data. */
export type KeptUsual = readonly (readonly [host: string, ...figures: readonly (number | null)[]])[];

/** A reader of one history in order of time, with what is usual so far. */
export interface PlausibleHistory {
  (chunk: HistoryChunk): HistoryChunk;
  kept(): KeptUsual;
}

const NOTHING = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

/**
 * Takes out of a history what no meter of a running host says, before anybody adds it up. An interval next to nothing, or
 * of an energy that stays the same to the joule for more than a day while the load of the host changes, becomes one of 0 J:
 * a meter that stood still (`isStuck`). One of a hundred times the usual becomes infinite, which is unknown. A host that is told to
 * be off while it works is not known to be off. Chunks of one history in order of time; however they are cut, the same
 * comes out. @param before what was kept of the read that ended where this one begins.
 */
export const plausibleHistory = (before: KeptUsual = []): PlausibleHistory => {
  const held = new Map(before.map(([host, ...figures]) => [host, usualIn(figures)]));
  const read = (chunk: HistoryChunk): HistoryChunk => ({
    ...chunk,
    hosts: chunk.hosts.map((host) => plausible(host, chunk, held)),
  });
  return Object.assign(read, { kept: () => [...held].map(keptOf) });
};

const keptOf = ([host, usual]: readonly [string, Usual]): KeptUsual[number] => {
  const { count, log, last, same, use, work } = usual;
  return [
    host,
    ...[count, log, last, same, ...use, ...work].map((one) => (Number.isFinite(one) ? one : null)),
  ];
};

const usualIn = (figures: readonly (number | null)[]): Usual => {
  const [count, log, last, same, ...ranges] = figures;
  const rangeAt = (at: number): readonly [number, number] => [
    ranges[at] ?? NOTHING[0],
    ranges[at + 1] ?? NOTHING[1],
  ];
  return {
    ...{ count: count ?? 0, log: log ?? 0, last: last ?? Number.NaN, same: same ?? 0 },
    ...{ use: rangeAt(0), work: rangeAt(2) },
  };
};

const plausible = (
  host: HostHistory,
  { length, step }: HistoryChunk,
  held: Map<string, Usual>,
): HostHistory => {
  const usual = held.get(host.host) ?? usualIn([]);
  held.set(host.host, usual);
  // Copies only where something has to be changed: nearly never.
  let [energy, poweredOn] = [host.energy, host.poweredOn];
  for (let i = 0; i < length; i += 1) {
    const work = workOf(host, i);
    let isOff = isToldOff(host, i);
    if (isOff && ((host.cpu[i] ?? 0) > 0 || work > 0)) {
      if (poweredOn === host.poweredOn) poweredOn = host.poweredOn.slice();
      poweredOn[i] = Number.NaN;
      isOff = false;
    }
    const value = host.energy[i] ?? Number.NaN;
    const power = value / (step * (host.coverage[i] ?? 0));
    if (isOff || !(power > 0) || !Number.isFinite(power)) {
      usual.last = Number.NaN;
      continue;
    }
    const apart = usual.count >= LEAST_SEEN ? power / Math.exp(usual.log) : 1;
    const isSame = isFrozen(usual, value, step, host.cpu[i] ?? Number.NaN, work);
    if (apart * MOST_APART < 1 || apart > MOST_APART || isSame) {
      if (energy === host.energy) energy = host.energy.slice();
      energy[i] = apart > MOST_APART ? Number.POSITIVE_INFINITY : 0;
      continue;
    }
    usual.count += 1;
    usual.log += (Math.log(power) - usual.log) / usual.count;
  }
  return energy === host.energy && poweredOn === host.poweredOn ? host : { ...host, energy, poweredOn };
};

/** Whether the run of equal energies that this interval goes on with is too long for what the host did in it. */
const isFrozen = (usual: Usual, value: number, step: number, use: number, work: number): boolean => {
  const wider = ([low, high]: readonly [number, number], next: number): readonly [number, number] =>
    Number.isFinite(next) ? [Math.min(low, next), Math.max(high, next)] : [low, high];
  const goesOn = value === usual.last;
  usual.last = value;
  usual.same = goesOn ? usual.same + step : step;
  usual.use = wider(goesOn ? usual.use : NOTHING, use);
  usual.work = wider(goesOn ? usual.work : NOTHING, work);
  return (
    usual.same > LONGEST_SAME &&
    (usual.use[1] - usual.use[0] >= LEAST_USE || usual.work[1] > Math.max(0, LEAST_WORK * usual.work[0]))
  );
};

/** Work of the first kind that the host counts itself; NaN: not known. */
const workOf = ({ work }: HostHistory, i: number): number => work[0]?.[i] ?? Number.NaN;
