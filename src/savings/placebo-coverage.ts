import type { MeasuredCoverage } from '../model/estimate.ts';
import { ratio } from '../units.ts';
import { independentWindows, type PlaceboWindow, placeboLevel } from './placebo.ts';
import { runningQuantile } from './running-quantile.ts';

/**
 * Earlier non-overlapping windows from which on a window is judged: half of what a claim needs. The largest of 5 errors
 * holds the next one 5 times of 6 at best, so a short history is judged hard, never softly.
 */
const LEAST_EARLIER = 5;

/**
 * How often the placebo interval held the truth (0) on this history: each window is judged by the interval that was to be
 * had from windows that had ended when it began. What came later changes nothing of it. Undefined where no window has
 * enough earlier ones. The standard error counts non-overlapping windows alone, and is never 0 (Agresti and Coull's add
 * two successes and two failures would move the share; one of each is added, for the error only).
 */
export const measuredCoverage = (windows: readonly PlaceboWindow[]): MeasuredCoverage | undefined => {
  const scores = Float64Array.from(windows, ({ error, difficulty }) => Math.abs(error) / difficulty);
  const byStart = Array.from(windows.keys()).sort(
    (a, b) => startOf(windows, a) - startOf(windows, b) || a - b,
  );
  const byEnd = Array.from(windows.keys()).sort((a, b) => endOf(windows, a) - endOf(windows, b) || a - b);
  const earlier = runningQuantile(scores);
  const ends = new Map<number, number>();
  const judged: PlaceboWindow[] = [];
  let [independent, next, held] = [0, 0, 0];
  for (const index of byStart) {
    const window = windows[index];
    if (window === undefined) continue;
    for (; next < byEnd.length && endOf(windows, byEnd[next] ?? 0) <= window.start; next += 1) {
      const ended = byEnd[next] ?? 0;
      earlier.add(ended);
      const { host = 0, start = 0, end = 0 } = windows[ended] ?? {};
      if (start >= (ends.get(host) ?? Number.NEGATIVE_INFINITY)) {
        independent += 1;
        ends.set(host, end);
      }
    }
    if (independent < LEAST_EARLIER) continue;
    judged.push(window);
    if ((scores[index] ?? Number.NaN) <= earlier.at(placeboLevel(independent))) held += 1;
  }
  if (judged.length === 0) return undefined;
  const share = held / judged.length;
  const among = independentWindows(judged);
  const steadied = (share * among + 1) / (among + 2);
  return {
    ratio: ratio(share),
    windows: judged.length,
    independent: among,
    standardError: ratio(Math.sqrt((steadied * (1 - steadied)) / among)),
  };
};

const startOf = (windows: readonly PlaceboWindow[], index: number): number => windows[index]?.start ?? 0;
const endOf = (windows: readonly PlaceboWindow[], index: number): number => windows[index]?.end ?? 0;
