import type { Remark } from '../model/estimate.ts';
import type { HostRecord, HostWindow } from './host-ledger.ts';
import { percent } from './percent.ts';

/** Below it no host runs: the smallest boards that run Linux idle above 1 W. Above it none does: a rack of 72 GPUs is 132 kW (NVIDIA GB200 NVL72, 2024). */
const LEAST_WATTS = 1;
const MOST_WATTS = 150_000;
/** Mean power after the start over the least before: idle power hardly falls by more than a quarter. Our choice. */
const FAR_BELOW = 0.75;
/** Share of a window that has to be the same to the joule for a word of it. Our choice. */
const LEAST_SAME = 0.1;

const metered = (windows: readonly HostWindow[]): number =>
  windows.reduce((sum, one) => sum + one.metered, 0);
const meanWatts = (windows: readonly HostWindow[], step: number): number =>
  windows.reduce((sum, { energy }) => sum + energy, 0) / (metered(windows) * step);
const named = (records: readonly HostRecord[]): string => {
  const hosts = records.map(({ host }) => host);
  return hosts.length <= 3
    ? hosts.join(', ')
    : `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more`;
};

/**
 * What is to be said of meters that may be right, and would make a saving or an increase if they were not: figures that are
 * small or large for a host, hosts far below what they drew idle, meters that say the same for days, meters that nobody
 * names. @param isOneWindow of a randomised test: there is no before that counts. @param step seconds.
 */
export const meterFlags = (
  records: readonly HostRecord[],
  step: number,
  isOneWindow = false,
): readonly Remark[] => {
  const sides = [
    ...(isOneWindow ? [] : [records.map(({ before }) => before)]),
    records.map(({ after }) => after),
  ];
  return [
    ...powerFlags(sides, step),
    ...(isOneWindow ? [] : belowFlags(records)),
    ...sameFlags(records),
    ...namelessFlags(records),
  ];
};

const powerFlags = (sides: readonly (readonly HostWindow[])[], step: number): readonly Remark[] => {
  const odd = sides
    .map((windows) => meanWatts(windows, step))
    .find((watts) => watts < LEAST_WATTS || watts > MOST_WATTS);
  return odd === undefined
    ? []
    : [
        {
          flag: 'power_implausible',
          text: `By their meters hosts drew ${odd.toPrecision(3)} W each: no host does that, so kWh, cost and CO2e are wrong, whatever their change.`,
          remedy:
            'Give energy in joules of the interval: 1 kWh is 3,600,000 J, and 1 W over an hour 3,600 J.',
        },
      ];
};

const belowFlags = (records: readonly HostRecord[]): readonly Remark[] => {
  const below = records.filter(
    ({ before, after }) => after.metered > 0 && after.energy / after.metered < FAR_BELOW * before.least,
  );
  return below.length === 0
    ? []
    : [
        {
          flag: 'below_idle',
          text: `${below.length} of ${records.length} hosts (${named(below)}) drew since the start less than ${percent(FAR_BELOW)} of what they drew in their least hour before: a meter that covers a part of what it did looks like that.`,
          remedy: 'See that the same sockets, boards and supplies are metered as before, and name the meter.',
        },
      ];
};

const sameFlags = (records: readonly HostRecord[]): readonly Remark[] => {
  const share = ({ same, intervals }: HostWindow): number => (intervals > 0 ? same / intervals : 0);
  const frozen = records.filter(({ before, after }) => Math.abs(share(after) - share(before)) > LEAST_SAME);
  return frozen.length === 0
    ? []
    : [
        {
          flag: 'meter_frozen',
          text: `The energy of ${frozen.length} of ${records.length} hosts (${named(frozen)}) is the same to the joule for more than a day at a time, on one side more than on the other: a meter that repeats its last reading looks like that.`,
          remedy: 'See whether these meters still follow the load.',
        },
      ];
};

const namelessFlags = (records: readonly HostRecord[]): readonly Remark[] => {
  const nameless = records.filter(({ before, after }) => [before, after].some(isNameless));
  return nameless.length === 0
    ? []
    : [
        {
          flag: 'meter_unknown',
          text: `Nothing says what counts the energy of ${nameless.length} of ${records.length} hosts: whether the same meter does on both sides is not known.`,
          remedy: 'Name the meter: a column meter in a file, such as rapl or pdu.',
        },
      ];
};

const isNameless = ({ metered: intervals, meters }: HostWindow): boolean =>
  intervals > 0 && meters.size === 0;
