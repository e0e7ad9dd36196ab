import {
  type Config,
  calendarOf,
  createPrometheusExporter,
  type Guests,
  guestJson,
  hostJson,
  type LastReload,
  type OtlpHandover,
  type Snapshot,
  type SourceStatus,
  type Store,
  seconds,
} from '../src/index.ts';
import { type Agent, composeAgent } from './compose.ts';
import type { Loaded } from './configuration.ts';
import { createLog, type Logger } from './log.ts';
import { startLoop } from './loop.ts';
import { createMeterLog } from './meter-log.ts';
import type { RouteOptions } from './routes.ts';
import { createScrapeObserver, type ScrapeObserver } from './scrapes.ts';
import { version } from './version.ts';
import { openWaysOut } from './ways-out.ts';

/** State is kept before each scrape, at the end, and once a minute where nobody scrapes. */
const SAVE_EVERY_MS = 60_000;
/** The inventory and the reporting year are looked at once the start is over. */
const AFTER_START_MS = 2_000;

export interface RunOptions {
  readonly loaded: Loaded;
  readonly store: Store;
  readonly lastReload: () => LastReload;
  readonly webReload?: () => LastReload | undefined;
  /** Where state is kept; undefined: nowhere. */
  readonly directory: string | undefined;
  /** What the run before leaves for this one. */
  readonly handover?: Handover;
  /** Whether it takes the place of another run: no time has passed then. */
  readonly isReload: boolean;
}

/** What a run leaves for the next one, beside the state that is kept. Written here. */
export interface Handover extends OtlpHandover {
  /** Who scrapes, and how often: not known again before everybody has come twice. */
  readonly scrapes: ScrapeObserver;
  /** Longest time between two scrapes, seconds; undefined: nobody has come yet. */
  scrapeInterval?: number;
}

/** The agent at work under one configuration, until it ends or another configuration takes over. */
export interface Run {
  readonly loaded: Loaded;
  readonly log: Logger;
  readonly agent: Agent;
  /** Takes up the state as it is kept, ticks once, and goes on by itself. The snapshot is that of the first tick. */
  begin(guests: Guests | undefined): Snapshot;
  /** Whether the loop has ticked lately. */
  healthy(): boolean;
  /** Milliseconds since the last tick. */
  sinceTick(): number;
  /** How it answers, from its first tick on. */
  routes(): RouteOptions;
  /** Ticks no more, until `goOn`. */
  pause(): void;
  goOn(): void;
  /** Books what waits and keeps all of the state; false where it cannot be kept, which the log has said. */
  keepAll(): boolean;
  /** Opens the ways out beside the HTTP server. */
  send(): Promise<void>;
  /**
   * Sends what holds once more and lets go of everything, within 2 seconds. A second call waits for the first.
   *
   * @param next configuration of the run that goes on: files that it writes stay.
   */
  close(next?: Config): Promise<void>;
}

