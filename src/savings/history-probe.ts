import type { HistoryChunk, HostHistory } from '../model/history.ts';
import { isStuck, isToldOff } from './metered.ts';
import type { HistoryProbe } from './plan-finding.ts';

/** Share of an interval of which the state of a host is known: metered, or told to be off. */
const knownShare = (host: HostHistory, at: number): number => {
  const energy = host.energy[at] ?? Number.NaN;
  if (Number.isFinite(energy) && energy >= 0 && !isStuck(host, at)) return host.coverage[at] ?? 0;
  return isToldOff(host, at) ? 1 : 0;
};

/** Finite items of some columns, by column. */
const addKnown = (columns: readonly Float64Array[], length: number, into: number[]): void => {
  for (const [index, column] of columns.entries()) {
    for (let at = 0; at < length; at += 1)
      if (Number.isFinite(column[at])) into[index] = (into[index] ?? 0) + 1;
  }
};

/**
 * How much of a window is known. @param terms how many kinds of work and how many drivers were asked for.
 *
 * @returns undefined where there is not one interval.
 */
export const probeOf = async (
  chunks: AsyncIterable<HistoryChunk>,
  terms: { readonly work: number; readonly drivers: number },
): Promise<HistoryProbe | undefined> => {
  const work = Array.from({ length: terms.work }, () => 0);
  const drivers = Array.from({ length: terms.drivers }, () => 0);
  let [known, hostIntervals, intervals, from, to] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
  for await (const chunk of chunks) {
    from = Math.min(from, chunk.from);
    to = Math.max(to, chunk.from + chunk.length * chunk.step);
    intervals += chunk.length;
    for (const host of chunk.hosts) {
      hostIntervals += chunk.length;
      for (let at = 0; at < chunk.length; at += 1) known += knownShare(host, at);
    }
    addKnown(chunk.work, chunk.length, work);
    addKnown(chunk.drivers, chunk.length, drivers);
  }
  if (intervals === 0) return undefined;
  const share = (count: number): number => count / intervals;
  return {
    energy: hostIntervals === 0 ? 0 : known / hostIntervals,
    work: work.map(share),
    drivers: drivers.map(share),
    ...{ from, to },
  };
};
