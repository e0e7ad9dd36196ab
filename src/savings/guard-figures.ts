import type { DesignEstimate, EnergyInterval, Remark } from '../model/estimate.ts';
import type { HostWindow } from './host-ledger.ts';
import { percent } from './percent.ts';

/** Figures that can not be, whatever gave them: nothing is shown then. */
export const figureRefusals = (
  { expected, actual }: Pick<DesignEstimate, 'expected' | 'actual'>,
  avoided: number,
  interval: EnergyInterval,
): readonly Remark[] => {
  const refusals: Remark[] = [];
  if (![expected, actual, avoided, interval.low, interval.high].every(Number.isFinite))
    return [
      {
        flag: 'not_finite',
        text: 'A figure of the comparison is no number.',
        remedy: 'Report this as a fault of the program, with the evidence of the comparison.',
      },
    ];
  if (actual < 0 || expected <= 0)
    return [
      {
        flag: 'negative_energy',
        text: `Energy ${actual < 0 ? 'that was used' : 'that was expected'} is below 0: hosts do not give energy back.`,
        remedy: 'Check the meters of these hosts and the watts of non-routine events.',
      },
    ];
  if (avoided > expected)
    refusals.push({
      flag: 'more_than_all',
      text: `More would have been avoided than was expected at all: ${percent(avoided / expected)} of it.`,
      remedy: 'Check the watts of non-routine events and that all hosts of the scope are metered.',
    });
  if (Math.max(interval.high - avoided, avoided - interval.low) > expected)
    refusals.push({
      flag: 'interval_too_wide',
      text: `The interval reaches ${percent(Math.max(interval.high - avoided, avoided - interval.low) / expected)} of the expected energy to a side: that says nothing.`,
      remedy: 'Use a longer baseline, untouched hosts or an on/off test.',
    });
  return refusals;
};

/** What was left out and what was assumed, counted. @param step seconds of an interval. @param word such as `before`. */
export const countFlags = (windows: readonly HostWindow[], step: number, word: string): readonly Remark[] => {
  const hours = (pick: (window: HostWindow) => number): number =>
    (windows.reduce((sum, window) => sum + pick(window), 0) * step) / 3600;
  const all = hours(({ intervals }) => intervals);
  const unknown = hours(({ intervals, known }) => intervals - known);
  const [off, stipulated] = [hours((window) => window.off), hours((window) => window.stipulated)];
  const negative = hours((window) => window.negative);
  const flags: Remark[] = [];
  if (unknown > 0)
    flags.push({
      flag: 'hosts_unknown',
      text: `${word}: ${shown(unknown)} of ${shown(all)} host-hours are unknown and left out of energy, work and time alike.`,
      remedy: '',
    });
  if (off > 0)
    flags.push({
      flag: 'hosts_off',
      text: `${word}: hosts were off for ${shown(off)} of ${shown(all)} host-hours and stay in the comparison${stipulated > 0 ? '' : ', at what was metered'}.`,
      remedy: '',
    });
  if (negative > 0)
    flags.push({
      flag: 'negative_energy_left_out',
      text: `${word}: in ${shown(negative)} host-hours energy was below 0; they count as unknown.`,
      remedy: 'Check the meters of these hosts.',
    });
  const leaps = hours((window) => window.leaps);
  if (leaps > 0)
    flags.push({
      flag: 'leaps_left_out',
      text: `${word}: in ${shown(leaps)} host-hours energy was a hundred times what the host usually draws, or more; they count as unknown.`,
      remedy: 'Correct these figures, and see that all energy is in joules.',
    });
  const stuck = hours((window) => window.stuck);
  if (stuck > 0)
    flags.push({
      flag: 'stuck_meter_left_out',
      text: `${word}: in ${shown(stuck)} host-hours the meter counted nothing, next to nothing or always the same, and nothing tells that the host was off; they count as unknown.`,
      remedy:
        'Mend the meters of these hosts. Where they were off, let it be told (negawatt_host_powered_on_seconds_total, or powered_on_seconds in a file).',
    });
  return flags;
};

const shown = (hours: number): string => String(Math.round(hours * 100) / 100);
