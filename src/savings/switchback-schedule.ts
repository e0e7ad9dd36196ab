import type { SwitchbackSchedule } from '../model/measure.ts';
import { type Random, seededRandom } from './random.ts';

const DAY = 86_400;

/**
 * Strata are made anew every fortnight: it holds ten weekdays and four days of weekends of every part of the day, so
 * that each half is a whole number, drift within a season meets both arms alike, and a schedule does not depend on
 * when it will end.
 */
const CYCLE_DAYS = 14;

/** A stretch in which the measure is on, or off, throughout. Instants in seconds since 1970 UTC, half-open. */
export interface SwitchbackBlock {
  /** Counted from the start of the measure. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly on: boolean;
}

/** Blocks that are drawn together: as many are on as off. */
export type Strata = readonly Int32Array[];

export const blocksInCycle = (block: number): number =>
  block <= DAY ? (CYCLE_DAYS * DAY) / block : CYCLE_DAYS;

/** Sunday is 0; day 0 of 1970 was a Thursday. UTC. */
const isWeekend = (instant: number): boolean => {
  const weekday = (Math.floor(instant / DAY) + 4) % 7;
  return weekday === 0 || weekday === 6;
};

/**
 * Strata of one fortnight: weekday or weekend, by the middle of a block, times the part of the day; blocks longer than
 * a day are one stratum of fourteen. They are the same in every fortnight.
 */
const strataOfCycle = (block: number, start: number): Strata => {
  const count = blocksInCycle(block);
  if (block > DAY) return [Int32Array.from({ length: count }, (_, at) => at)];
  const parts = DAY / block;
  const members = Array.from({ length: 2 * parts }, (): number[] => []);
  for (let at = 0; at < count; at += 1) {
    const kind = isWeekend(start + (at + 0.5) * block) ? 1 : 0;
    members[2 * (at % parts) + kind]?.push(at);
  }
  return members.filter(({ length }) => length > 0).map((blocks) => Int32Array.from(blocks));
};

/** Strata of the first `cycles` fortnights, blocks counted from the start. */
export const strataOf = (schedule: SwitchbackSchedule, start: number, cycles: number): Strata => {
  const one = strataOfCycle(schedule.block, start);
  const count = blocksInCycle(schedule.block);
  return Array.from({ length: cycles }, (_, cycle) =>
    one.map((blocks) => blocks.map((block) => block + cycle * count)),
  ).flat();
};

/**
 * Draws which blocks are on (1): half of each stratum, every half as likely; of an odd number one more or one fewer,
 * by a coin. Overwrites `on`.
 */
export const drawArms = (strata: Strata, random: Random, on: Uint8Array): void => {
  on.fill(0);
  for (const stratum of strata) {
    const left = stratum.slice();
    const odd = left.length % 2;
    const half = (left.length - odd) / 2 + (odd === 1 ? random.below(2) : 0);
    for (let drawn = 0; drawn < half; drawn += 1) {
      const other = drawn + random.below(left.length - drawn);
      const block = left[other] ?? 0;
      left[other] = left[drawn] ?? 0;
      left[drawn] = block;
      on[block] = 1;
    }
  }
};

const armsOfCycle = (schedule: SwitchbackSchedule, start: number, cycle: number): Uint8Array => {
  const on = new Uint8Array(blocksInCycle(schedule.block));
  drawArms(strataOfCycle(schedule.block, start), seededRandom(`${schedule.seed} switchback ${cycle}`), on);
  return on;
};

/** The block that an instant lies in; undefined before the start. Pure: the same seed gives the same arms for ever. */
export const blockAt = (
  schedule: SwitchbackSchedule,
  start: number,
  instant: number,
): SwitchbackBlock | undefined => {
  if (instant < start) return undefined;
  const index = Math.floor((instant - start) / schedule.block);
  const count = blocksInCycle(schedule.block);
  const from = start + index * schedule.block;
  const on = armsOfCycle(schedule, start, Math.floor(index / count))[index % count] === 1;
  return { index, from, to: from + schedule.block, on };
};

/** All blocks that lie wholly within `start` to `end`, in order of time. */
export const switchbackBlocks = (
  schedule: SwitchbackSchedule,
  start: number,
  end: number,
): readonly SwitchbackBlock[] => {
  const whole = Math.max(0, Math.floor((end - start) / schedule.block));
  const count = blocksInCycle(schedule.block);
  const cycles = Array.from({ length: Math.ceil(whole / count) }, (_, cycle) =>
    armsOfCycle(schedule, start, cycle),
  );
  return Array.from({ length: whole }, (_, index) => ({
    index,
    from: start + index * schedule.block,
    to: start + (index + 1) * schedule.block,
    on: cycles[Math.floor(index / count)]?.[index % count] === 1,
  }));
};
