import type { Equivalence, Statement } from '../carbon/statement.ts';
import { blockTitle, GROSS, shownLine, titleOf } from './statement-shown.ts';

/** Columns of the figure and its unit; the words stand behind them, so that their width never matters. */
const FIGURE = 16;
const UNIT = 14;
const INDENT = ' '.repeat(FIGURE + UNIT + 3);
const WIDTH = 118;

const wrapped = (text: string): readonly string[] =>
  text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH - INDENT.length)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);

const row = (value: string, unit: string, label: string, note: string): string => {
  const [first = '', ...rest] = wrapped(label);
  const head = `${value.padStart(FIGURE)} ${unit.padEnd(UNIT)}  ${first}`.trimEnd();
  const notes = note === '' ? [] : wrapped(note).map((line) => `${INDENT}  ${line}`);
  return [head, ...rest.map((line) => `${INDENT}${line}`), ...notes].join('\n');
};

/** The statement as plain text. Equivalences are shown where they are handed over, in a place of their own. */
export const statementTable = (statement: Statement, equivalences: readonly Equivalence[]): string => {
  const blocks = statement.blocks.map((block) => {
    const rows = block.lines.map((line) => {
      const { value, unit, label, note, verdict } = shownLine(line);
      if (value === '') return row('', '', `${label}: ${note}`, '');
      return row(value, unit, verdict === '' ? label : `[${verdict}] ${label}`, note);
    });
    return [blockTitle(block), ...rows].join('\n');
  });
  const deltas = statement.deltas.map(({ label, before, after, change, unit }) =>
    row(
      change === undefined ? 'changed' : signed(change),
      change === undefined ? '' : unit,
      label,
      `${before}, now ${after}`,
    ),
  );
  return [
    `${titleOf(statement)}\n${GROSS}`,
    ...blocks,
    ...(deltas.length === 0 ? [] : [['Changes since the last revision', ...deltas].join('\n')]),
    ...(equivalences.length === 0
      ? []
      : [
          [
            'Equivalences, as asked for',
            ...equivalences.map(({ label, words }) => row('', '', label, words)),
          ].join('\n'),
        ]),
  ]
    .join('\n\n')
    .concat('\n');
};

/** A change of a figure in its base unit, with its sign. */
export const signed = (change: number): string => `${change > 0 ? '+' : ''}${Number(change.toPrecision(9))}`;
