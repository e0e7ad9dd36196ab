import type { ProcessReading } from '../model/process.ts';
import { fromClockTicks } from '../units.ts';
import { skipFields, unsignedAt } from './bytes.ts';
import { printable } from './text.ts';

const OPEN = 0x28;
const BRACKET_WITHIN = 11;
const CLOSE = 0x29;
/** Fields as proc(5) counts them: what follows the name begins with field 3. */
const AFTER_NAME = 3;
const UTIME = 14;
const STIME = 15;
const STARTTIME = 22;
/** Names are 15 bytes; those of kernel workers are made longer, up to 63 (proc_task_name). */
const LONGEST_NAME = 64;
/** Each byte of a name may be written as an escape of two. */
const NAME_ROOM = 2 * LONGEST_NAME + 1;

/** First bracket behind a pid of at most ten digits and a blank, or -1. */
const openingBracket = (content: Buffer, length: number): number => {
  const to = Math.min(length, BRACKET_WITHIN + 1);
  for (let at = 0; at < to; at++) if (content[at] === OPEN) return at;
  return -1;
};

/** Last bracket within the room of a name, or -1. Behind the name there are numbers alone. */
const closingBracket = (content: Buffer, open: number, length: number): number => {
  const at = content.lastIndexOf(CLOSE, Math.min(length - 1, open + NAME_ROOM));
  return at > open ? at : -1;
};

/**
 * One `/proc/PID/stat`. The name may hold blanks and brackets, so fields count from the last `)`. Times of children
 * that were waited for (16, 17) are not this process's; guest time (43) is already inside utime.
 * Absent where the content is something else.
 *
 * @param before the last reading under this pid, which is given again where the process has used nothing since.
 */
export const parseProcess = (
  content: Buffer,
  length: number,
  before?: ProcessReading,
): ProcessReading | undefined => {
  const open = openingBracket(content, length);
  const close = open < 1 ? -1 : closingBracket(content, open, length);
  if (close < 0) return undefined;
  const pid = unsignedAt(content, 0, open);
  const utimeAt = skipFields(content, close + 2, length, UTIME - AFTER_NAME);
  const stimeAt = skipFields(content, utimeAt, length, STIME - UTIME);
  const startAt = skipFields(content, stimeAt, length, STARTTIME - STIME);
  const utime = unsignedAt(content, utimeAt, length);
  const stime = unsignedAt(content, stimeAt, length);
  const startTicks = unsignedAt(content, startAt, length);
  if (pid < 0 || utime < 0 || stime < 0 || startTicks < 0) return undefined;
  const cpu = fromClockTicks(utime + stime);
  if (before?.pid === pid && before.startTicks === startTicks && before.cpu === cpu) return before;
  return { pid, startTicks, name: printable(content.toString('utf8', open + 1, close), LONGEST_NAME), cpu };
};
