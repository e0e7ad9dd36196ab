import { counted } from '../model/counted.ts';
import { absent, found } from '../model/found.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import type { WorkPair } from '../model/work.ts';
import type { WorkOptions } from './options.ts';
import { type PushWay, pushWay } from './push.ts';
import { scrapeWay } from './scrape.ts';
import { shown } from './text.ts';
import { textfileWay } from './textfile.ts';
import type { Trouble, Way } from './way.ts';

/** What a tick made of the readings, as far as whoever counts must hear of it. */
export interface Heard {
  readonly refused: readonly WorkPair[];
  readonly fell: readonly (WorkPair & { readonly from: number; readonly to: number })[];
}

/** All that tells of useful work, as one source among the others. */
export interface Work {
  readonly source: Source;
  /** Where pushes go; undefined where none are taken. */
  readonly push: PushWay | undefined;
  /** Reads every endpoint and file now; resolves when each has answered or failed. */
  refresh(): Promise<void>;
  /** Hears what became of the last readings. */
  heard(step: Heard): void;
}

/** Hears of what is wrong beside the state of the source itself. */
export type WorkWarning = (message: string, fix: string) => void;

/** What answers at once is there at the first tick; the sampler waits 150 ms for all sources. */
const PATIENCE_MS = 100;
/** A counter that goes back again within this time is not told again; milliseconds. */
const TELL_AGAIN_MS = 3_600_000;
const MOST_TOLD = 1000;
/** Ways tell at different times: a refusal is shown until all have told again, milliseconds. */
const SHOWN_FOR_MS = 300_000;

export const createWork = (options: WorkOptions, warn: WorkWarning = () => {}): Work => {
  const push = options.push ? pushWay() : undefined;
  let ways: readonly Way[] = [];
  let refused: { readonly pairs: readonly WorkPair[]; readonly at: number } = { pairs: [], at: 0 };
  const told = new Map<string, number>();
  const open = async () => {
    const { directory } = options.textfile;
    const read = [
      ...options.scrape.map(scrapeWay),
      ...(directory === undefined ? [] : [textfileWay(directory, options.textfile)]),
    ];
    ways = [...read, ...(push === undefined ? [] : [push])];
    if (ways.length === 0) return absent(NOTHING, NOTHING_FIX);
    await within(PATIENCE_MS, Promise.all(ways.map((way) => way.refresh())));
    return found(
      openWork(
        () => ways,
        () => (performance.now() - refused.at < SHOWN_FOR_MS ? refused.pairs : []),
        warn,
      ),
    );
  };
  return {
    source: {
      name: 'work',
      rare: true,
      summary:
        'counters of useful work: metrics of applications, *.prom files, what is pushed to /api/v1/work',
      open,
    },
    push,
    refresh: async () => {
      await Promise.all(ways.map((way) => way.refresh()));
    },
    heard: (step) => {
      if (step.refused.length > 0) refused = { pairs: step.refused, at: performance.now() };
      push?.refuse(step.refused);
      for (const { workload, unit, from, to } of step.fell) {
        const key = `${unit} ${workload}`;
        const at = performance.now();
        if (at - (told.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) continue;
        if (told.size >= MOST_TOLD) told.clear();
        told.set(key, at);
        warn(
          `a counter of ${unit} of "${shown(workload)}" went back from ${from} to ${to}: nothing is taken away, and what it shows next counts from 0`,
          'Nothing to do where the application was restarted; else see that one counter is written by one program.',
        );
      }
    },
  };
};

const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};

const NOTHING = 'no endpoint or directory is named in work, so energy per unit of work is not known';
const NOTHING_FIX =
  'Name one in work.scrape or work.textfile.directory; programs may also send work to POST /api/v1/work of a running agent.';

const openWork = (
  ways: () => readonly Way[],
  refused: () => readonly WorkPair[],
  warn: WorkWarning,
): OpenSource => {
  const known = new Set<string>();
  /** The first trouble is the state of the source; each that joins it has to be told by itself. */
  const tellMore = (troubled: ReadonlyMap<string, Trouble>): void => {
    const isFirst = known.size === 0;
    for (const [name, { reason, fix }] of troubled) if (!known.has(name) && !isFirst) warn(reason, fix);
    known.clear();
    for (const name of troubled.keys()) known.add(name);
  };
  return {
    get detail() {
      return ways()
        .map((way) => way.detail())
        .join(', ');
    },
    read: (draft) => {
      const readings = ways().flatMap((way) => [...way.take()]);
      if (readings.length > 0) draft.work = [...(draft.work ?? []), ...readings];
      const troubled = new Map<string, Trouble>();
      for (const [at, way] of ways().entries()) {
        const trouble = way.trouble();
        if (trouble !== undefined) troubled.set(String(at), trouble);
      }
      const [one, ...more] = refused();
      if (one !== undefined) {
        const others = more.length === 0 ? '' : ` and ${counted(more.length, 'other')}`;
        troubled.set('places', {
          reason: `no place is left for ${one.unit} of "${shown(one.workload)}"${others}`,
          fix: 'Count fewer pairs of workload and unit, or sum them for the host.',
        });
      }
      tellMore(troubled);
      const all = [...troubled.values()];
      const [first] = all;
      if (first === undefined) return;
      const count = all.length === 1 && ways().length === 1 ? '' : `${all.length} in trouble: `;
      throw new SourceError('retry', `${count}${all.map(({ reason }) => reason).join('; ')}`, {
        fix: first.fix,
      });
    },
    close: () => {
      for (const way of ways()) way.close();
    },
  };
};
