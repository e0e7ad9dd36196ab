import { oneLine } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';

/** Far above a year of 5-minute values. */
const MOST_ROWS = 200_000;
const FIX = 'Its first line must name the columns time and value (or from, to), with commas between them.';

/**
 * Rows of comma-separated values with a header line (RFC 4180): cells may stand in quotes, not run over lines. Empty
 * lines and those that begin with # are passed over. @throws GridError (failed)
 */
export const readCsv = (text: string): readonly Readonly<Record<string, string>>[] => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length > MOST_ROWS)
    throw new GridError('failed', `the file has more than ${MOST_ROWS} lines`, {
      fix: 'Keep the last days in it.',
    });
  const [header = '', ...rows] = lines;
  const names = cells(header).map((name) => name.trim().toLowerCase());
  const isTable = names.includes('value') && (names.includes('time') || names.includes('from'));
  if (!isTable) throw new GridError('failed', `the file begins with "${oneLine(header, 60)}"`, { fix: FIX });
  if (new Set(names).size !== names.length)
    throw new GridError('failed', 'the file has two columns of one name', { fix: FIX });
  return rows.map((line, index) => {
    const row = cells(line);
    if (row.length !== names.length) {
      throw new GridError(
        'failed',
        `the file has ${row.length} cells in row ${index + 1}, ${names.length} columns`,
        {
          fix: 'A decimal comma must be a point, and a cell with a comma stands in quotes.',
        },
      );
    }
    return Object.fromEntries(names.map((name, at) => [name, row[at]?.trim() ?? '']));
  });
};

const CELL = /"((?:[^"]|"")*)"|[^,]*/y;

const cells = (line: string): readonly string[] => {
  const found: string[] = [];
  for (let at = 0; at <= line.length; at += 1) {
    CELL.lastIndex = at;
    const [whole = '', quoted] = CELL.exec(line) ?? [];
    found.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
    at += whole.length;
    // Something behind a closing quote belongs to no cell: shown as one too many.
    if (at < line.length && line[at] !== ',') return [...found, ''];
  }
  return found;
};
