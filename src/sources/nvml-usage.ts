/**
 * One entry of the driver: the mean share of the multiprocessors that a process kept busy over the samplings since the
 * stamp that was asked from, those of an empty board left out. `stamp` is the last sampling in which it was seen busy,
 * not the end of that time.
 */
export interface UsageEntry {
  readonly pid: number;
  /** Microseconds; the driver's own clock. */
  readonly stamp: number;
  /** Percent. */
  readonly percent: number;
}

/** Microseconds. The driver samples every 1/6 s to 1 s, depending on the board (nvml.h, nvmlUtilization_t); an H100 every 0.2 s. */
export const LONGEST_PERIOD = 1_000_000;

/** Whether an entry can be one: the driver fills unused ones with zeros, and wrong ones have been seen above 100 %. */
const isUsage = ({ pid, stamp, percent }: UsageEntry, since: number): boolean =>
  pid > 0 && stamp > since && percent <= 100;

export interface Usage {
  /** Mean share of the multiprocessors by process, 0..1, since the last asking. */
  readonly shares: ReadonlyMap<number, number>;
  /** Stamp to ask from next. */
  readonly newest: number;
}

/**
 * What the driver's entries say. Pure.
 *
 * They are not to be weighed by their stamps: of two processes that took turns in a second, one with the stamp of its
 * beginning and 20 % and one with that of its end and 80 %, the driver's figures are those of the whole second (driver
 * 580 on an H100: they sum to the board's own mean). It gives one entry a process; of more the newest holds.
 *
 * @param since stamp of the newest entry of the last asking; 0 if there was none.
 */
export const usageOf = (entries: readonly UsageEntry[], since: number): Usage => {
  const newest = new Map<number, UsageEntry>();
  for (const entry of entries) {
    if (isUsage(entry, since) && entry.stamp >= (newest.get(entry.pid)?.stamp ?? 0))
      newest.set(entry.pid, entry);
  }
  return {
    shares: new Map([...newest].map(([pid, { percent }]) => [pid, percent / 100])),
    newest: Math.max(since, ...[...newest.values()].map(({ stamp }) => stamp)),
  };
};

/**
 * Shares of processes in parts of the time in which the driver sampled the board. Pure.
 *
 * The driver takes their mean over the samplings at which any process was on the board: of a process that came to an
 * empty board a fifth of the time ago it tells five times what it used of that time (driver 580 on an H200).
 *
 * @param busy mean of the board over that time; undefined where it is not known.
 */
export const sharesOfTime = (
  shares: ReadonlyMap<number, number>,
  busy: number | undefined,
): ReadonlyMap<number, number> => {
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  if (busy === undefined || sum <= busy) return shares;
  return new Map([...shares].map(([pid, share]) => [pid, (share * busy) / sum]));
};
