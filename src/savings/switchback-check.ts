import { counted, plural } from '../model/counted.ts';
import type { Remark } from '../model/estimate.ts';
import type { SwitchbackSchedule } from '../model/measure.ts';
import { blocksInCycle, strataOf } from './switchback-schedule.ts';

const DAY = 86_400;
const HOUR = 3600;

/** Two weeks hold every weekday twice, once for each arm (reference of the method: at least 14 days). */
export const LEAST_DAYS = 14;
/**
 * With ten blocks in halves there are 252 schedules, so that p can come down to 0.008; with eight there are 70 and an
 * interval of 90 % rests on seven of them. Our choice.
 */
export const LEAST_BLOCKS = 10;
/** A block is to be at least this many times what still drains into it (Bojinov, Simchi-Levi, Zhao, 2023). */
const LEAST_DRAINS = 2;
const GOOD_DRAINS = 3;

export interface ScheduleJudgement {
  /** Reasons for which the schedule can not be run. */
  readonly refusals: readonly Remark[];
  readonly warnings: readonly Remark[];
}

const hours = (seconds: number): string => `${Number((seconds / HOUR).toFixed(2))} h`;
const days = (seconds: number): string => counted(Number((seconds / DAY).toFixed(1)), 'day');

const shapeRefusals = ({ block, washout }: SwitchbackSchedule, step: number): readonly Remark[] => {
  const refusals: Remark[] = [];
  const fits = block > 0 && (block <= DAY ? DAY % block === 0 : block % DAY === 0);
  if (!fits)
    refusals.push({
      flag: 'block_does_not_fit_days',
      text: `Blocks of ${hours(block)} do not come out even with days, so parts of the day could not be balanced.`,
      remedy: 'Take 1, 2, 3, 4, 6, 8, 12 or 24 h, or whole days.',
    });
  if (fits && (block % step !== 0 || washout % step !== 0))
    refusals.push({
      flag: 'block_does_not_fit_step',
      text: `Blocks of ${hours(block)} with ${hours(washout)} left out do not come out even with intervals of ${hours(step)}.`,
      remedy: `Take multiples of ${hours(step)} for block and washout.`,
    });
  if (!(washout >= 0) || block - washout < step)
    refusals.push({
      flag: 'washout_takes_all',
      text: `${hours(washout)} are left out of each block of ${hours(block)}: nothing is left to compare.`,
      remedy: 'Take longer blocks, three times what is left out.',
    });
  return refusals;
};

/**
 * Judges a schedule before it is run. `drain` is the time until what one arm left behind is gone, in seconds: the
 * longest best-effort task; without it the washout stands for it. `step` in seconds.
 */
export const judgeSchedule = (input: {
  readonly schedule: SwitchbackSchedule;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly drain?: number;
}): ScheduleJudgement => {
  const { schedule, start, end, step } = input;
  const { block, washout } = schedule;
  const shape = shapeRefusals(schedule, step);
  if (shape.length > 0) return { refusals: shape, warnings: [] };
  const refusals: Remark[] = [];
  const warnings: Remark[] = [];
  const length = end - start;
  const count = Math.floor(length / block);
  const drain = input.drain ?? washout;
  if (length < LEAST_DAYS * DAY)
    refusals.push({
      flag: 'too_short',
      text: `The on/off test is to run for ${days(length)}; it needs ${LEAST_DAYS} to meet each weekday in both arms.`,
      remedy: `Let it run for ${LEAST_DAYS} days or more.`,
    });
  if (count < LEAST_BLOCKS)
    refusals.push({
      flag: 'too_few_blocks',
      text: `${counted(count, 'block')} of ${hours(block)} ${plural(count, 'is', 'are')} too few to tell chance from effect; at least ${LEAST_BLOCKS} are needed.`,
      remedy: `Let it run for ${days(LEAST_BLOCKS * block)}, or take shorter blocks.`,
    });
  if (block < LEAST_DRAINS * drain)
    refusals.push({
      flag: 'block_too_short',
      text: `A block of ${hours(block)} is less than ${LEAST_DRAINS} times the ${hours(drain)} that work of the block before needs to drain.`,
      remedy: `Take blocks of ${hours(GOOD_DRAINS * drain)} or more, and leave out ${hours(drain)} at the start of each.`,
    });
  else if (block < GOOD_DRAINS * drain)
    warnings.push({
      flag: 'block_short',
      text: `A block of ${hours(block)} is less than ${GOOD_DRAINS} times the ${hours(drain)} that work of the block before needs to drain.`,
      remedy: `Blocks of ${hours(GOOD_DRAINS * drain)} or more waste less and mix the arms less.`,
    });
  if (washout < drain)
    warnings.push({
      flag: 'washout_short',
      text: `${hours(washout)} are left out at the start of each block, although work of the block before needs ${hours(drain)} to drain.`,
      remedy: `Leave out ${hours(drain)}.`,
    });
  const rest = length % (blocksInCycle(block) * block);
  if (refusals.length === 0 && rest > 0)
    warnings.push({
      flag: 'uneven_end',
      text: `The arms are balanced every ${days(blocksInCycle(block) * block)}; the last ${days(rest)} are not.`,
      remedy: `Report after a multiple of ${days(blocksInCycle(block) * block)}.`,
    });
  return { refusals, warnings };
};

/**
 * Logarithm to base 10 of how many schedules were as likely as the one drawn, over whole fortnights: what a search
 * for a lucky one would be up against.
 */
export const schedulesLog10 = (schedule: SwitchbackSchedule, start: number, cycles: number): number =>
  strataOf(schedule, start, cycles).reduce((sum, { length }) => {
    const half = Math.floor(length / 2);
    let ways = 0;
    for (let at = 1; at <= half; at += 1) ways += Math.log10((length - half + at) / at);
    return sum + ways;
  }, 0);
