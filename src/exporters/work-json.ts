import { type EnergyPerWork, energyPerWork } from '../attribution/energy-per-work.ts';
import { HOST_WORKLOAD } from '../model/work.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Joules } from '../units.ts';

/** Energy per unit of work by workload; workloads without any are not in it. */
export type EnergyPerWorkByOwner = ReadonlyMap<string, readonly EnergyPerWork[]>;

/** Over the life of each pair of workload and unit, as far as both its work and its energy were known. */
export const lifeEnergyPerWork = ({ view }: Snapshot): EnergyPerWorkByOwner =>
  grouped(
    [...view.work.state.pairs.values()].map(({ workload, unit, done, energy }) => [
      workload,
      energyPerWork(unit, energy, done),
    ]),
  );

/** Over the last tick. @param rows energy by workload before rows are folded into `other`. */
export const tickEnergyPerWork = (
  { view }: Snapshot,
  rows: ReadonlyMap<string, Joules>,
): EnergyPerWorkByOwner => {
  const { host } = view.metered;
  return grouped(
    view.work.done.map(({ workload, unit, amount }) => {
      const energy = workload === HOST_WORKLOAD ? host?.energy : rows.get(workload);
      return [workload, energyPerWork(unit, energy, amount)];
    }),
  );
};

const grouped = (
  figures: readonly (readonly [string, EnergyPerWork | undefined])[],
): EnergyPerWorkByOwner => {
  const byOwner = new Map<string, EnergyPerWork[]>();
  for (const [workload, figure] of figures) {
    if (figure === undefined) continue;
    const held = byOwner.get(workload);
    if (held === undefined) byOwner.set(workload, [figure]);
    else held.push(figure);
  }
  return byOwner;
};

/** The field as reports carry it: left out where there is nothing, for absent is not zero. */
export const withEnergyPerWork = (
  byOwner: EnergyPerWorkByOwner,
  workload: string,
): { readonly energyPerWork?: readonly EnergyPerWork[] } => {
  const figures = byOwner.get(workload);
  return figures === undefined ? {} : { energyPerWork: figures };
};
