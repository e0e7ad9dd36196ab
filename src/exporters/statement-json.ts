import { linesOf, type Statement } from '../carbon/statement.ts';
import { csvLines } from './markup.ts';

/** The statement as data; figures unrounded and in base units. Equivalences never reach it. */
export const statementJson = (statement: Statement): string => `${JSON.stringify(statement, null, 2)}\n`;

const HEADER = [
  ...['year', 'revision', 'block', 'id', 'label', 'kind', 'value', 'unit', 'verdict', 'note'],
  ...['method', 'basis', 'gases', 'gwp', 'grid_zone', 'factor', 'change'],
];

/** A row a line. The value of what is not known is empty; of a closed year the last column is the change since then. */
export const statementCsv = (statement: Statement): string => {
  const numbers = new Map(
    statement.blocks.flatMap(({ number, lines }) => lines.map(({ id }) => [id, number])),
  );
  const changes = new Map(
    statement.deltas.map(({ id, change }) => [id, change === undefined ? 'changed' : String(change)]),
  );
  const rows = linesOf(statement).map((line) => {
    const { method, basis, gases, gwp, zone, factor } = line.terms ?? {};
    const words = line.kind === 'words' ? [line.words] : line.kind === 'gap' ? [line.reason] : [];
    return [
      String(statement.year),
      String(statement.revision),
      String(numbers.get(line.id)),
      line.id,
      line.label,
      line.kind,
      line.kind === 'figure' ? String(line.value) : '',
      line.kind === 'words' ? '' : line.unit,
      line.verdict ?? '',
      [...words, ...(line.note === undefined ? [] : [line.note])].join('; '),
      ...[method, basis, gases, gwp, zone, factor].map((term) => term ?? ''),
      changes.get(line.id) ?? '',
    ];
  });
  return csvLines([HEADER, ...rows]);
};
