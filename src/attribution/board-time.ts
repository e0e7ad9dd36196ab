import type { GpuReading } from '../model/gpu.ts';
import { LONGEST_UNSEEN } from '../model/sample.ts';
import { add, type Seconds, scale, seconds } from '../units.ts';

/** When each board was last read, monotonic, by the id of its meter. */
export type BoardMarks = ReadonlyMap<string, Seconds>;

/** What a board was used for over the time that its readings stand for. Absent is not zero. */
export interface BoardTime {
  /** Time in which a kernel ran, and the time that this is of. */
  readonly busy?: Seconds;
  readonly watched?: Seconds;
  /** Byte-seconds of its memory. */
  readonly used?: number;
  readonly allocated?: number;
}

export interface BoardTimes {
  readonly marks: BoardMarks;
  readonly times: ReadonlyMap<string, BoardTime>;
}

const NO_MARKS: BoardMarks = new Map();

/**
 * Use of boards over time, from what they said at instants. Pure.
 *
 * Boards are read by clocks of their own: a tick may bring none of their readings, or several. Each stands for the time
 * since the one before; for none where that is so long ago that nobody looked.
 */
export const boardTimes = (
  before: BoardMarks = NO_MARKS,
  readings: readonly GpuReading[] = [],
): BoardTimes => {
  if (readings.length === 0) return { marks: before, times: new Map() };
  const inOrder = [...readings].sort((a, b) => a.at - b.at);
  const newest = inOrder.at(-1)?.at ?? seconds(0);
  // Boards that are gone are forgotten.
  const marks = new Map([...before].filter(([, at]) => newest - at <= LONGEST_UNSEEN));
  const times = new Map<string, BoardTime>();
  for (const reading of inOrder) {
    const { meter, at } = reading;
    const span = seconds(Math.max(0, at - (marks.get(meter) ?? at)));
    times.set(meter, withReading(times.get(meter) ?? {}, reading, span));
    marks.set(meter, at);
  }
  return { marks, times };
};

const withReading = (
  held: BoardTime,
  { utilization, memoryUsed, memoryAllocated }: GpuReading,
  span: Seconds,
): BoardTime => ({
  ...held,
  ...(utilization !== undefined && {
    busy: add(held.busy ?? seconds(0), scale(span, utilization)),
    watched: add(held.watched ?? seconds(0), span),
  }),
  ...(memoryUsed !== undefined && { used: (held.used ?? 0) + memoryUsed * span }),
  ...(memoryAllocated !== undefined && { allocated: (held.allocated ?? 0) + memoryAllocated * span }),
});
