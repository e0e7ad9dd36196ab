import { add, type GramsCO2e, grams, scale, subtract } from '../units.ts';
import { type Block, figureLine, gapLine, type Line, wordsLine } from './statement.ts';
import type { TargetEntry } from './statement-activity.ts';
import { TONNE } from './statement-scope1.ts';
import { SUBJECT_NAMES, type Totals } from './statement-totals.ts';
import { listed, number } from './statement-words.ts';

/** Block 12: targets as the entity states them, held against gross emissions; credits and reductions do not count. */
export const targetsBlock = (targets: readonly TargetEntry[], year: number, totals: Totals): Block => ({
  number: 12,
  title: 'Targets, on gross emissions',
  lines:
    targets.length === 0
      ? [wordsLine('targets', 'Targets', 'none entered')]
      : targets.flatMap((one, at) => targetLines(one, at, year, totals)),
});

/** The straight line from base to target at a year inside of both. */
export const pathAt = ({ base, target }: TargetEntry, year: number): GramsCO2e =>
  add(
    base.emissions,
    scale(subtract(target.emissions, base.emissions), (year - base.year) / (target.year - base.year)),
  );

const tonnes = (value: GramsCO2e): string => `${number(value / TONNE, 3)} t`;

const targetLines = (one: TargetEntry, at: number, year: number, totals: Totals): readonly Line[] => {
  const { name, base, target, covers, document } = one;
  const id = `targets.${at + 1}`;
  const years = Array.from({ length: target.year - base.year + 1 }, (_, step) => base.year + step);
  const path = years.map((step) => `${step} ${tonnes(pathAt(one, step))}`).join(', ');
  const head = [
    wordsLine(
      id,
      `"${name}"`,
      `${tonnes(base.emissions)} in ${base.year} to ${tonnes(target.emissions)} in ${target.year}`,
      `over ${listed(covers.map((subject) => SUBJECT_NAMES[subject]))}; ${document}`,
    ),
    wordsLine(`${id}.path`, 'Path, a straight line', path),
  ];
  if (year < base.year || year > target.year)
    return [...head, gapLine(`${id}.here`, `Path in ${year}`, 't', 'the year lies outside of the path')];
  const here = pathAt(one, year);
  return [
    ...head,
    figureLine(`${id}.here`, `Path in ${year}`, here / TONNE, 't'),
    ...distance(one, id, here, totals),
  ];
};

const distance = ({ covers }: TargetEntry, id: string, here: GramsCO2e, totals: Totals): readonly Line[] => {
  const parts = covers.map((subject) => ({ subject, grams: totals[subject] }));
  const missing = parts.filter((part) => part.grams === undefined);
  const label = 'This year against the path';
  if (missing.length > 0) {
    const names = listed(missing.map(({ subject }) => SUBJECT_NAMES[subject]));
    return [gapLine(`${id}.distance`, label, 't', `no figure of this year for ${names}`)];
  }
  const actual = parts.reduce((all, part) => add(all, part.grams ?? grams(0)), grams(0));
  const apart = subtract(actual, here);
  const word = apart > 0 ? 'above the path' : 'on or below the path';
  const working = `${tonnes(actual)} - ${tonnes(here)}; gross, without credits and reductions`;
  return [figureLine(`${id}.distance`, `${label}: ${word}`, apart / TONNE, 't', working)];
};