/** Opens all that the configuration names; nothing is booked before `begin`. Rejects where it cannot be used. */
export const openRun = async ({
  loaded,
  store,
  lastReload,
  webReload = () => undefined,
  directory,
  handover = { scrapes: createScrapeObserver() },
  isReload,
}: RunOptions): Promise<Run> => {
  const { config, example } = loaded;
  const log = createLog({ ...config.log, example, write: (line) => process.stderr.write(line) });
  for (const warning of loaded.warnings) log.warn(warning);
  const waysOut = await openWaysOut(config, directory, log, handover);
  const measures =
    config.measures.length === 0
      ? undefined
      : await (await import('./measures.ts')).openMeasures({ config, directory, log });
  let isKept = true;
  // Until it begins: the summary of the start has all of them.
  let isSummed = !isReload;
  const agent = await composeAgent({
    loaded,
    store,
    lastReload,
    webReload,
    pushes: waysOut.pushes,
    ...(measures === undefined ? {} : { arms: measures.arms, savings: measures.points }),
    ...(directory === undefined ? {} : { stateKept: () => isKept }),
    onSource: (status) => logSource(log, status, isSummed),
    onWork: (message, fix) => log.warn({ source: 'work', fix }, message),
    onPins: (message, fix) => log.warn({ fix }, message),
    onPue: (trouble) =>
      trouble === undefined
        ? log.info({ source: 'pue' }, 'the PUE is read again')
        : log.warn({ source: 'pue', fix: trouble.fix }, trouble.reason),
    onGrid: ({ level, message }) => log[level]({ source: 'grid' }, message),
    ...(isReload ? {} : { onResumed: ({ level, message }) => log[level]({ where: store.where }, message) }),
    serves: true,
  });
  try {
    for (const { reason, fix } of agent.carbonAt(Date.now()).problems) log.warn({ fix }, reason);
    // What is on disk is there at the first tick; nobody is waited for.
    await agent.grid?.start();
  } catch (cause) {
    agent.close();
    throw cause;
  }

  const keep = saver(agent, store, log);
  const save = (tick: number, orderly?: boolean): boolean => {
    isKept = keep(tick, orderly);
    return isKept;
  };
  const interval = config.sampling.interval * 1000;
  const logMeters = createMeterLog(({ level, message, fields }) => log[level](fields, message));
  let snapshot: Snapshot | undefined;
  let tickedAt = 0;
  let savedAt = 0;
  let feeds: Guests | undefined;
  let stopLoop: (() => void) | undefined;
  let stopJobs = (): void => {};

  let told = 0;
  /** Some of what is wrong with a saved state shows in a later tick. */
  const tellOfState = (): void => {
    const { warnings } = agent.engine;
    for (; told < warnings.length; told += 1) log.warn({ where: store.where }, warnings[told] ?? '');
  };
  const tick = (): Snapshot => {
    const taken = agent.tick();
    snapshot = taken;
    tickedAt = performance.now();
    tellOfState();
    feeds?.take(taken.view);
    logMeters(taken);
    return taken;
  };
  /** @returns whether it went well. */
  const tickOrSay = (): boolean => {
    try {
      tick();
      return true;
    } catch (error) {
      log.error({ error: String(error) }, 'a tick failed and booked nothing; the next one goes on');
      return false;
    }
  };
  const turn = (): void => {
    tickOrSay();
    measures?.turn();
    if (snapshot === undefined || performance.now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = performance.now();
    save(snapshot.number);
  };
  let isDurable = true;
  /**
   * A value that somebody has seen must not be forgotten, by a kill or a power cut: a counter that comes back lower is a
   * reset to Prometheus, which then adds the whole of it.
   */
  const durable = async (): Promise<void> => {
    const why = await store.durable();
    if ((why === undefined) === isDurable) return;
    isDurable = why === undefined;
    if (isDurable) log.info({ where: store.where }, 'the state is on its disk again');
    else {
      const fix =
        'See to that disk: after a power cut counters could come back lower, which looks like a reset.';
      log.warn({ where: store.where, fix }, `the state may not outlive a power cut: ${why}`);
    }
  };
  const observeGap = (longest: number): void => {
    if (longest > 0) handover.scrapeInterval = longest;
    agent.engine.observeScrapeInterval(seconds(Math.max(longest, waysOut.longestGap)));
  };
  const goOn = (): void => {
    savedAt = performance.now();
    stopLoop ??= startLoop(turn, interval);
  };
  const pause = (): void => {
    stopLoop?.();
    stopLoop = undefined;
  };
  const sinceTick = (): number => performance.now() - tickedAt;
  const healthy = (): boolean => sinceTick() < 3 * interval + 1000;
  let closed: Promise<void> | undefined;
  const closeAll = async (next?: Config): Promise<void> => {
    pause();
    stopJobs();
    agent.push?.close();
    await Promise.all([waysOut.close(next?.export), measures?.close(next)]);
    agent.close();
  };
  return {
    loaded,
    log,
    agent,
    begin: (guests) => {
      const known = handover.scrapeInterval ?? 0;
      if (known > 0 || waysOut.longestGap > 0) observeGap(known);
      feeds = guests;
      measures?.begin(agent.inventory().hostName);
      const first = tick();
      goOn();
      stopJobs = startJobs(agent, log);
      isSummed = false;
      return first;
    },
    routes: () => {
      const exporter = createPrometheusExporter(() => snapshot);
      const { telemetry_path: telemetryPath } = config.web;
      return {
        telemetryPath,
        maxRequests: config.web.max_requests,
        snapshot: () => snapshot,
        metrics: async (format) => {
          if (snapshot !== undefined) save(snapshot.number);
          const [text] = await Promise.all([exporter.render(format), durable()]);
          return text;
        },
        page: async (data) => (await import('./web/page.ts')).statusPage(data, { telemetryPath, version }),
        past: {
          series: store.series,
          unsaved: () => agent.engine.unsaved(),
          calendar: calendarOf(config.site.tariff?.timezone),
        },
        api: hostJson,
        ...(feeds === undefined ? {} : { guests: () => (feeds?.feeds() ?? []).map(guestJson) }),
        healthy,
        work: agent.push,
        grid: agent.grid?.states,
        arms: measures?.arms,
        measures: measures?.standings,
        scrapes: handover.scrapes,
        onScrapeInterval: observeGap,
        log: (message) => log.warn(message),
      };
    },
    healthy,
    sinceTick,
    pause,
    goOn,
    keepAll: () => {
      // Work that was taken must be counted: whoever sent it was told so.
      const isBooked = agent.push?.isWaiting() !== true || tickOrSay();
      // Also where it could not be: what was booked before is not to be lost with it.
      const isSaved = snapshot === undefined || save(snapshot.number, true);
      return isBooked && isSaved;
    },
    send: () =>
      waysOut.start(async () => {
        const current = snapshot ?? tick();
        save(current.number);
        await durable();
        return current;
      }),
    close: (next) => {
      closed ??= closeAll(next);
      return closed;
    },
  };
};

/** Each change of a source's state is one line, with what to do. @param isSummed the summary of the start says it too. */
const logSource = (log: Logger, { source, state, why, fix }: SourceStatus, isSummed: boolean): void => {
  if (state === 'failing' || state === 'unreadable') log.warn({ source, state, fix }, why);
  else log[isSummed ? 'debug' : 'info']({ source, state, fix }, why);
};

/** Keeps the state of a tick, once; a failure is said once and again when it ends. Returns whether it is kept. */
const saver = (agent: Agent, store: Store, log: Logger): ((tick: number, orderly?: boolean) => boolean) => {
  let failing = false;
  let kept = -1;
  return (tick, orderly = false) => {
    if (tick === kept && !orderly) return true;
    try {
      const { state, usage, ended, lost } = agent.engine.persist(orderly);
      store.save(state, usage, ended);
      agent.engine.confirmPersisted();
      kept = tick;
      if (failing) log.info({ where: store.where }, 'the state is kept again');
      failing = false;
      for (const line of lost) log.warn({ where: store.where }, line);
    } catch (error) {
      const fix = error instanceof Error && 'fix' in error ? String(error.fix) : '';
      if (!failing)
        log.error({ where: store.where, fix }, error instanceof Error ? error.message : String(error));
      failing = true;
    }
    return !failing;
  };
};

/** Wall-clock jobs, started when the first answers have gone out. */
const startJobs = (agent: Agent, log: Logger): (() => void) => {
  let stop = (): void => {};
  let isStopped = false;
  const inventory = async (): Promise<void> => {
    const problem = await agent.refreshInventory();
    if (problem !== undefined) log.debug(problem);
  };
  const timer = setTimeout(() => {
    void inventory();
    void import('./jobs.ts').then(({ scheduleJobs }) => {
      if (!isStopped) stop = scheduleJobs({ inventory, log });
    });
  }, AFTER_START_MS);
  timer.unref();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    stop();
  };
};
