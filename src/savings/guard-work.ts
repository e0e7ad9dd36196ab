import type { Remark } from '../model/estimate.ts';
import type { ScopeSeries } from './series.ts';
import { usableTotals } from './usable-totals.ts';

/** Change of work that is worth a word: as much as service may be worse by default. Our choice. */
const NOTABLE = 0.05;
const percent = (share: number): string => `${Math.abs(100 * share).toFixed(1)} %`;

/** Work and energy by interval, and energy by unit, after against before; NaN where there is nothing to divide by. */
export interface WorkChange {
  readonly unit: string;
  readonly work: number;
  readonly energy: number;
  readonly intensity: number;
}

export const workChange = (
  before: ScopeSeries,
  after: ScopeSeries,
  units: readonly string[],
): readonly WorkChange[] => {
  const [was, is] = [usableTotals(before), usableTotals(after)];
  const energy = is.energy / is.intervals / (was.energy / was.intervals) - 1;
  return units.map((unit, term) => {
    const work =
      (is.work[term] ?? Number.NaN) / is.intervals / ((was.work[term] ?? Number.NaN) / was.intervals) - 1;
    return { unit, work, energy, intensity: (1 + energy) / (1 + work) - 1 };
  });
};

/** What follows from how much work there was. @param avoided J; not above 0: there is nothing to be taken for a saving. */
export const workRemarks = (
  before: ScopeSeries,
  after: ScopeSeries,
  units: readonly string[],
  avoided: number,
): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  const totals = [usableTotals(before), usableTotals(after)];
  for (const [term, unit] of units.entries()) {
    const empty = totals.findIndex(({ work, intervals }) => intervals > 0 && work[term] === 0);
    if (empty >= 0)
      refusals.push({
        flag: 'zero_work',
        text: `No work (${unit}) was counted ${empty === 0 ? 'in the baseline' : 'after the start'}: what it takes, or was avoided for it, can not be told.`,
        remedy: 'Check that the counter of work is still there and counts the same thing.',
      });
  }
  for (const { unit, work, energy, intensity } of workChange(before, after, units)) {
    if (!(avoided > 0)) break;
    if (intensity >= 0 && work < 0)
      flags.push({
        flag: 'work_fell',
        text: `Work (${unit}) fell by ${percent(work)} and energy ${energy < 0 ? `fell by ${percent(energy)} with it` : `rose by ${percent(energy)}`}; a unit takes ${percent(intensity)} more energy than before. Less work is no saving.`,
        remedy: '',
      });
    if (energy > 0 && work > NOTABLE)
      flags.push({
        flag: 'work_grew',
        text: `Total energy rose by ${percent(energy)}, because work (${unit}) grew by ${percent(work)}: what was avoided is against what that work would have taken.`,
        remedy: '',
      });
  }
  return { flags, refusals };
};
