import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Config, openLab, openPlans } from '../src/index.ts';
import { readConfig } from '../src/start.ts';
import { problemText } from './configuration.ts';
import type { Progress } from './progress.ts';
import { version } from './version.ts';

type Lab = Awaited<ReturnType<typeof openLab>>;
export type StoryMeasures = Lab['MEASURES'];

export interface DemoPast {
  /** Files of the fleet: its configuration, its hours as a table, and the state with the recorded plans. */
  readonly configFile: string;
  readonly csvFile: string;
  /** State directory: plans as they were recorded. */
  readonly state: string;
  readonly config: Config;
  /** Seconds since 1970 UTC: all verdicts are due. */
  readonly end: number;
  /** Hosts of the measures, with what the measures truly do to them. */
  readonly hosts: ReturnType<Lab['storyHosts']>;
  readonly greener: ReturnType<Lab['greenerFrom']>;
}

interface PastInput {
  readonly directory: string;
  readonly seed: string;
  readonly end: number;
  /** Hosts go on after it up to here, a whole hour; left out: they do not. */
  readonly until?: number;
  readonly measures?: StoryMeasures;
  readonly withoutEffects?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Rows that are gathered before they are written. */
const BATCH = 2000;
/** The event loop gets its turn so often: an interrupt is to be heard. */
const TURN_MS = 50;

/** The last Monday, 00:00 UTC: each week tells the same story. @param now milliseconds since 1970 UTC. */
export const lastMonday = (now: number): number => {
  const day = Math.floor(now / 86_400_000);
  // 1970-01-01 was a Thursday, 5 January a Monday.
  return (day - ((((day - 4) % 7) + 7) % 7)) * 86_400;
};

/**
 * Lives through the past of a simulated fleet and leaves the files that an operator would have: the plans are recorded
 * by the code that an agent records them with, when the clock of the fleet comes to them.
 */
export const makePast = async (input: PastInput): Promise<DemoPast> => {
  const { directory, seed, end, until = end, measures, withoutEffects = false, progress, signal } = input;
  const [lab, plans] = await Promise.all([openLab(), openPlans()]);
  const state = join(directory, 'state');
  const configFile = join(directory, 'fleet.yaml');
  const csvFile = join(directory, 'fleet.csv');
  mkdirSync(state, { recursive: true });
  const story = { end, withoutEffects, ...(measures === undefined ? {} : { measures }) };
  writeFileSync(configFile, lab.storyConfig(story, { state, csv: csvFile }));
  // Of the demo alone: the environment of whoever looks at it configures another fleet.
  const loaded = await readConfig({ file: configFile, env: {}, flags: {} });
  if (!loaded.ok) throw new Error(`the configuration of the demo is wrong:\n${problemText(loaded.problems)}`);
  const all = loaded.config.measures.map((written) => {
    const { hosts } = plans.scopeSelector(written, '');
    return plans.planOf(written, '', { hosts: hosts ?? [], control: [] });
  });
  writeFileSync(csvFile, `${lab.CSV_HEADER}\n`);
  let rows: string[] = [];
  const write = (): void => {
    if (rows.length > 0) appendFileSync(csvFile, `${rows.join('\n')}\n`);
    rows = [];
  };
  const living = lab.simulateStory({
    ...story,
    ...{ seed, version, plans: all, until },
    onPlans: (due, now) => {
      const about = { version: plans.METHOD_VERSION, queries: {} };
      for (const { problem } of plans.recordPlans(state, due, about, now))
        if (problem !== undefined) throw new Error(`${problem.reason}; ${problem.fix}`);
    },
    onRows: (more) => {
      rows.push(...more.map(lab.csvLine));
      if (rows.length >= BATCH) write();
    },
  });
  let turn = Date.now();
  for (const share of living) {
    progress.tell(share);
    if (Date.now() - turn < TURN_MS) continue;
    await setImmediate();
    signal.throwIfAborted();
    turn = Date.now();
  }
  write();
  progress.end();
  return {
    ...{ configFile, csvFile, state, config: loaded.config, end },
    hosts: lab.storyHosts(story, all),
    greener: lab.greenerFrom(story),
  };
};
