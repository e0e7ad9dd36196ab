import type { OverlapOutcome } from '../model/comparison.ts';
import { counted } from '../model/counted.ts';
import type { EnergyInterval } from '../model/estimate.ts';
import { energyScale, fixedDigits, lengthWords, type Scale, threeDigits } from './quantity-words.ts';

/** A line of a split: the joint figure first, then what of it is whose. */
export interface OverlapRow {
  readonly label: string;
  readonly figure: string;
}

const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

/** Figures rounded to the digits of the joint one so that they still add up: the largest part takes what is left over. */
const addingUp = (joint: number, parts: readonly number[], decimals: number): readonly number[] => {
  const round = (value: number): number => Number(value.toFixed(decimals));
  const rounded = parts.map(round);
  const left = round(joint) - rounded.reduce((sum, value) => sum + value, 0);
  const largest = parts.reduce(
    (best, value, at) => (Math.abs(value) > Math.abs(parts[best] ?? 0) ? at : best),
    0,
  );
  return rounded.map((value, at) => (at === largest ? round(value + left) : value));
};

const range = ({ low, high, level }: EnergyInterval, { divisor }: Scale, decimals: number): string =>
  `(${fixedDigits(low / divisor, decimals)} to ${fixedDigits(high / divisor, decimals)}, ${Math.round(level * 100)} %, model only)`;

/** Empty where nothing can be told. */
export const overlapRows = ({ joint, interval, parts }: OverlapOutcome): readonly OverlapRow[] => {
  if (joint === undefined || interval === undefined) return [];
  const scale = energyScale(joint, interval.low, interval.high);
  const decimals = decimalsOf(threeDigits(joint / scale.divisor));
  const figures = addingUp(
    joint / scale.divisor,
    (parts ?? []).map(({ avoided }) => avoided / scale.divisor),
    decimals,
  );
  const figure = (value: number, of: EnergyInterval): string =>
    `${fixedDigits(value, decimals)} ${scale.unit} ${range(of, scale, decimals)}`;
  return [
    { label: 'avoided together', figure: figure(joint / scale.divisor, interval) },
    ...(parts ?? []).map(({ name, interval: own }, at) => ({
      label: `  of it ${name}`,
      figure: figure(figures[at] ?? Number.NaN, own),
    })),
  ];
};

const and = (names: readonly string[]): string =>
  names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Whose figures these are, of which hosts and which time. */
export const overlapTitle = ({ measures, hosts, time, joint }: OverlapOutcome): string =>
  joint === undefined
    ? `${and(measures)} together: no figure can be given`
    : `${and(measures)} together, on the ${counted(hosts, 'host')} that all of them are for, over the ${lengthWords(time)} with all of them in force`;

/** What must be known of the split, the rule of adding first. */
export const overlapNotes = ({ joint, parts, remarks }: OverlapOutcome): readonly string[] => [
  ...(joint === undefined
    ? []
    : [
        `${parts === undefined ? '' : 'The parts add up to what was avoided together. '}Do not add figures of single measures: each would count what the others did. Indicative at most, as the interval is a model's alone.`,
      ]),
  ...remarks.map(({ text, remedy }) => [text, remedy].filter(Boolean).join(' ')),
];

/** One sentence of a measure that is not told by itself; undefined where together nothing is told either. */
export const overlapSentence = (name: string, overlap: OverlapOutcome): string | undefined => {
  const [joint, ...rows] = overlapRows(overlap);
  if (joint === undefined || overlap.interval === undefined) return undefined;
  const { low, high } = overlap.interval;
  const all = and(overlap.measures);
  if (low <= 0 && high >= 0)
    return `By itself no figure can be given of ${name}; that ${all} avoided something together is not shown either: ${joint.figure} has 0 in it.`;
  if (high < 0)
    return `By itself no figure can be given of ${name}; together ${all} used more than expected: ${joint.figure} avoided.`;
  const own = rows[overlap.measures.indexOf(name)];
  return own === undefined
    ? `By itself no figure can be given of ${name}; together ${all} avoided ${joint.figure}.`
    : `By itself no figure can be given of ${name}; of the ${joint.figure} that ${all} avoided together, ${own.figure} is its part.`;
};
