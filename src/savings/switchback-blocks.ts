import type { SwitchbackSchedule } from '../model/measure.ts';
import type { ScopeSeries } from './series.ts';
import { type SwitchbackBlock, switchbackBlocks } from './switchback-schedule.ts';

/**
 * A block of which fewer of its intervals are known says little about itself, and would count as much as a whole one.
 * Half is our choice.
 */
const LEAST_KNOWN_SHARE = 0.5;

/** Intervals of a series that count, block by block. */
export interface KeptIntervals {
  readonly blocks: readonly SwitchbackBlock[];
  /** Blocks of the schedule that ended within the series. */
  readonly scheduled: number;
  /** Positions within the series, ascending; of the block at the same place in `blockOf`. */
  readonly kept: Int32Array;
  /** Position within `blocks`, by kept interval. */
  readonly blockOf: Int32Array;
  /** Share of the intervals after the washout that are known, of all blocks of an arm. */
  readonly knownOn: number;
  readonly knownOff: number;
  /** Intervals that were left out as washout, of both arms. */
  readonly washout: number;
}

/** Sorts intervals into whole blocks; what touches a washout or is not known is left out. Pure. */
export const keepIntervals = (
  series: ScopeSeries,
  schedule: SwitchbackSchedule,
  start: number,
): KeptIntervals => {
  const all = switchbackBlocks(schedule, start, series.from + series.length * series.step);
  const scheduled = all.filter(({ from }) => from >= series.from);
  const blocks: SwitchbackBlock[] = [];
  const kept: number[] = [];
  const blockOf: number[] = [];
  const due = { on: 0, off: 0 };
  const known = { on: 0, off: 0 };
  let washout = 0;
  for (const block of scheduled) {
    const arm = block.on ? 'on' : 'off';
    const first = Math.ceil((block.from + schedule.washout - series.from) / series.step);
    const end = Math.floor((block.to - series.from) / series.step);
    washout += first - Math.ceil((block.from - series.from) / series.step);
    const usable: number[] = [];
    for (let at = first; at < end; at += 1)
      if (series.usable[at] === 1 && Number.isFinite(series.energy[at] ?? Number.NaN)) usable.push(at);
    due[arm] += Math.max(0, end - first);
    known[arm] += usable.length;
    if (usable.length === 0 || usable.length < LEAST_KNOWN_SHARE * (end - first)) continue;
    for (const at of usable) {
      kept.push(at);
      blockOf.push(blocks.length);
    }
    blocks.push(block);
  }
  return {
    blocks,
    scheduled: scheduled.length,
    kept: Int32Array.from(kept),
    blockOf: Int32Array.from(blockOf),
    knownOn: known.on / Math.max(1, due.on),
    knownOff: known.off / Math.max(1, due.off),
    washout,
  };
};

/** Mean of each block over its kept intervals. */
export const blockMeans = (values: Float64Array, { blocks, blockOf }: KeptIntervals): Float64Array => {
  const sums = new Float64Array(blocks.length);
  const counts = new Float64Array(blocks.length);
  blockOf.forEach((block, at) => {
    sums[block] = (sums[block] ?? 0) + (values[at] ?? Number.NaN);
    counts[block] = (counts[block] ?? 0) + 1;
  });
  return sums.map((sum, block) => sum / (counts[block] ?? 1));
};
