import type { Random } from './random.ts';
import { type Inversion, invert, type LinearStatistics } from './randomisation.ts';

/** Blocks that count, each one number: means over its kept intervals of what the conditions do not explain. */
export interface BlockMeans {
  /** J per interval. */
  readonly energy: Float64Array;
  /** The flag, 1 while the measure is on, put through the same regression. */
  readonly flag: Float64Array;
  /** 1 where the measure was on. */
  readonly on: Uint8Array;
}

/** Mean over blocks that are on minus mean over those that are off; NaN where one arm is empty. */
export const difference = (means: Float64Array, on: Uint8Array): number => {
  let onSum = 0;
  let offSum = 0;
  let ons = 0;
  for (let at = 0; at < means.length; at += 1) {
    if (on[at] === 1) {
      onSum += means[at] ?? 0;
      ons += 1;
    } else offSum += means[at] ?? 0;
  }
  return onSum / ons - offSum / (means.length - ons);
};

/** Fills in the arms of the blocks that count, drawn anew from the design that drew the schedule. */
export type Redraw = (on: Uint8Array) => void;

/** Arms of all blocks of the schedule drawn anew, handed on for those that count (`indices`, in the order of the means). */
export const redrawOf = (
  draw: (random: Random, all: Uint8Array) => void,
  total: number,
  indices: Int32Array,
  random: Random,
): Redraw => {
  const all = new Uint8Array(total);
  return (on) => {
    draw(random, all);
    for (let at = 0; at < indices.length; at += 1) on[at] = all[indices[at] ?? 0] ?? 0;
  };
};

/**
 * The difference between the arms as it is and under each of `draws` other draws. A re-draw that leaves an arm without
 * blocks can not have been, and is drawn again.
 */
export const switchbackStatistics = (blocks: BlockMeans, redraw: Redraw, draws: number): LinearStatistics => {
  const levels = new Float64Array(draws);
  const slopes = new Float64Array(draws);
  const on = new Uint8Array(blocks.on.length);
  for (let at = 0; at < draws; at += 1) {
    let ons = 0;
    while (ons === 0 || ons === on.length) {
      redraw(on);
      ons = on.reduce((sum, flag) => sum + flag, 0);
    }
    levels[at] = difference(blocks.energy, on);
    slopes[at] = difference(blocks.flag, on);
  }
  return {
    level: difference(blocks.energy, blocks.on),
    slope: difference(blocks.flag, blocks.on),
    levels,
    slopes,
  };
};

/**
 * What an interval with the measure avoided, in J: the x for which energy with x given back to every interval that was
 * on shows no difference between the arms. Randomisation p-value and interval by inversion of the test.
 *
 * The flag goes through the regression too, so that its small share that work explains by chance does not shrink the
 * estimate (Frisch and Waugh, Econometrica 1:4, 1933).
 */
export const switchbackTest = (
  blocks: BlockMeans,
  redraw: Redraw,
  draws: number,
  confidence: number,
): Inversion => invert(switchbackStatistics(blocks, redraw, draws), confidence);
