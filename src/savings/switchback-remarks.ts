import type { Remark } from '../model/estimate.ts';
import { LARGEST_KNOWN_DIFFERENCE } from './levels.ts';
import type { ScopeSeries } from './series.ts';
import type { KeptIntervals } from './switchback-blocks.ts';
import { LEAST_BLOCKS, LEAST_DAYS } from './switchback-check.ts';

/** Blocks that count are too few of an arm. */
export const tooFew = (kept: KeptIntervals): readonly Remark[] => {
  const ons = kept.blocks.filter(({ on }) => on).length;
  const offs = kept.blocks.length - ons;
  if (Math.min(ons, offs) * 2 >= LEAST_BLOCKS) return [];
  return [
    {
      flag: 'too_few_blocks',
      text: `Of ${kept.scheduled} blocks so far, ${ons} with the measure on and ${offs} with it off have enough known hours; ${LEAST_BLOCKS / 2} of each are needed.`,
      remedy: 'Let the on/off test run on, or find out why hours are missing.',
    },
  ];
};

/** More of one arm is known than of the other. */
export const unlikeArms = ({ knownOn, knownOff }: KeptIntervals): readonly Remark[] =>
  Math.abs(knownOn - knownOff) <= LARGEST_KNOWN_DIFFERENCE
    ? []
    : [
        {
          flag: 'missing_by_arm',
          text: `${(100 * knownOn).toFixed(0)} % of the hours with the measure on are known, but ${(100 * knownOff).toFixed(0)} % of those with it off: what is missing may be the difference.`,
          remedy: 'Find out why hours are missing in one arm, and run the test anew.',
        },
      ];

/** It has not run long enough yet. */
export const shortSpan = (series: ScopeSeries, start: number): readonly Remark[] => {
  const days = (series.from + series.length * series.step - Math.max(start, series.from)) / 86_400;
  return days >= LEAST_DAYS
    ? []
    : [
        {
          flag: 'too_short',
          text: `The on/off test has run for ${days.toFixed(1)} of the ${LEAST_DAYS} days that it needs to meet each weekday in both arms.`,
          remedy: `Report after ${LEAST_DAYS} days.`,
        },
      ];
};
