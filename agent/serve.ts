import type { SourceStatus, Store } from '../src/index.ts';
import { createPrometheusExporter, guestJson, hostJson, type Snapshot, seconds } from '../src/index.ts';
import { banner } from './banner.ts';
import { type Agent, composeAgent } from './compose.ts';
import { type FlagValues, load } from './configuration.ts';
import { CommandError } from './exit.ts';
import { openGuestFeeds } from './guests.ts';
import { createHttpServer } from './http.ts';
import { createLog, type Logger } from './log.ts';
import { startLoop } from './loop.ts';
import { createMeterLog } from './meter-log.ts';
import type { ServiceManager } from './notify.ts';
import { openState } from './state.ts';
import { version } from './version.ts';
import { statusPage } from './web/page.ts';

/** State is kept before each scrape, at the end, and once a minute where nobody scrapes. */
const SAVE_EVERY_MS = 60_000;
/** The inventory and the reporting year are looked at once the start is over. */
const AFTER_START_MS = 2_000;

/** What is handed on to guests is a few small files each. */
const LAST_WRITE_MS = 2_000;

/** Runs until a signal ends it. */
export const serve = async (flags: FlagValues): Promise<void> => {
  const loaded = await load(flags);
  const { config, example } = loaded;
  const log = createLog({ ...config.log, example, write: (line) => process.stderr.write(line) });
  for (const warning of loaded.warnings) log.warn(warning);
  const { store, problem } = await openState(config);
  if (problem?.fatal === true)
    throw new CommandError(`the state cannot be used: ${problem.reason}; ${problem.fix}`);
  if (problem !== undefined)
    log.warn({ fix: problem.fix }, `state is kept in memory only: ${problem.reason}`);
  for (const warning of store.warnings) log.warn({ where: store.where }, warning);

  const agent = await composeAgent({
    loaded,
    store,
    onSource: (status) => logSource(log, status),
    onWork: (message, fix) => log.warn({ source: 'work', fix }, message),
    onPins: (message, fix) => log.warn({ fix }, message),
    onPue: (trouble) =>
      trouble === undefined
        ? log.info({ source: 'pue' }, 'the PUE is read again')
        : log.warn({ source: 'pue', fix: trouble.fix }, trouble.reason),
    onGrid: ({ level, message }) => log[level]({ source: 'grid' }, message),
    serves: true,
  });
  for (const warning of agent.engine.warnings) log.warn({ where: store.where }, warning);
  for (const { reason, fix } of agent.carbonAt(Date.now()).problems) log.warn({ fix }, reason);

  // What is on disk is there at the first tick; nobody is waited for.
  await agent.grid?.start();
  const guests = await openGuestFeeds(config, agent, log);
  let snapshot: Snapshot = agent.tick();
  guests?.take(snapshot.view);
  let tickedAt = performance.now();
  const interval = config.sampling.interval * 1000;
  const exporter = createPrometheusExporter(() => snapshot);
  const save = saver(agent, store, log);
  const healthy = (): boolean => performance.now() - tickedAt < 3 * interval + 1000;
  const server = await createHttpServer({
    listenAddress: config.web.listen_address,
    telemetryPath: config.web.telemetry_path,
    snapshot: () => snapshot,
    metrics: () => {
      // A value that a scraper has seen must not be forgotten by a kill: a counter that comes back lower is a reset to
      // Prometheus, which then adds the whole of it.
      save(snapshot.number);
      return exporter.render();
    },
    page: (current) => statusPage(current, { telemetryPath: config.web.telemetry_path, version }),
    api: hostJson,
    ...(guests === undefined ? {} : { guests: () => guests.feeds().map(guestJson) }),
    healthy,
    work: agent.push,
    grid: agent.grid?.states,
    onScrapeInterval: (longest) => agent.engine.observeScrapeInterval(seconds(longest)),
    log: (message) => log.warn(message),
  });
  // Before anybody is told that it runs: a signal that comes at once ends it in good order, too.
  const signalled = untilSignal(log);
  process.stdout.write(banner({ loaded, agent, snapshot, url: server.url, store: store.where }));

  const logMeters = createMeterLog(({ level, message, fields }) => log[level](fields, message));
  logMeters(snapshot);
  let savedAt = performance.now();
  const stopLoop = startLoop(() => {
    try {
      snapshot = agent.tick();
      tickedAt = performance.now();
      guests?.take(snapshot.view);
      logMeters(snapshot);
    } catch (error) {
      log.error({ error: String(error) }, 'a tick failed and booked nothing; the next one goes on');
    }
    if (performance.now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = performance.now();
    save(snapshot.number);
  }, interval);
  const stopJobs = startJobs(agent, log);
  const manager = await serviceManager(healthy, log);
  void manager?.ready(server.url);

  await signalled;
  void manager?.stopping();
  stopLoop();
  stopJobs();
  // Work that was taken must be counted: whoever sent it was told so.
  agent.push?.close();
  if (agent.push?.isWaiting() === true) snapshot = agent.tick();
  save(snapshot.number, true);
  // A directory that hangs must not hold the end.
  await Promise.race([
    guests?.settled(),
    new Promise((resolve) => setTimeout(resolve, LAST_WRITE_MS).unref()),
  ]);
  store.close();
  agent.close();
  await server.close();
};

/** systemd, where it waits to hear that the service is ready. */
const serviceManager = async (alive: () => boolean, log: Logger): Promise<ServiceManager | undefined> => {
  if (!process.env.NOTIFY_SOCKET) return undefined;
  const { openServiceManager } = await import('./notify.ts');
  return openServiceManager({
    env: process.env,
    alive,
    warn: (fields, message) => log.warn(fields, message),
  });
};

/** Each change of a source's state is one line, with what to do. */
const logSource = (log: Logger, { source, state, why, fix }: SourceStatus): void => {
  if (state === 'failing' || state === 'unreadable') log.warn({ source, state, fix }, why);
  else log.info({ source, state, fix }, why);
};

/** Keeps the state of a tick, once; a failure is said once and again when it ends. */
const saver = (agent: Agent, store: Store, log: Logger): ((tick: number, orderly?: boolean) => void) => {
  let failing = false;
  let kept = -1;
  return (tick, orderly = false) => {
    if (tick === kept && !orderly) return;
    try {
      const { state, hourly } = agent.engine.persist(orderly);
      store.save(state, hourly);
      agent.engine.confirmPersisted();
      kept = tick;
      if (failing) log.info({ where: store.where }, 'the state is kept again');
      failing = false;
    } catch (error) {
      const fix = error instanceof Error && 'fix' in error ? String(error.fix) : '';
      if (!failing)
        log.error({ where: store.where, fix }, error instanceof Error ? error.message : String(error));
      failing = true;
    }
  };
};

/** Wall-clock jobs, started when the first answers have gone out. */
const startJobs = (agent: Agent, log: Logger): (() => void) => {
  let stop = (): void => {};
  const inventory = async (): Promise<void> => {
    const problem = await agent.refreshInventory();
    if (problem !== undefined) log.debug(problem);
  };
  const timer = setTimeout(() => {
    void inventory();
    void import('./jobs.ts').then(({ scheduleJobs }) => {
      stop = scheduleJobs({ inventory, log });
    });
  }, AFTER_START_MS);
  timer.unref();
  return () => {
    clearTimeout(timer);
    stop();
  };
};

const untilSignal = (log: Logger): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        log.info({ signal }, 'stopping: the state is kept');
        resolve();
      });
    }
  });
