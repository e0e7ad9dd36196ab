import { findZone } from '../carbon/zone.ts';
import type { FactorRow } from '../model/factor.ts';
import type { Found } from '../model/found.ts';
import type { ZoneEntry } from '../model/zone.ts';
import { loadTables } from './table.ts';

export interface ZoneQuestion {
  /** Folder of the shipped tables. */
  readonly directory: string;
  /** The operator's own files, JSON or YAML. */
  readonly userFiles: readonly string[];
  /** Undefined: the operator's files are read for their mistakes alone. */
  readonly zone: string | undefined;
  /** Whether the factors of its country may stand in. */
  readonly fallback?: 'none' | 'country' | undefined;
}

/** What the tables hold for one zone: plain data, so that one thread can read them for another. */
export interface ZoneRows {
  /** The zone as the tables know it. Undefined: none was asked for. */
  readonly entry: Found<ZoneEntry> | undefined;
  /** Rows that its factors may be chosen from. */
  readonly rows: readonly FactorRow[];
}

/** Reads all tables and keeps what belongs to one zone. Throws FactorTableError where one cannot be read; nothing else. */
export const readZoneRows = async ({
  directory,
  userFiles,
  zone,
  fallback,
}: ZoneQuestion): Promise<ZoneRows> => {
  const tables = await loadTables({ directory, userFiles, ...(zone === undefined ? { shipped: [] } : {}) });
  if (zone === undefined) return { entry: undefined, rows: [] };
  return { entry: findZone(zone, tables.zones()), rows: tables.candidatesOf(zone, fallback) };
};
