import type { Remark } from '../model/estimate.ts';
import type { SwitchbackSchedule } from '../model/measure.ts';
import type { ScopeSeries } from './series.ts';
import { blockMeans, type KeptIntervals } from './switchback-blocks.ts';
import { difference, type Redraw } from './switchback-test.ts';

const DAY = 86_400;
/** Fisher's 5 %: a warning, so one test in twenty may be wrong. */
const SIGNIFICANT = 0.05;

/**
 * Work of each block over that of its day, so that busy days do not count for work that was put off: 1 where the day
 * was even. Blocks of a day or more are compared as they are, over the mean of all.
 */
const sharesOfDay = (means: Float64Array, kept: KeptIntervals, block: number): Float64Array => {
  const all = means.reduce((sum, value) => sum + value, 0) / means.length;
  if (block >= DAY) return means.map((value) => value / all);
  const days = new Map<number, { sum: number; count: number }>();
  const dayOf = (index: number): number => Math.floor((index * block) / DAY);
  kept.blocks.forEach(({ index }, at) => {
    const day = days.get(dayOf(index)) ?? { sum: 0, count: 0 };
    days.set(dayOf(index), { sum: day.sum + (means[at] ?? 0), count: day.count + 1 });
  });
  return means.map((value, at) => {
    const day = days.get(dayOf(kept.blocks[at]?.index ?? 0));
    return day === undefined || !(day.sum > 0) ? 1 : value / (day.sum / day.count);
  });
};

export interface WorkBalance {
  readonly flags: readonly Remark[];
  /** `work_0_moved_ratio`: work with the measure on less work with it off, over their mean; and its p-value. */
  readonly diagnostics: Readonly<Record<string, number>>;
}

/**
 * Whether as much work was done with the measure on as off: work that is put off from one arm into the other is the
 * classic bias of this design. Judged against re-draws of the same design; a flag, never a correction.
 */
export const workBalance = (
  series: ScopeSeries,
  schedule: SwitchbackSchedule,
  kept: KeptIntervals,
  redraw: Redraw,
  draws: number,
): WorkBalance => {
  const flags: Remark[] = [];
  const diagnostics: Record<string, number> = {};
  const on = Uint8Array.from(kept.blocks, (block) => (block.on ? 1 : 0));
  series.work.forEach((column, term) => {
    const means = blockMeans(
      Float64Array.from(kept.kept, (at) => column[at] ?? Number.NaN),
      kept,
    );
    if (!means.some((value) => value > 0)) return;
    const shares = sharesOfDay(means, kept, schedule.block);
    const moved = difference(shares, on);
    const other = new Uint8Array(on.length);
    let asMuch = 0;
    for (let at = 0; at < draws; at += 1) {
      redraw(other);
      if (Math.abs(difference(shares, other)) >= Math.abs(moved) * (1 - 1e-12)) asMuch += 1;
    }
    const p = (1 + asMuch) / (1 + draws);
    diagnostics[`work_${term}_moved_ratio`] = moved;
    diagnostics[`work_${term}_moved_p`] = p;
    if (p < SIGNIFICANT)
      flags.push({
        flag: 'work_moved',
        text: `${Math.abs(100 * moved).toFixed(1)} % ${moved < 0 ? 'less' : 'more'} work was done in hours with the measure on than in hours with it off; by chance that comes in ${(100 * p).toFixed(1)} % of schedules. Work may have been put off from one to the other.`,
        remedy:
          schedule.block < DAY
            ? 'Take blocks of 24 h, so that work that is put off stays in its block.'
            : 'Compare what was done over each week, or take blocks longer than work is put off.',
      });
  });
  return { flags, diagnostics };
};
