/** One sample of the driver: how busy a process kept the multiprocessors in the sample period that ends at `stamp`. */
export interface UsageSample {
  readonly pid: number;
  /** Microseconds; the driver's own clock. */
  readonly stamp: number;
  /** Percent. */
  readonly percent: number;
}

/** The driver samples every 1/6 s to 1 s, depending on the board (nvml.h, nvmlUtilization_t): a sample covers no more. */
const LONGEST_PERIOD = 1_000_000;
/** Stamps nearer to each other than this are of one sampling: half of the shortest period. */
const SAME = 83_000;

/** Whether a sample can be one: the driver fills unused entries with zeros, and wrong ones have been seen above 100 %. */
export const isUsage = ({ pid, stamp, percent }: UsageSample, since: number): boolean =>
  pid > 0 && stamp > since && percent <= 100;

/**
 * Mean share of the multiprocessors by process over the time since the last asking. Pure.
 *
 * The driver writes a sample only for processes that were busy in a period: where others have a sample and a process has
 * none, it was idle. Each sampling counts for the time back to the one before it, at most for the longest period.
 *
 * @param since stamp of the newest sample of the last asking; 0 if there was none.
 * @param window microseconds since the last asking.
 */
export const meanUsage = (
  samples: readonly UsageSample[],
  since: number,
  window: number,
): ReadonlyMap<number, number> => {
  const valid = samples.filter((sample) => isUsage(sample, since)).sort((a, b) => a.stamp - b.stamp);
  const busy = new Map<number, number>();
  let covered = 0;
  let before = since;
  for (let first = 0; first < valid.length; ) {
    const stamp = valid[first]?.stamp ?? 0;
    const weight = Math.min(LONGEST_PERIOD, stamp - before);
    /** A process has one sample in a sampling; of more the last one holds. */
    const inThis = new Map<number, number>();
    let next = first;
    for (; next < valid.length; next++) {
      const sample = valid[next];
      if (sample === undefined || sample.stamp - stamp >= SAME) break;
      inThis.set(sample.pid, sample.percent);
      before = sample.stamp;
    }
    for (const [pid, percent] of inThis) busy.set(pid, (busy.get(pid) ?? 0) + weight * percent);
    covered += weight;
    first = next;
  }
  const whole = Math.max(window, covered);
  if (whole > 0) for (const [pid, sum] of busy) busy.set(pid, sum / whole / 100);
  return busy;
};
