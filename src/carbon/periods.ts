/** A value that holds for a time. Milliseconds since 1970 UTC, half-open. */
export interface Period<T> {
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

/** The value of the period that an instant lies in, and until when that answer holds. Periods do not overlap. */
export const periodAt = <T>(
  periods: readonly Period<T>[],
  wall: number,
): { readonly value: T | undefined; readonly until?: number } => {
  const value = periods.find(({ from, to }) => from <= wall && wall < to)?.value;
  const changes = periods.flatMap(({ from, to }) => [from, to]).filter((at) => at > wall);
  return { value, ...(changes.length === 0 ? {} : { until: Math.min(...changes) }) };
};

/** Whether each begins before it ends and no two hold at one instant. */
export const areDisjoint = (periods: readonly { readonly from: number; readonly to: number }[]): boolean => {
  const ordered = [...periods].sort((a, b) => a.from - b.from);
  return ordered.every(({ from, to }, i) => from < to && to <= (ordered[i + 1]?.from ?? to));
};
