import type { GridReading, GridSignal } from '../model/grid.ts';
import type { GramsPerKWh } from '../units.ts';
import { isBelievable } from './merge.ts';

/** A row of an answer. Without a value it is a gap, which is not zero. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: GramsPerKWh | undefined;
  readonly estimated: boolean;
}

export interface Readings {
  readonly readings: readonly GridReading[];
  /** What was left out and why, one line each. */
  readonly notes: readonly string[];
}

/**
 * Rows in any order as readings: in order of time, without overlap, without gaps' rows. A measured value counts before
 * an estimated one of the same time; two that differ otherwise are left out both, as nobody can tell which holds. A
 * reading ends where the next one begins.
 */
export const readingsOf = (spans: readonly Span[], signal: GridSignal = 'average'): Readings => {
  const told = spans.flatMap(({ value, ...span }) => (value === undefined ? [] : [{ ...span, value }]));
  const believable = told.filter(({ value }) => isBelievable(value, signal));
  const sorted = [...believable].sort((a, b) => a.from - b.from || Number(a.estimated) - Number(b.estimated));
  const readings: GridReading[] = [];
  let disputed = 0;
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] as GridReading;
    const same = sorted.slice(at, endOf(sorted, at)).filter(({ estimated }) => estimated === first.estimated);
    at = endOf(sorted, at);
    if (same.some(({ value }) => value !== first.value)) disputed += 1;
    else readings.push({ ...first, to: Math.min(first.to, sorted[at]?.from ?? first.to) });
  }
  const implausible = told.length - believable.length;
  return {
    readings,
    notes: [
      ...(implausible > 0 ? [`left out values that no grid can have, in g/kWh: ${implausible}`] : []),
      ...(disputed > 0 ? [`left out times with two different values: ${disputed}`] : []),
    ],
  };
};

/** Where the rows of the same time end. */
const endOf = (sorted: readonly GridReading[], at: number): number => {
  let end = at + 1;
  while (end < sorted.length && sorted[end]?.from === sorted[at]?.from) end += 1;
  return end;
};

/** Past and present, and what is still to come. */
export const splitAt = (
  now: number,
  readings: readonly GridReading[],
): { readonly past: readonly GridReading[]; readonly future: readonly GridReading[] } => ({
  past: readings.filter(({ from }) => from <= now),
  future: readings.filter(({ from }) => from > now),
});
