import type { Seconds } from '../units.ts';

/** Where a counter of work stood when it was last read. */
export interface WorkMark {
  readonly total: number;
  /** A reading below `total` that no second one has confirmed yet. */
  readonly fallen?: number;
  readonly seenAt: Seconds;
}

export interface CountedWork {
  readonly mark: WorkMark;
  /** Done since the reading before; never negative. */
  readonly amount: number;
  /** It went back at this reading, from `total` of the mark before. */
  readonly fell?: true;
}

/**
 * Work between two readings of a cumulative counter. Pure.
 *
 * The first reading is where counting starts: what was done before belongs to energy that nobody put beside it. A
 * reading that is lower becomes a suspect and counts nothing. A second one below the old total confirms that the counter
 * began anew, and all that it shows was done since. A single low reading, or a second writer of the same counter, adds
 * nothing that was not done.
 */
export const countWork = (before: WorkMark | undefined, total: number, at: Seconds): CountedWork => {
  if (before === undefined) return { mark: { total, seenAt: at }, amount: 0 };
  if (total >= before.total) return { mark: { total, seenAt: at }, amount: total - before.total };
  if (before.fallen === undefined || total < before.fallen) {
    return { mark: { total: before.total, fallen: total, seenAt: at }, amount: 0, fell: true };
  }
  return { mark: { total, seenAt: at }, amount: total };
};
