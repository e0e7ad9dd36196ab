import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { ServerSheet } from '../model/embodied.ts';
import { absent, type Found, found } from '../model/found.ts';
import { fromKilograms } from '../units.ts';
import { printable } from './text.ts';

/** Bounds within which a figure of a server can be believed, kg: the published ones are 465 to 2,503. */
const SERVER_KG = { least: 100, most: 20_000 } as const;
const count = z.int().check(z.gte(0), z.lte(100_000));
const words = z.string().check(z.regex(/\S/), z.maxLength(300));

/** A row of the share-alike table. */
const sheetRow = z.strictObject({
  vendor: words,
  model: words,
  kg_co2e: z.number().check(z.gte(SERVER_KG.least), z.lte(SERVER_KG.most)),
  boundary: z.enum(['manufacturing', 'cradle-to-gate', 'unstated']),
  lifetime_years: count,
  processors: count,
  memory_gb: count,
  hdds: count,
  ssds: count,
  gpus: count,
  storage: words,
  basis: words,
  gases: z.literal('CO2e'),
  date: words,
  source: words,
  licence: words,
  citation: words,
  check: words,
});

const FILE = 'embodied-odbl.json';

/**
 * Reads the manufacturers' sheets, `embodied-odbl.json` of a folder. They stand under the ODbL in a file of their own,
 * which is read here and nowhere built in: whoever may not pass it on takes it away, and sums of components take their
 * place. Never throws.
 */
export const readServerSheets = async (directory: string): Promise<Found<readonly ServerSheet[]>> => {
  const path = join(directory, FILE);
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    return absent(
      `${path}: ${printable(cause instanceof Error ? cause.message : String(cause), 200)}`,
      `put ${FILE} back to use manufacturers' footprints`,
    );
  }
  const rows = z.safeParse(z.array(sheetRow), raw);
  if (!rows.success) {
    const [issue] = rows.error.issues;
    return absent(
      `${path}: row ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
      `mend that row of ${FILE}`,
    );
  }
  return found(
    rows.data.map((row) => ({
      grams: fromKilograms(row.kg_co2e),
      boundary: row.boundary,
      source: row.source,
      licence: row.licence,
      vendor: row.vendor,
      model: row.model,
      processors: row.processors,
      memoryGb: row.memory_gb,
      rotatingDisks: row.hdds,
      solidDisks: row.ssds,
      gpus: row.gpus,
      date: row.date,
    })),
  );
};
