import type { Guests, LastReload } from '../src/index.ts';
import { banner } from './banner.ts';
import { type FlagValues, load } from './configuration.ts';
import { CommandError } from './exit.ts';
import { openGuestFeeds } from './guests.ts';
import { createHttpServer } from './http.ts';
import { reloader } from './reload.ts';
import type { Reload } from './reload-route.ts';
import { openRun, type Run } from './run.ts';
import { openState } from './state.ts';

/** What is handed on to guests is a few small files each. */
const LAST_WRITE_MS = 2_000;

/** Runs until a signal ends it. SIGHUP, or a request where that is enabled, has it take up its configuration anew. */
export const serve = async (flags: FlagValues): Promise<void> => {
  // From the first moment: the signal would end a process that does not listen for it.
  const hangUp = { before: false, reload: undefined as Reload | undefined };
  process.on('SIGHUP', () => {
    if (hangUp.reload === undefined) hangUp.before = true;
    else void hangUp.reload();
  });
  const loaded = await load(flags);
  const { config } = loaded;
  const { store, problem } = await openState(config);
  if (problem?.fatal === true)
    throw new CommandError(`the state cannot be used: ${problem.reason}; ${problem.fix}`);
  // The start was the last time that a configuration was taken up.
  const standing: { last: LastReload } = { last: { successful: true, at: Date.now() / 1000 } };
  const open = (next: typeof loaded): Promise<Run> =>
    openRun({ loaded: next, store, lastReload: () => standing.last });
  let run = await open(loaded);
  if (problem !== undefined)
    run.log.warn({ fix: problem.fix }, `state is kept in memory only: ${problem.reason}`);
  for (const warning of store.warnings) run.log.warn({ where: store.where }, warning);

  const openFeeds = (next: Run): Promise<Guests | undefined> =>
    openGuestFeeds(next.loaded.config, () => run, next.log);
  let guests = await openFeeds(run);
  const snapshot = run.begin(guests);
  const { reload, end: endReloads } = reloader({
    flags,
    current: () => run,
    open,
    standing,
    take: async (next) => {
      const { directory } = next.loaded.config.guests;
      const isSame = directory === run.loaded.config.guests.directory;
      const feeds = isSame ? guests : await openFeeds(next);
      return () => {
        next.begin(feeds);
        [run, guests] = [next, feeds];
        server.answerBy({ ...next.routes(), ...lifecycle });
      };
    },
  });
  const lifecycle = config.web.enable_lifecycle ? { reload } : {};
  const signal = ended();
  const server = await createHttpServer({
    listenAddress: config.web.listen_address,
    ...run.routes(),
    ...lifecycle,
  }).catch((cause: unknown) => {
    run.close();
    store.close();
    throw cause;
  });
  process.stdout.write(banner({ loaded, agent: run.agent, snapshot, url: server.url, store: store.where }));

  hangUp.reload = reload;
  if (hangUp.before) void reload();
  const said = await signal;
  endReloads();
  run.log.info({ signal: said }, 'stopping: the state is kept');
  run.pause();
  run.agent.push?.close();
  run.keepAll();
  // A directory that hangs must not hold the end.
  await Promise.race([
    guests?.settled(),
    new Promise((resolve) => setTimeout(resolve, LAST_WRITE_MS).unref()),
  ]);
  store.close();
  run.close();
  await server.close();
};

const ended = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
