import type { Comparison, Side } from '../model/comparison.ts';
import { counted } from '../model/counted.ts';
import { comparedRows } from './comparison-rows.ts';
import { comparisonDetails } from './detail-lines.ts';
import { printable } from './markup.ts';
import { dateWords, lengthWords, percentWords, threeDigits } from './quantity-words.ts';

/** A screen of a terminal has 24 lines; of those the answer takes at most 16. */
export const MOST_LINES = 16;

/** `2026-08-03 to 2026-08-31`; the end is not in it. */
export const windowWords = ({ window }: Side): string =>
  `${dateWords(window.from)} to ${dateWords(window.to)}`;

/** Whether both sides are of one time: then they are two scopes, not before and after. */
export const isTwoScopes = ({ before, after }: Comparison): boolean =>
  before.window.from === after.window.from && before.window.to === after.window.to;

/** Names of the two columns. */
export const sideNames = (comparison: Comparison): readonly [string, string] =>
  isTwoScopes(comparison) ? [comparison.before.label, comparison.after.label] : ['before', 'after'];

/** Who is compared, over what. */
export const scopeLine = (comparison: Comparison): string => {
  const { before, after } = comparison;
  const hosts = (count: number): string => counted(count, 'host');
  if (isTwoScopes(comparison))
    return `${before.label} (${hosts(before.hosts)}) and ${after.label} (${hosts(after.hosts)}), ${windowWords(before)} UTC`;
  const count =
    before.hosts === after.hosts
      ? hosts(before.hosts)
      : `${hosts(before.hosts)} before, ${after.hosts} after`;
  return `${count}: ${windowWords(before)} (${lengthWords(before.window.to - before.window.from)}) and ${windowWords(after)} (${lengthWords(after.window.to - after.window.from)})`;
};

/** Share of the host time of which figures are known. */
export const coverageOf = ({ hostTime, knownTime }: Side): number =>
  hostTime > 0 ? knownTime / hostTime : 0;

/** The comparison as at most 16 lines of text; `details` lifts that limit. */
export const comparisonText = (comparison: Comparison, details = false): string => {
  const { before, after, remarks, sentence, next, factor, factorSource } = comparison;
  const [first, second] = sideNames(comparison);
  const coverage = ['host time known', percentWords(coverageOf(before)), percentWords(coverageOf(after)), ''];
  const rows = comparedRows(comparison).map((one) => [
    factor !== undefined && one.key === 'emissions_grams'
      ? `${one.label}, ${threeDigits(factor)} g/kWh on both sides`
      : one.label,
    one.before,
    one.after,
    one.change,
  ]);
  // Title, header, the sentence, the next step, and a line for what must be known stay.
  const room = MOST_LINES - 4 - (remarks.length > 0 ? 1 : 0);
  const all = [coverage, ...rows];
  const shown = details || all.length <= room ? all : foldedTo(all, room);
  return [
    scopeLine(comparison),
    ...columns([['', first, second, 'change'], ...shown]),
    ...(details
      ? remarks.flatMap(({ text, remedy }) => [
          `note: ${text}`,
          ...(remedy === '' ? [] : [`      ${remedy}`]),
        ])
      : noteOf(comparison)),
    ...(details && factor !== undefined ? [`factor: ${threeDigits(factor)} gCO2e/kWh, ${factorSource}`] : []),
    ...(details ? comparisonDetails(comparison) : []),
    sentence,
    next,
  ]
    .map(printable)
    .join('\n')
    .concat('\n');
};

/** What must be known most of all, as one line; the sentence below may have said some of it already. */
const noteOf = ({ remarks, sentence }: Comparison): readonly string[] => {
  const [first, ...more] = remarks.filter(({ text }) => !sentence.includes(text.replace(/\.$/, '')));
  if (first === undefined) return [];
  const rest = more.length === 0 ? '' : ` (${more.length} more with --details)`;
  return [`note: ${first.text}${rest}`];
};

/** Details give way first: the further rows of utilisation (their labels are indented), from the last. */
const foldedTo = (rows: readonly (readonly string[])[], room: number): readonly (readonly string[])[] => {
  const kept = [...rows];
  while (kept.length > room) {
    const at = kept.findLastIndex(([label]) => label?.startsWith('  '));
    kept.splice(at < 0 ? kept.length - 1 : at, 1);
  }
  return kept;
};

/** Labels to the left, figures to the right. */
export const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((one) => (one[column] ?? '').length)),
  );
  return rows.map((one) =>
    one
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 3),
      )
      .join('')
      .trimEnd(),
  );
};
