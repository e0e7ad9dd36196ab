import type { KeptDay } from '../model/archive.ts';

/** One of a series, each interval from the newer where that knows it (its first column), else from the older. */
export const merged = (
  older: KeptDay | undefined,
  newer: KeptDay,
): { readonly day: KeptDay; readonly restated: number } => {
  if (older === undefined || older.columns.length !== newer.columns.length)
    return { day: newer, restated: 0 };
  let restated = 0;
  let isOlderUsed = false;
  const columns = newer.columns.map((column) => Float64Array.from(column));
  for (let i = 0; i < Math.min(older.length, newer.length); i += 1) {
    const [then = Number.NaN, now = Number.NaN] = [older.columns[0]?.[i], newer.columns[0]?.[i]];
    if (Number.isNaN(then)) continue;
    if (!Number.isNaN(now)) {
      if (Math.abs(now - then) > 1e-9 * Math.abs(then)) restated += 1;
      continue;
    }
    isOlderUsed = true;
    for (const [at, column] of columns.entries()) column[i] = older.columns[at]?.[i] ?? Number.NaN;
  }
  const about = isOlderUsed && !newer.columns[0]?.some(Number.isFinite) ? older.about : newer.about;
  return { day: { ...newer, about, columns }, restated };
};
