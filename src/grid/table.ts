import { join } from 'node:path';
import { refusal } from '../carbon/guard.ts';
import { marketAreaOf } from '../carbon/zone.ts';
import type { FactorRow } from '../model/factor.ts';
import type { ZoneEntry } from '../model/zone.ts';
import { FactorTableError } from './table-error.ts';
import { type PlacedRow, readTable, type TableFile } from './table-file.ts';

/** Tables that an inventory is made of; below `config/factors`. */
export const SHIPPED_TABLES: readonly string[] = [
  'grid-direct.json',
  'grid-canada.json',
  'grid-lifecycle.json',
  'residual-mix.json',
];

export interface TableOptions {
  /** Folder of the shipped tables. */
  readonly directory: string;
  /** Tables to read from it; `SHIPPED_TABLES` unless told. */
  readonly shipped?: readonly string[];
  /** The operator's own files, JSON or YAML. */
  readonly userFiles?: readonly string[];
}

/** Tables in memory. Ask for the rows of the zones in use, then let it go: the rows do not hold the rest. */
export interface FactorTables {
  /** Rows of one zone, the user's first; a shipped row that a user's row replaces is not among them. */
  rowsOf(zone: string): readonly FactorRow[];
  /**
   * Rows that the factors of a zone may be chosen from: its own, the residual mix of its market, and with `country` the
   * location-based factors of its country.
   */
  candidatesOf(zone: string, fallback?: 'none' | 'country'): readonly FactorRow[];
  /** All zones held, to look one up by name or to suggest one. */
  zones(): readonly ZoneEntry[];
}

const keyOf = ({ zone, basis, year, yearKind }: FactorRow): string => [zone, basis, year, yearKind].join(' ');

/** One row a key, or an error that names both places: two answers to one question are none. */
const unique = (rows: readonly PlacedRow[]): ReadonlyMap<string, PlacedRow> => {
  const byKey = new Map<string, PlacedRow>();
  const problems: string[] = [];
  for (const placed of rows) {
    const key = keyOf(placed.row);
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, placed);
    else problems.push(`${placed.place}: ${key} stands already in ${first.place}; remove one of the two`);
  }
  if (problems.length > 0) throw new FactorTableError(problems);
  return byKey;
};

const readAll = async (files: readonly TableFile[]): Promise<ReadonlyMap<string, PlacedRow>> => {
  const tables = await Promise.allSettled(files.map(readTable));
  const failed = tables.filter((table) => table.status === 'rejected').map(({ reason }) => reason as unknown);
  const [only] = failed;
  if (failed.length === 1) throw only;
  if (failed.length > 1) {
    const problems = failed.flatMap((one) =>
      one instanceof FactorTableError ? one.problems : [String(one)],
    );
    throw new FactorTableError(problems, only);
  }
  return unique(tables.flatMap((table) => (table.status === 'fulfilled' ? table.value : [])));
};

const entryOf = (zone: string, rows: readonly FactorRow[]): ZoneEntry => ({
  zone,
  names: [...new Set(rows.map(({ name }) => name))],
  usable: rows.some((row) => refusal(row, 'location') === undefined),
});

/**
 * Reads the shipped tables and the user's files, each once. A user's row replaces the shipped row of its zone, basis,
 * year and year kind, and is preferred over every other shipped row of its basis when a factor is selected.
 *
 * @throws FactorTableError naming every file, line and row that is wrong; nothing else.
 */
export const loadTables = async (options: TableOptions): Promise<FactorTables> => {
  const shipped = await readAll(
    (options.shipped ?? SHIPPED_TABLES).map((name) => ({
      path: join(options.directory, name),
      origin: 'table',
    })),
  );
  const user = await readAll((options.userFiles ?? []).map((path) => ({ path, origin: 'user' })));
  const byZone = new Map<string, FactorRow[]>();
  for (const { row } of new Map([...user, ...[...shipped].filter(([key]) => !user.has(key))]).values()) {
    const rows = byZone.get(row.zone);
    if (rows === undefined) byZone.set(row.zone, [row]);
    else rows.push(row);
  }
  const rowsOf = (zone: string): readonly FactorRow[] => byZone.get(zone) ?? [];
  return {
    rowsOf,
    candidatesOf: (zone, fallback) => {
      const wider = rowsOf(marketAreaOf(zone) ?? '');
      const market = wider.filter(
        ({ basis }) => basis === 'residual' || (fallback === 'country' && basis === 'direct'),
      );
      return [...rowsOf(zone), ...market];
    },
    zones: () => [...byZone].map(([zone, rows]) => entryOf(zone, rows)),
  };
};
