import type { Comparison, MeasureOutcome, MeasureReport } from '../model/comparison.ts';
import type { HistoryAbout } from '../model/history.ts';
import { DESIGNS, energyWithInterval, isOpen } from './measure-words.ts';
import { massScale, scaled } from './quantity-words.ts';

/** How much of the saving more work took up again, with what the saving's own interval makes of it. */
const growthLines = ({ growthOffset, avoided, interval, change }: MeasureOutcome): readonly string[] => {
  if (avoided === undefined || interval === undefined) return [];
  if (growthOffset === undefined)
    return change !== undefined && isOpen(interval)
      ? ['growth offset: not told, as no saving is shown that growth could have taken up']
      : [];
  const drop = (1 - growthOffset) * avoided;
  const ends = [1 - drop / interval.low, 1 - drop / interval.high].sort((a, b) => a - b);
  const [low, high] = ends.map((one) => one.toFixed(2));
  return [
    `growth offset: ${growthOffset.toFixed(2)} of what was avoided (${low} to ${high}, ${Math.round(interval.level * 100)} %)`,
  ];
};

/** Every interval, what else was tried, the change in steps and the diagnostics. */
const outcomeDetails = (outcome: MeasureOutcome): readonly string[] => {
  const { estimate, change, others } = outcome;
  const lines: string[] = [];
  if (estimate !== undefined) lines.push(`method: ${DESIGNS[estimate.design]}`);
  for (const one of estimate?.intervals ?? [])
    lines.push(`interval ${one.method}: ${energyWithInterval(estimate?.avoided ?? 0, one)}`);
  for (const other of others)
    lines.push(
      'avoided' in other
        ? `also tried: ${DESIGNS[other.design]}: ${energyWithInterval(other.avoided, other.interval)}`
        : `not possible: ${DESIGNS[other.design]}: ${other.refusals.map(({ text }) => text).join('; ')}`,
    );
  if (change !== undefined) {
    const { activity, intensity, facility, grid, total } = change;
    const scale = massScale(activity, intensity, facility, grid, total);
    const bar = (name: string, value: number) => `${name} ${scaled(value, scale)}`;
    lines.push(
      `change of CO2e, ${scale.unit}: ${bar('work', activity)}, ${bar('energy per work', intensity)}, ${bar('facility', facility)}, ${bar('grid', grid)} = ${scaled(total, scale)} (LMDI)`,
    );
  }
  lines.push(...growthLines(outcome));
  for (const [name, value] of Object.entries(estimate?.diagnostics ?? {}))
    lines.push(`${name}: ${Number(value.toPrecision(6))}`);
  return lines;
};

interface Source {
  readonly history: HistoryAbout;
  readonly inputs: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly version: string;
}

/** Where it was read, and the hashes by which it can be read again. */
const sourceDetails = ({ history, inputs, seed, version }: Source): readonly string[] => [
  `history: ${history.engine} ${history.where}, ${history.method}`,
  ...(history.archive === undefined ? [] : [`archive: ${history.archive}`]),
  ...Object.entries(history.queries).map(([name, query]) => `query of ${name}: ${query}`),
  ...Object.entries(inputs).map(([name, hash]) => `sha256 of ${name}: ${hash}`),
  `seed: ${seed}; negawatt ${version}`,
];

/** `--details` of a measure. */
export const measureDetails = (report: MeasureReport): readonly string[] => [
  ...outcomeDetails(report.outcome),
  `plan now: ${report.registration.hashNow}; at the start: ${report.registration.hashAtStart ?? 'none'}`,
  ...sourceDetails(report),
];

/** `--details` of a comparison without a plan. */
export const comparisonDetails = (comparison: Comparison): readonly string[] => [
  ...(comparison.adjusted === undefined ? [] : outcomeDetails(comparison.adjusted)),
  ...sourceDetails(comparison),
];
