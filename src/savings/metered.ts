import type { HostHistory } from '../model/history.ts';

/** Least share of an interval, and of the host time of a scope, that must be known (reference of the method, 3.1 and 8). */
export const LEAST_COVERAGE = 0.9;

/** Whether something tells that the host was off in this interval; silence never does. */
export const isToldOff = ({ poweredOn }: HostHistory, i: number): boolean => poweredOn[i] === 0;

/**
 * Whether the counter of a host stood still over a covered interval, though nothing tells that the host was off. A host
 * that is on draws something: such a meter is dead or its counter is stuck, and its 0 would look like a saving.
 */
export const isStuck = (host: HostHistory, i: number): boolean =>
  host.energy[i] === 0 && isCovered(host, i) && !isToldOff(host, i);

/** Whether the energy of a host is known in this interval: a finite count of enough of it, not below 0 and not stuck. */
export const isMetered = (host: HostHistory, i: number): boolean => {
  const energy = host.energy[i] ?? Number.NaN;
  return Number.isFinite(energy) && energy >= 0 && isCovered(host, i) && !isStuck(host, i);
};

const isCovered = ({ coverage }: HostHistory, i: number): boolean => (coverage[i] ?? 0) >= LEAST_COVERAGE;
