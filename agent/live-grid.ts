import { type Config, type GridEvent, type GridState, type LiveSeries, openGrid } from '../src/index.ts';

/** Live data of the grid, as this agent knows it. Holds timers until closed. */
export interface LiveGrid {
  /** Series for the factor in force: the same list for as long as nothing in it changes. */
  live(): readonly LiveSeries[];
  states(): readonly GridState[];
  /** Begins to ask, each provider on its own period. */
  start(): Promise<void>;
  /** Asks all now; resolves when all have answered or failed. */
  ask(): Promise<void>;
  close(): void;
}

export interface LiveGridOptions {
  readonly config: Config;
  readonly host: string;
  /** Where last good answers outlive a restart; undefined: nowhere. */
  readonly directory: string | undefined;
  readonly onEvent: (event: GridEvent) => void;
}

/** Undefined where no provider is configured: nothing is loaded then. */
export const openLiveGrid = async ({
  config,
  host,
  directory,
  onEvent,
}: LiveGridOptions): Promise<LiveGrid | undefined> => {
  const { providers } = config.grid;
  if (providers.length === 0) return undefined;
  const { createGridCache, createGridEntries, createGridRefresh } = await openGrid();
  const onProblem = (message: string): void => onEvent({ level: 'warn', message });
  const refresh = createGridRefresh({
    entries: createGridEntries(providers, process.env),
    host,
    onEvent,
    ...(directory === undefined ? {} : { cache: createGridCache({ directory, onProblem }) }),
  });
  let last: readonly LiveSeries[] = [];
  return {
    live: () => {
      const now = refresh
        .latest()
        .flatMap(({ series, readings }) => (series === undefined ? [] : [{ series, readings }]));
      const isSame =
        now.length === last.length &&
        now.every(({ series, readings }, i) => last[i]?.series === series && last[i]?.readings === readings);
      if (!isSame) last = now;
      return last;
    },
    states: () => refresh.latest(),
    start: () => refresh.start(),
    ask: () => refresh.ask(),
    close: () => refresh.close(),
  };
};
