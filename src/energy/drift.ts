import type { Ratio, Seconds } from '../units.ts';
import { ratio, seconds } from '../units.ts';
import type { MeterReport } from './read-meters.ts';

/** What a meter had counted, since it was first watched, at an instant: joules. */
interface Mark {
  readonly at: Seconds;
  readonly energy: number;
}

/** Marks of each watched meter over the window, oldest first. Kept in memory alone: a restart begins a new window. */
export type DriftState = ReadonlyMap<string, readonly Mark[]>;

export const initialDrift: DriftState = new Map();

/** Meters whose energies add up to one figure, such as the packages, or all supplies. */
export interface Compared {
  readonly name: string;
  readonly meters: readonly string[];
}

/** Energy of one figure over that of another, over the same time. */
export interface Drift {
  readonly meter: string;
  readonly against: string;
  readonly ratio: Ratio;
}

/** Shorter, and a meter that is refreshed once a minute would be compared with the minute before (power reference 2.7). */
const SHORTEST = seconds(300);
const WINDOW = seconds(600);
/** Marks closer than this are one: at most 60 a meter, however short the tick. */
const APART = seconds(10);
/** Two spans that meet here differ by rounding alone. */
const TOUCHING = seconds(1e-6);

/**
 * Adds what meters reported at this tick. Pure. A gap in a meter begins its window anew, so that only energy that both
 * sides counted is compared.
 *
 * @param watched ids of the meters to keep marks of; others are forgotten.
 */
export const watchDrift = (
  state: DriftState,
  watched: ReadonlySet<string>,
  reports: ReadonlyMap<string, MeterReport>,
): DriftState => {
  if (watched.size === 0) return initialDrift;
  const next = new Map<string, readonly Mark[]>();
  for (const id of watched) {
    let marks = [...(state.get(id) ?? [])];
    for (const { from, to, energy } of reports.get(id)?.spans ?? []) {
      const last = marks.at(-1);
      if (last === undefined || Math.abs(last.at - from) > TOUCHING) marks = [{ at: from, energy: 0 }];
      const before = marks.at(-2);
      const begun = marks.at(-1)?.energy ?? 0;
      if (before !== undefined && to - before.at < APART) marks.pop();
      marks.push({ at: to, energy: begun + energy });
    }
    const newest = marks.at(-1)?.at ?? 0;
    while ((marks[1]?.at ?? newest) < newest - WINDOW) marks.shift();
    next.set(id, marks);
  }
  return next;
};

/** How two figures compare over the time that all their meters cover; undefined until that is long enough. Pure. */
export const driftBetween = (state: DriftState, a: Compared, b: Compared): Drift | undefined => {
  const lines = [...a.meters, ...b.meters].map((id) => state.get(id) ?? []);
  if (a.meters.length === 0 || b.meters.length === 0 || lines.some((marks) => marks.length < 2)) {
    return undefined;
  }
  const to = Math.min(...lines.map((marks) => marks.at(-1)?.at ?? 0));
  const from = Math.max(to - WINDOW, ...lines.map((marks) => marks[0]?.at ?? 0));
  if (to - from < SHORTEST) return undefined;
  const counted = ({ meters }: Compared): number =>
    meters.reduce((sum, id) => sum + between(state.get(id) ?? [], from, to), 0);
  const whole = counted(b);
  return whole > 0 ? { meter: a.name, against: b.name, ratio: ratio(counted(a) / whole) } : undefined;
};

const between = (marks: readonly Mark[], from: number, to: number): number =>
  energyAt(marks, to) - energyAt(marks, from);

/** Within a span energy is taken as even: the window's ends seldom fall on a slow meter's reports. */
const energyAt = (marks: readonly Mark[], at: number): number => {
  const after = marks.findIndex((mark) => mark.at >= at);
  const [left, right] = [marks[after - 1], marks[after]];
  if (right === undefined) return marks.at(-1)?.energy ?? 0;
  if (left === undefined) return right.energy;
  return left.energy + ((right.energy - left.energy) * (at - left.at)) / (right.at - left.at);
};
