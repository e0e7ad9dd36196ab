import { counted } from '../model/counted.ts';
import { found } from '../model/found.ts';
import type { CpuMode, CpuTimes } from '../model/host.ts';
import type { OpenSource, Source } from '../model/source.ts';
import type { SourceError } from '../model/source-error.ts';
import { fromClockTicks, type Seconds } from '../units.ts';
import { lineEnd, skipFields, startsWith, unsignedAt } from './bytes.ts';
import { absentAfter, GIVE_PROCFS, malformed } from './failure.ts';
import { KeptFile, landing } from './reader.ts';

/** Columns of the first line of /proc/stat (proc(5)). Columns 9 and 10, guest time, are already inside user and nice. */
const MODES: readonly CpuMode[] = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'interrupt',
  'softirq',
  'steal',
];
/** Kernels of the 2.4 series wrote four; what is missing was not counted. */
const LEAST_COLUMNS = 4;
const CPU = Buffer.from('cpu');
const ALL = Buffer.from('cpu ');
/** 60 s in ticks. What iowait gives back is far less; a processor that was offline loses its whole idle count. */
const LARGE_FALL = 6000;

/** /proc/stat in clock ticks, as it stands; `ticks` in the order of the modes. */
export interface CpuTicks {
  readonly processors: number;
  readonly ticks: readonly number[];
}

/** @param path for the message alone. Throws SourceError `retry` where the content is not that of /proc/stat. */
export const parseCpuTicks = (content: Buffer, path: string): CpuTicks => {
  const to = content.length;
  const bad = (): SourceError => malformed(path, content, 'a first line "cpu user nice system idle ..."');
  if (!startsWith(content, 0, to, ALL)) throw bad();
  const end = lineEnd(content, 0, to);
  const ticks: number[] = [];
  for (
    let at = skipFields(content, 0, end, 1);
    ticks.length < MODES.length;
    at = skipFields(content, at, end, 1)
  ) {
    const value = at < end ? unsignedAt(content, at, end) : 0;
    if (value < 0 || (at >= end && ticks.length < LEAST_COLUMNS)) throw bad();
    ticks.push(value);
  }
  let processors = 0;
  for (let at = end + 1; startsWith(content, at, to, CPU); at = lineEnd(content, at, to) + 1) processors++;
  return { processors: Math.max(processors, 1), ticks };
};

/**
 * Makes a count that may fall into one that never does. A small fall (iowait, proc(5)) is waited out; after a large
 * one the count goes on from where it stood, or it would stand still for as long as it had counted before.
 */
export const neverFalling = (): ((count: number) => number) => {
  let highest = 0;
  let offset = 0;
  return (count) => {
    if (count + offset < highest - LARGE_FALL) offset = highest - count;
    highest = Math.max(highest, count + offset);
    return highest;
  };
};

const reading = (file: KeptFile, path: string): CpuTicks =>
  parseCpuTicks(landing.bytes.subarray(0, file.read()), path);

/** CPU time of the whole host by mode, from /proc/stat. */
export const cpuSource = (): Source => ({
  name: 'cpu',
  summary: 'CPU time of the host by mode, from /proc/stat',
  open: async (paths, clock) => {
    const path = `${paths.procfs}/stat`;
    const file = new KeptFile(path);
    let processors: number;
    try {
      processors = reading(file, path).processors;
    } catch (cause) {
      file.close();
      return absentAfter(cause, GIVE_PROCFS);
    }
    const steady = MODES.map(neverFalling);
    const source: OpenSource = {
      get detail() {
        return `${counted(processors, 'processor')} online`;
      },
      read: (draft) => {
        const now = reading(file, path);
        const at = clock.monotonic();
        processors = now.processors;
        const modes = {} as Record<CpuMode, Seconds>;
        MODES.forEach((mode, index) => {
          modes[mode] = fromClockTicks(steady[index]?.(now.ticks[index] ?? 0) ?? 0);
        });
        draft.cpu = { at, processors, modes } satisfies CpuTimes;
      },
      close: () => file.close(),
    };
    return found(source);
  },
});
