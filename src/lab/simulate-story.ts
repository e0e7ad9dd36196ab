import type { MeasurePlan } from '../model/measure.ts';
import { createLabFleet } from './fleet.ts';
import { createHourly, type LabRow } from './hourly.ts';
import { greenerFrom, type StoryOptions, storyHosts } from './story.ts';

const HOUR = 3600;
/** A plan is known for so long before its start, seconds. */
const WRITTEN_BEFORE = 7 * 86_400;

export interface StoryRun extends StoryOptions {
  readonly seed: string;
  readonly version: string;
  /** Hosts go on after the last verdict up to here, seconds since 1970 UTC; left out: to the end of the story. */
  readonly until?: number;
  /** As the configuration gives them; they decide which measure is on when. */
  readonly plans: readonly MeasurePlan[];
  /** The clock stands at a time at which these plans are first known, seconds since 1970 UTC: they are to be recorded. */
  readonly onPlans: (plans: readonly MeasurePlan[], now: number) => void;
  readonly onRows: (rows: readonly LabRow[]) => void;
}

/**
 * Lives through the past of the fleet hour by hour, on a clock of its own. Gives the share that is done, now and then.
 *
 * Nothing that is judged is known before its time: a plan is told a week before its start, and its effects begin there.
 */
export function* simulateStory(run: StoryRun): Generator<number> {
  const { end, plans, seed, version, until = end } = run;
  const hosts = storyHosts(run, plans);
  const from = Math.min(...hosts.map((host) => host.from ?? end));
  const greener = greenerFrom(run);
  const fleet = createLabFleet({
    ...{ seed, hosts, from, to: until, step: HOUR, version },
    ...(greener === undefined ? {} : { greener }),
  });
  const hourly = createHourly(fleet.grid);
  const untold = [...plans];
  const all = hosts.reduce((sum, host) => sum + (until - (host.from ?? end)) / HOUR, 0);
  let done = 0;
  for (const { at, all: scrapes } of fleet.scrapes()) {
    const due = untold.filter(({ start }) => start - WRITTEN_BEFORE <= at);
    if (due.length > 0) run.onPlans(due, at);
    for (const plan of due) untold.splice(untold.indexOf(plan), 1);
    const rows = hourly(at, scrapes);
    if (rows.length > 0) run.onRows(rows);
    done += scrapes.length;
    yield Math.min(1, done / all);
  }
}
