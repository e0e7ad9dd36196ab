import type { Piece } from './counter-differences.ts';
import { DAY } from './intervals.ts';
import { keyOf, type Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/**
 * Mean power of cells that end at the instants of the grid. Nothing draws 0 W: a meter that says so of a host or a board
 * had no reading, and a mean that holds one, or a value that stands for "not known", is none.
 */
export const powerCells = async (
  client: PrometheusClient,
  selector: string,
  { day, grid, blankFrom }: { day: number; grid: number; blankFrom: number | undefined },
  signal?: AbortSignal,
): Promise<readonly Series[]> => {
  // A thousandth short: releases before 3 count the sample at the first instant of a range, too.
  const over = (what: string): Promise<readonly Series[]> =>
    client.range(`${what}_over_time(${selector}[${grid * 1000 - 1}ms])`, day, day + DAY, grid, signal);
  const [means, lows, highs] = await Promise.all([
    over('avg'),
    over('min'),
    blankFrom === undefined ? [] : over('max'),
  ]);
  const wrong = new Map<string, Set<number>>();
  const mark = (some: readonly Series[], isWrong: (value: number) => boolean): void => {
    for (const { labels, times, values } of some) {
      const held = wrong.get(keyOf(labels)) ?? new Set<number>();
      wrong.set(keyOf(labels), held);
      for (const [at, time] of times.entries()) if (isWrong(values[at] ?? Number.NaN)) held.add(time);
    }
  };
  mark(lows, (value) => !(value > 0));
  mark(highs, (value) => blankFrom !== undefined && value >= blankFrom);
  return means.map((one) => ({
    ...one,
    values: one.values.map((value, at) =>
      wrong.get(keyOf(one.labels))?.has(one.times[at] ?? 0) === true ? Number.NaN : value,
    ),
  }));
};

/** Power as energy by interval, from means over cells of the grid. */
export const gaugePieces = (
  points: Float64Array,
  first: number,
  length: number,
  cells: number,
  start: number,
  step: number,
): (Piece | 'nothing')[] =>
  Array.from({ length }, (_, at) => {
    const size = step / cells;
    let [amount, covered, from, to] = [0, 0, Number.NaN, Number.NaN];
    for (let cell = 1; cell <= cells; cell += 1) {
      const watts = points[first + at * cells + cell] ?? Number.NaN;
      if (!(watts > 0)) continue;
      amount += watts * size;
      covered += size;
      to = start + at * step + cell * size;
      if (Number.isNaN(from)) from = to - size;
    }
    return covered > 0 ? { amount, covered, from, to } : 'nothing';
  });
