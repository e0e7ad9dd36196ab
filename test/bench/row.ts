/** One line of the results. */
export interface Row {
  readonly what: string;
  /** With its unit; empty where it was not measured. */
  readonly ours: string;
  readonly reference: string;
  /** Ours over the reference, or over the budget where that is an absolute figure. */
  readonly ratio?: number;
  readonly budget: string;
  /** Absent for a figure without a budget, or one that was not measured. */
  readonly met?: boolean;
  /** What a reader of the figure needs to know: how it was measured, or why it was not. */
  readonly how: string;
}

/** How a benchmark script hands a row to the runner: a line of its own on stdout. */
const MARK = 'row ';

export const give = (row: Row): void => {
  process.stdout.write(`${MARK}${JSON.stringify(row)}\n`);
};

export const rowsIn = (output: string): readonly Row[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => JSON.parse(line.slice(MARK.length)) as Row);

export const notMeasured = (what: string, budget: string, why: string): Row => ({
  what,
  ours: '',
  reference: '',
  budget,
  how: `not measured: ${why}`,
});

const HEAD = ['what', 'ours', 'reference', 'ratio', 'budget', 'met'];

const cells = (row: Row): readonly string[] => [
  row.what,
  row.ours,
  row.reference,
  row.ratio === undefined ? '' : row.ratio.toFixed(2),
  row.budget,
  row.met === undefined ? (row.how.startsWith('not measured') ? 'not measured' : '') : row.met ? 'yes' : 'NO',
];

/** The rows as aligned text, with what was not measured explained below. */
export const table = (rows: readonly Row[]): string => {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const missing = rows.filter(({ how }) => how.startsWith('not measured'));
  return [...text, ...missing.map(({ what, how }) => `${what}: ${how}`)].join('\n');
};

/** What a reader of the repository sees of a row; a bar would end its cell. */
export const markdownCells = (row: Row): readonly string[] =>
  [...cells(row), row.how].map((cell) => cell.replaceAll('|', '/'));
