import { counted } from '../model/counted.ts';
import type { WorkReading } from '../model/work.ts';
import { mappingOf, ownMetric } from './matching.ts';
import type { WorkOptions } from './options.ts';
import { polling } from './polling.ts';
import { shown } from './text.ts';
import { readTextfiles, type TextfilesRead } from './textfile-read.ts';
import type { Trouble, Way } from './way.ts';

/** A directory of `*.prom` files, read on its own clock. */
export const textfileWay = (directory: string, options: WorkOptions['textfile']): Way => {
  const mappings = [ownMetric(directory), ...options.metrics.map((metric) => mappingOf(directory, metric))];
  let waiting: readonly WorkReading[] = [];
  let last: TextfilesRead | undefined;
  let trouble: Trouble | undefined;

  const read = async (signal: AbortSignal): Promise<void> => {
    try {
      // The wall clock, since files are stamped with it.
      last = await readTextfiles(directory, mappings, options.max_age, Date.now());
    } catch (error) {
      last = undefined;
      trouble = unlisted(directory, error);
      return;
    }
    if (signal.aborted) return;
    waiting = last.readings;
    trouble = last.problem === undefined ? undefined : { reason: `${directory}: ${last.problem}`, fix: FIX };
  };
  const poll = polling(options.interval, read);
  return {
    detail: () =>
      `${directory}: ${last !== undefined ? found(last) : trouble === undefined ? 'not read yet' : 'in trouble'}`,
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    trouble: () => trouble,
    refresh: poll.now,
    close: poll.close,
  };
};

const FIX =
  'Write the file whole under another name in the same directory, then rename it; lines are ' +
  'negawatt_work_total{workload="...",unit="requests"} 123';

const found = ({ files, oldest, readings }: TextfilesRead): string => {
  const age = oldest === undefined ? '' : `, the oldest of ${new Date(oldest).toISOString()}`;
  return `${counted(readings.length, 'counter')} in ${counted(files, 'file')}${age}`;
};

const unlisted = (directory: string, error: unknown): Trouble => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return {
    reason: `${directory} cannot be listed: ${code || shown(String(error), 120)}`,
    fix: 'Make the directory, let the agent read it, or correct work.textfile.directory.',
  };
};
