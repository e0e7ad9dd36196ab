import type { Comparison, Side, Utilisation } from '../model/comparison.ts';
import type { Ratio } from '../units.ts';
import {
  changeWords,
  energyScale,
  massScale,
  percentWords,
  perPieceScale,
  pointsWords,
  type Scale,
  scaled,
  threeDigits,
} from './quantity-words.ts';

/** A line of a comparison: both sides and the change, as people read it and as numbers. */
export interface ComparedRow {
  /** Stable word for scripts, the unit in it, such as `energy_joules`. */
  readonly key: string;
  readonly label: string;
  readonly before: string;
  readonly after: string;
  readonly change: string;
  /** In the base unit that the key names; undefined: not known. */
  readonly values: readonly [before: number | undefined, after: number | undefined];
}

const NOT_KNOWN = 'not known';
const SECONDS_PER_DAY = 86_400;

/** What is summed over a window is per day where the windows differ in length. */
const perDayOf = ({ perDay }: Comparison, side: Side): number =>
  perDay ? (side.window.to - side.window.from) / SECONDS_PER_DAY : 1;

const amounts = (
  comparison: Comparison,
  of: (side: Side) => number | undefined,
): readonly [number | undefined, number | undefined] => {
  const divided = (side: Side): number | undefined => {
    const value = of(side);
    return value === undefined ? undefined : value / perDayOf(comparison, side);
  };
  return [divided(comparison.before), divided(comparison.after)];
};

const row = (
  key: string,
  label: string,
  values: readonly [number | undefined, number | undefined],
  shown: (value: number) => string,
  change = changeWords(...values),
): ComparedRow => {
  const words = (value: number | undefined): string => (value === undefined ? NOT_KNOWN : shown(value));
  return { key, label, values, before: words(values[0]), after: words(values[1]), change };
};

const share = (key: string, label: string, values: readonly [Ratio | undefined, Ratio | undefined]) =>
  row(key, label, values, percentWords, pointsWords(...values));

const utilisation = (name: 'cpu' | 'gpu', { before, after }: Comparison): readonly ComparedRow[] => {
  const both = (of: (one: Utilisation) => Ratio | undefined) => [of(before[name]), of(after[name])] as const;
  const means = both(({ mean }) => mean);
  if (means.every((mean) => mean === undefined)) return [];
  const word = name.toUpperCase();
  return [
    share(`${name}_utilization_mean_ratio`, `${word} use while powered on, mean`, means),
    share(
      `${name}_utilization_p95_ratio`,
      `  95th percentile`,
      both(({ p95 }) => p95),
    ),
    share(
      `${name}_utilization_of_all_ratio`,
      `  of all capacity`,
      both(({ meanOfAll }) => meanOfAll),
    ),
  ];
};

const inUnit = (scale: Scale) => (value: number) => scaled(value, scale);

/** Lines of a comparison, in the order in which a planner asks for them. What neither side knows has no line. */
export const comparedRows = (comparison: Comparison): readonly ComparedRow[] => {
  const { before, after, perDay } = comparison;
  const a = perDay ? ' a day' : '';
  const energy = amounts(comparison, (side) => side.energy);
  const energyUnit = energyScale(...energy);
  const grams = amounts(comparison, (side) => side.grams);
  const gramsUnit = massScale(...grams);
  const costs = amounts(comparison, (side) => side.cost?.amount);
  const currency = before.cost?.currency ?? after.cost?.currency ?? '';
  const powered = amounts(comparison, (side) => side.poweredTime);
  const units = [...new Set([...before.work, ...after.work].map(({ unit }) => unit))];
  const done = (unit: string) =>
    amounts(comparison, (side) => side.work.find((one) => one.unit === unit)?.amount);
  const isKnown = ({ values }: ComparedRow): boolean => values.some((value) => value !== undefined);
  return [
    ...utilisation('cpu', comparison),
    ...utilisation('gpu', comparison),
    row(
      'powered_on_host_hours',
      `powered host-hours${a}`,
      [hours(powered[0]), hours(powered[1])],
      threeDigits,
    ),
    ...units.map((unit) => row(`work_${unit}`, `work${a} (${unit})`, done(unit), threeDigits)),
    row('energy_joules', `energy${a} (${energyUnit.unit})`, energy, inUnit(energyUnit)),
    ...units.map((unit) => {
      const work = done(unit);
      const each = [perPiece(energy[0], work[0]), perPiece(energy[1], work[1])] as const;
      const scale = perPieceScale(...each);
      return row(`energy_joules_per_${unit}`, `${scale.unit} per ${singular(unit)}`, each, inUnit(scale));
    }),
    row('emissions_grams', `CO2e${a} (${gramsUnit.unit})`, grams, inUnit(gramsUnit)),
    row('cost', `cost${a} (${currency})`, costs, threeDigits),
  ].filter(isKnown);
};

const hours = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds / 3600;

const perPiece = (energy: number | undefined, work: number | undefined): number | undefined =>
  energy === undefined || work === undefined || work <= 0 ? undefined : energy / work;

/** `requests` -> `request`; a unit that is no English plural stays as it is. */
export const singular = (unit: string): string => (/[^s]s$/.test(unit) ? unit.slice(0, -1) : unit);
