import { markdownCells, type Row } from './row.ts';

/** One line of RESULTS.md: the cells of a row, then how it was measured and on which day. */
type Line = readonly string[];

const linesIn = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what ') && !line.startsWith('| --- '))
    .map((line) => line.slice(2, -2).split(' | '));

/**
 * The text of RESULTS.md with new rows: each takes the place of the row of its name, and one that was not there comes
 * behind the row it was measured after. Other rows stay as they are, with their day.
 *
 * @param before the file as it is; empty: these rows are all that there are.
 */
export const withRows = (before: string, rows: readonly Row[], day: string, heading: string): string => {
  const lines = [...linesIn(before)];
  let last = -1;
  for (const row of rows) {
    const line = [...markdownCells(row), day];
    const at = lines.findIndex(([what]) => what === row.what);
    if (at >= 0) lines[at] = line;
    else lines.splice(last < 0 ? lines.length : last + 1, 0, line);
    last = at >= 0 ? at : last < 0 ? lines.length - 1 : last + 1;
  }
  const head = ['what', 'ours', 'reference', 'ratio', 'budget', 'met', 'how', 'measured'];
  const text = (cells: Line): string => `| ${cells.join(' | ')} |`;
  return `${['# Benchmark results', '', heading, '', text(head), text(head.map(() => '---')), ...lines.map(text)].join('\n')}\n`;
};
