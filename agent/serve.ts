import { type Guests, hasNoPort, type LastReload, type Store } from '../src/index.ts';
import { banner } from './banner.ts';
import type { FlagValues, Loaded } from './configuration.ts';
import { CommandError } from './exit.ts';
import { openGuestFeeds } from './guests.ts';
import { createHttpServer } from './http.ts';
import { leaveByForce } from './leave.ts';
import type { ServiceManager } from './notify.ts';
import { reloader } from './reload.ts';
import type { Reload } from './reload-route.ts';
import { openRun, type Run } from './run.ts';
import { createScrapeObserver } from './scrapes.ts';
import { openState, stateDirectoryOf } from './state.ts';
import type { WebConfig, WebConfigOptions } from './web-config.ts';
import { keepYoungGeneration } from './young-generation.ts';

/** What is handed on to guests is a few small files each. As long as the last push may take: both at once. */
const LAST_WRITE_MS = 1_400;

/**
 * Runs until a signal ends it. SIGHUP, or a request where that is enabled, has it take up its configuration anew.
 *
 * @param loading the configuration to start with, as those flags give it.
 */
export const serve = async (flags: FlagValues, loading: Promise<Loaded>): Promise<void> => {
  // From the first moment: the signal would end a process that does not listen for it.
  const hangUp = listenForHangUp();
  keepYoungGeneration();
  const loaded = await loading;
  const { store, problem } = await openState(loaded.config);
  if (problem?.fatal === true)
    throw new CommandError(`the state cannot be used: ${problem.reason}; ${problem.fix}`);
  const directory = problem === undefined ? stateDirectoryOf(loaded.config) : undefined;
  const closing: Closer[] = [() => store.close()];
  try {
    // The start was the last time that a configuration was taken up.
    const standing: Standing = { last: { successful: true, at: Date.now() / 1000 } };
    const webReload = (): LastReload | undefined => standing.web?.();
    const place = {
      store,
      directory,
      lastReload: () => standing.last,
      webReload,
      handover: { scrapes: createScrapeObserver() },
    };
    const open = (next: Loaded): Promise<Run> => openRun({ ...place, loaded: next, isReload: true });
    let run = await openRun({ ...place, loaded, isReload: false });
    closing.push(() => run.close());
    if (problem !== undefined)
      run.log.warn({ fix: problem.fix }, `state is kept in memory only: ${problem.reason}`);
    for (const warning of store.warnings) run.log.warn({ where: store.where }, warning);
    await runUntilSignal({
      ...{ flags, loaded, store, hangUp, standing, open, closing },
      run: () => run,
      put: (next) => {
        run = next;
      },
    });
  } finally {
    for (const close of closing.reverse()) await close();
  }
};

/** How the last reloads went, of the configuration and of the web-config file. */
interface Standing {
  last: LastReload;
  web?: () => LastReload;
}

type Closer = () => void | Promise<void>;

interface Serving {
  readonly flags: FlagValues;
  readonly loaded: Loaded;
  readonly store: Store;
  readonly hangUp: ReturnType<typeof listenForHangUp>;
  readonly standing: Standing;
  readonly open: (loaded: Loaded) => Promise<Run>;
  /** What is closed at the end, however that comes. */
  readonly closing: Closer[];
  /** The run in force, and puts another in its place. */
  readonly run: () => Run;
  readonly put: (next: Run) => void;
}

const runUntilSignal = async (serving: Serving): Promise<void> => {
  const { flags, loaded, store, hangUp, standing, open, closing, run, put } = serving;
  const { config } = loaded;
  const web = await openWeb(config.web.config_file, run);
  if (web !== undefined) {
    closing.push(() => web.close());
    standing.web = web.last;
  }
  const openFeeds = (next: Run): Promise<Guests | undefined> =>
    openGuestFeeds(next.loaded.config, run, next.log);
  let guests = await openFeeds(run());
  const snapshot = run().begin(guests);
  const manager = await serviceManager(run);
  const reloads = reloader({
    ...{ flags, current: run, open, standing },
    take: async (next) => {
      const { directory } = next.loaded.config.guests;
      const isSame = directory === run().loaded.config.guests.directory;
      const feeds = isSame ? guests : await openFeeds(next);
      return () => {
        next.begin(feeds);
        put(next);
        guests = feeds;
        server?.answerBy({ ...next.routes(), ...lifecycle });
      };
    },
  });
  const reload: Reload = () => manager?.reloading(reloads.reload) ?? reloads.reload();
  const lifecycle = config.web.enable_lifecycle ? { reload } : {};
  // Before anybody is told that it runs: a signal that comes at once ends it in good order, too.
  const signalled = signal();
  const server = hasNoPort(config)
    ? undefined
    : await createHttpServer({
        listenAddress: config.web.listen_address,
        web,
        ...run().routes(),
        ...lifecycle,
      });
  await run().send();
  process.stdout.write(
    banner({ loaded, agent: run().agent, snapshot, url: server?.url, store: store.where }),
  );
  void manager?.ready(
    server === undefined ? 'no port is opened' : `metrics at ${server.url}${config.web.telemetry_path}`,
  );
  hangUp.answerBy(reload);

  const said = await signalled;
  void manager?.stopping();
  reloads.end();
  run().log.info({ signal: said }, 'stopping: the state is kept');
  run().pause();
  run().agent.push?.close();
  run().keepAll();
  // A directory that hangs must not hold the end.
  const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WRITE_MS).unref());
  await Promise.all([Promise.race([guests?.settled(), late]), run().close(), server?.close()]);
  if (manager?.isHeld() === true) leaveByForce();
};

/** What TLS and users take is loaded only where a file asks for it. */
const openWeb = async (file: string | undefined, run: () => Run): Promise<WebConfig | undefined> => {
  if (file === undefined) return undefined;
  const log: WebConfigOptions['log'] = {
    info: (message) => run().log.info(message),
    warn: (message) => run().log.warn(message),
    error: (message) => run().log.error(message),
  };
  return (await import('./web-config.ts')).openWebConfig({ file, log });
};

/** systemd, where it waits to hear that the service is ready. */
const serviceManager = async (run: () => Run): Promise<ServiceManager | undefined> => {
  if (!process.env.NOTIFY_SOCKET) return undefined;
  const { openServiceManager } = await import('./notify.ts');
  return openServiceManager({
    env: process.env,
    alive: () => run().healthy(),
    warn: (fields, message) => run().log.warn(fields, message),
  });
};

/** Remembers a SIGHUP until somebody can answer it. */
const listenForHangUp = (): { answerBy(reload: Reload): void } => {
  let isAsked = false;
  let answer: Reload | undefined;
  process.on('SIGHUP', () => {
    if (answer === undefined) isAsked = true;
    else void answer();
  });
  return {
    answerBy: (reload) => {
      answer = reload;
      if (isAsked) void reload();
    },
  };
};

const signal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
