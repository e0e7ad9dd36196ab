import { counted } from '../model/counted.ts';
import { absent, found } from '../model/found.ts';
import type { ProcessPass } from '../model/process.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { seconds } from '../units.ts';
import { absentAfter, GIVE_PROCFS } from './failure.ts';
import { ProcessFiles } from './process-files.ts';
import type { ProcessOptions } from './process-options.ts';
import { type PassWalk, startPass } from './process-pass.ts';

export { readAllProcesses } from './process-pass.ts';

/** Work per slice: short beside a scrape, long beside the cost of a timer. */
const SLICE = seconds(0.01);
/** Rest between slices, in ms, so that a pass over many processes takes half a core at most. */
const REST = 10;

const describe = ({ listed, whole }: PassWalk, interval: number): string =>
  `${counted(listed, 'process', 'processes')}, a pass every ${interval} s${
    whole ? '' : '; process 1 is hidden: run as root or mount procfs without hidepid'
  }`;

/** Single processes, from /proc/PID/stat: a slow pass in slices between the ticks; the first begins when it opens. */
export const processSource = (options: ProcessOptions): Source => ({
  name: 'process',
  summary: 'CPU time of single processes, from /proc/PID/stat',
  open: async (paths, clock) => {
    const files = new ProcessFiles(paths.procfs);
    const begin = (): PassWalk => startPass(paths.procfs, clock, options.limit, files);
    let began = clock.monotonic();
    let walk: PassWalk;
    try {
      walk = begin();
      walk.list();
    } catch (cause) {
      return absentAfter(cause, GIVE_PROCFS);
    }
    if (walk.listed === 0) return absent(`no process is listed in ${paths.procfs}`, GIVE_PROCFS);

    let detail = describe(walk, options.interval);
    let finished: ProcessPass | undefined;
    let failure: unknown;
    let timer: NodeJS.Timeout | undefined;
    // Unref: a pass that is due never keeps the program alive.
    const after = (milliseconds: number, run: () => void): void => {
      timer = setTimeout(run, Math.max(milliseconds, 0)).unref();
    };
    const restOfInterval = (): number => (began + options.interval - clock.monotonic()) * 1000;
    const slice = (): void => {
      try {
        const pass = walk.advance(SLICE);
        if (pass === undefined) {
          after(REST, slice);
          return;
        }
        finished = pass;
        failure = undefined;
        detail = describe(walk, options.interval);
      } catch (cause) {
        failure = cause;
      }
      after(restOfInterval(), restart);
    };
    const restart = (): void => {
      began = clock.monotonic();
      try {
        walk = begin();
        slice();
      } catch (cause) {
        failure = cause;
        after(restOfInterval(), restart);
      }
    };
    after(0, slice);

    return found<OpenSource>({
      get detail() {
        return detail;
      },
      read: (draft) => {
        // Until a pass succeeds again, every tick tells that the last one failed.
        if (failure !== undefined) throw failure;
        if (finished !== undefined) draft.processes = finished;
        finished = undefined;
      },
      close: () => {
        clearTimeout(timer);
        walk.close();
        files.close();
      },
    });
  },
});
