import type { Joules } from '../units.ts';

/** Energy of one unit of work. */
export interface EnergyPerWork {
  /** What is counted: `requests`. */
  readonly unit: string;
  /** Static share included, where the policy gives one. */
  readonly joulesPerUnit: number;
  /** Work over which the mean is taken. */
  readonly workDone: number;
}

/**
 * Energy over work, both of the same time; undefined where either is not known or no work was done. No work is free: 0 J
 * is energy that no meter told.
 */
export const energyPerWork = (
  unit: string,
  energy: Joules | undefined,
  done: number | undefined,
): EnergyPerWork | undefined => {
  if (energy === undefined || done === undefined || !(energy > 0) || !(done > 0)) return undefined;
  const joulesPerUnit = energy / done;
  return Number.isFinite(joulesPerUnit) ? { unit, joulesPerUnit, workDone: done } : undefined;
};
