import { type Ratio, ratio, type Seconds } from '../units.ts';
import type { CpuUse } from './cpu-time.ts';

/** CPU use between ticks that follow one another, oldest first: what a slow meter's span is compared with. */
export type LoadHistory = readonly CpuUse[];

/** How much of the history is kept, in uses: two hours at one a second, longer than any span that a meter reports. */
const LONGEST = 7200;

export const remember = (history: LoadHistory, use: CpuUse | undefined): LoadHistory =>
  use === undefined ? history : [...history.slice(history.length >= LONGEST ? 1 : 0), use];

/** Busy share between two instants of monotonic time, pro rata; undefined where the history does not cover them. */
export const loadBetween = (history: LoadHistory, from: Seconds, to: Seconds): Ratio | undefined => {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined || to <= from) return undefined;
  // What was read within one tick differs by the time between two reads of it.
  const slack = (last.to - last.from) / 2;
  if (from < first.from - slack || to > last.to + slack) return undefined;
  let busy = 0;
  let total = 0;
  for (const use of history) {
    const shared = Math.min(to, use.to) - Math.max(from, use.from);
    if (shared <= 0 || use.to <= use.from) continue;
    const part = shared / (use.to - use.from);
    busy += use.busy * part;
    total += use.total * part;
  }
  return total > 0 ? ratio(Math.min(1, busy / total)) : undefined;
};
