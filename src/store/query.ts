import { isUtf8 } from 'node:buffer';
import type { Connection } from './database.ts';
import { DamagedRow } from './errors.ts';

/**
 * Reads columns of a table, by name. libsql 0.5.29 ends the process at text that is no UTF-8, which one flipped bit
 * makes: text is read as bytes, whatever column it stands in, and looked at here. Throws SQLite's errors, and DamagedRow
 * for such text; a number may have become text.
 *
 * @param rest of the statement, after the name of the table; columns in it are named with it, as `usage.start`.
 * @param named columns or expressions, each under the name that it has in a row.
 */
export const query = <Row extends object>(
  db: Connection,
  named: Readonly<Record<keyof Row & string, string>>,
  table: string,
  rest = '',
  ...values: readonly (string | number)[]
): readonly Row[] => {
  const columns = Object.entries<string>(named).map(
    ([name, from]) =>
      `CASE typeof(${from}) WHEN 'text' THEN CAST(${from} AS BLOB) ELSE ${from} END AS ${name}`,
  );
  const rows = db.prepare(`SELECT ${columns.join(', ')} FROM ${table} ${rest}`).all(...values);
  return rows.map(
    (row) =>
      Object.fromEntries(
        Object.keys(named).map((name) => [name, valueIn((row as Record<string, unknown>)[name])]),
      ) as Row,
  );
};

/** Columns that are read under their own names. */
export const sameNames = <Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> =>
  Object.fromEntries(names.map((name) => [name, name])) as unknown as Record<Name, string>;

const valueIn = (value: unknown): unknown => {
  if (!(value instanceof ArrayBuffer)) return value;
  const bytes = Buffer.from(value);
  if (!isUtf8(bytes)) throw new DamagedRow('a row holds text that is no UTF-8');
  return bytes.toString();
};
