import type { HostHalves } from './host-model.ts';
import type { ScopeSeries } from './series.ts';

/** Hosts of which less is known are left out (reference of the method, guard rails: coverage of 90 %). */
const LEAST_KNOWN = 0.9;

const knownAt = (series: ScopeSeries, at: number): boolean =>
  series.usable[at] === 1 &&
  Number.isFinite(series.energy[at] ?? Number.NaN) &&
  (series.demanded[at] ?? 0) > 0;

const knownShare = (series: ScopeSeries): number => {
  let known = 0;
  for (let at = 0; at < series.length; at += 1) if (knownAt(series, at)) known += 1;
  return known / Math.max(1, series.length);
};

/** Positions at which all of them are known. */
export const commonOf = (all: readonly ScopeSeries[]): Int32Array =>
  Int32Array.from(
    Array.from({ length: all[0]?.length ?? 0 }, (_, at) => at).filter((at) =>
      all.every((series) => knownAt(series, at)),
    ),
  );

/** Power of hosts together, W per demanded host, at some intervals. */
export const powerOf = (hosts: readonly ScopeSeries[], at: Int32Array): Float64Array =>
  Float64Array.from(at, (index) => {
    let [energy, demanded] = [0, 0];
    for (const series of hosts) {
      energy += series.energy[index] ?? Number.NaN;
      demanded += series.demanded[index] ?? Number.NaN;
    }
    return energy / demanded;
  });

export const isKnown = ({ before, after }: HostHalves): boolean =>
  Math.min(knownShare(before), knownShare(after)) >= LEAST_KNOWN;
