import type { LastReload } from '../src/index.ts';
import { type FlagValues, type Loaded, load } from './configuration.ts';
import { inTurn } from './in-turn.ts';
import type { Reload } from './reload-route.ts';
import type { Run } from './run.ts';

/** As `sampling.interval` at its least. */
const LEAST_APART_MS = 1000;

export interface ReloadOptions {
  readonly flags: FlagValues;
  readonly current: () => Run;
  readonly open: (loaded: Loaded) => Promise<Run>;
  /** How the last one went; written here. */
  readonly standing: { last: LastReload };
  /** Makes ready what the next run needs beside itself; what it resolves to puts that run in the place of the other. */
  readonly take: (next: Run) => Promise<() => void>;
}

export interface Reloader {
  readonly reload: Reload;
  /** No run takes the place of another any more, not even one that is being opened. */
  end(): void;
}

/**
 * Reloads one at a time, and one more at most waits. All of the new configuration is opened while the old one runs on;
 * then the old run pauses until its last tick is a second old, and in one turn it keeps its state and the next one goes
 * on from it. Whatever fails before that leaves the old one as it was.
 */
export const reloader = ({ flags, current, open, standing, take }: ReloadOptions): Reloader => {
  let isEnded = false;
  const attempt = async (): Promise<string | undefined> => {
    const before = current();
    const { at } = standing.last;
    let next: Run | undefined;
    try {
      const { loaded, kept } = keepingPlace(await load(flags), before.loaded);
      next = await open(loaded);
      for (const key of kept)
        before.log.warn({ key }, `${key} is another one now: it takes effect at the next start`);
      const takeOver = await take(next);
      before.pause();
      // Finer readings of energy than one a second would be a side channel, however often a reload is asked for.
      await new Promise((resolve) => setTimeout(resolve, LEAST_APART_MS - before.sinceTick()));
      if (isEnded) throw new Error('the agent is ending');
      if (!before.keepAll()) throw new Error('the state cannot be kept, so that nothing could go on from it');
      standing.last = { successful: true, at: Date.now() / 1000 };
      takeOver();
    } catch (cause) {
      await next?.close();
      if (current() === before && !isEnded) before.goOn();
      standing.last = { successful: false, at };
      const why = cause instanceof Error ? cause.message : String(cause);
      before.log.error(`the configuration was not taken up, the one before stays in force: ${why}`);
      return why;
    }
    return settle(before, next);
  };
  return {
    reload: inTurn(async () => (isEnded ? 'the agent is ending' : attempt())),
    end: () => {
      isEnded = true;
    },
  };
};

/** The run before sends its last before the next one sends its first. What fails here is said and undoes nothing. */
const settle = async (before: Run, next: Run): Promise<undefined> => {
  try {
    await before.close(next.loaded.config);
    await next.send();
  } catch (cause) {
    next.log.error(
      `a way out could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  next.log.info({ config_sha256: next.loaded.sha256 }, 'the configuration is in force');
};

/**
 * Where the agent listens, keeps its state and finds its host stays as it is until the next start.
 *
 * @returns the configuration to take up, and the keys that were left as they are.
 */
const keepingPlace = (
  next: Loaded,
  { config: old }: Loaded,
): { readonly loaded: Loaded; readonly kept: readonly string[] } => {
  const config = { ...next.config, web: old.web, path: old.path, state: old.state };
  const kept = (['web', 'path', 'state'] as const).flatMap((section) =>
    differing(section, next.config[section], config[section]),
  );
  return { loaded: { ...next, config }, kept };
};

const differing = (section: string, wanted: object, kept: object): readonly string[] => {
  const [now, then] = [new Map(Object.entries(wanted)), new Map(Object.entries(kept))];
  return [...new Set([...now.keys(), ...then.keys()])]
    .filter((key) => JSON.stringify(now.get(key)) !== JSON.stringify(then.get(key)))
    .map((key) => `${section}.${key}`);
};
