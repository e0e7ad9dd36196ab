import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Config,
  defaultStateDirectory,
  memoryStore,
  openSqliteStore,
  type Store,
} from '../src/index.ts';

/** Who asks for a place to keep the state. */
export interface Owner {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userId: number | undefined;
}

const thisProcess = (): Owner => ({ env: process.env, userId: process.getuid?.() });

/** Path of the state directory; undefined where there is no place for one. */
export const stateDirectoryOf = (
  config: Config,
  { env, userId }: Owner = thisProcess(),
): string | undefined => config.state.dir ?? defaultStateDirectory(env, userId);

/** Opens the durable state. Where there is no place for it counters live in memory, and `problem` says so. */
export const openState = async (
  config: Config,
  owner: Owner = thisProcess(),
): Promise<{
  readonly store: Store;
  readonly problem?: { readonly reason: string; readonly fix: string; readonly fatal: boolean };
}> => {
  const dir = stateDirectoryOf(config, owner);
  if (dir === undefined) {
    return {
      store: memoryStore(),
      problem: {
        reason: 'there is no home directory to keep the state in',
        fix: 'name one with --state.dir; until then counters restart at 0 with the agent',
        fatal: false,
      },
    };
  }
  const { minutes, hours, jobs, most_jobs: mostJobs } = config.state.retention;
  const opened = await openSqliteStore(dir, Date.now(), { minutes, hours, jobs, mostJobs });
  if (opened.found) return { store: opened.value };
  // A directory that was named must be used, and one that another agent or a newer release holds is not to be passed
  // by; a default one that this user may not make is lived without.
  const fatal = config.state.dir !== undefined || opened.state === 'unreadable';
  return { store: memoryStore(), problem: { reason: opened.reason, fix: opened.fix, fatal } };
};

/** The state directory as `doctor` shows it, without touching it. */
export const stateDirectory = async (
  config: Config,
): Promise<{
  readonly name: string;
  readonly status: string;
  readonly why: string;
  readonly fix: string;
}> => {
  const dir = stateDirectoryOf(config, thisProcess());
  const name = 'state directory';
  if (dir === undefined)
    return { name, status: 'missing', why: 'no home directory', fix: 'name one with --state.dir' };
  let nearest = dir;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return { name, status: 'ok', why: nearest === dir ? dir : `${dir} (will be made)`, fix: '' };
  } catch {
    return {
      name,
      status: 'unwritable',
      why: `${nearest} cannot be written by this user`,
      fix: `run as a user who may, or name another directory with --state.dir`,
    };
  }
};
