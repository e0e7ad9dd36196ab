import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { GridState } from '../model/grid-state.ts';
import { KEPT_MS } from './merge.ts';
import { type ReadSeries, readSeries, seriesSchema } from './series-schema.ts';
import { GRID_FORMAT, seriesJson } from './serve.ts';

/** Last good answers on disk, so that a restart neither asks anew nor loses the age of what is known. */
export interface GridCache {
  /** What was kept under an id; undefined where nothing usable is. Never rejects. */
  load(id: string): Promise<ReadSeries | undefined>;
  /** Keeps a state, over the one before. Never rejects. */
  save(state: GridState, now: number): Promise<void>;
  /** Removes what providers that are no longer configured have left, a week after. Never rejects. */
  tidy(ids: readonly string[], now: number): Promise<void>;
}

export interface GridCacheOptions {
  /** The directory of the state; the cache is a folder in it. */
  readonly directory: string;
  /** Told what could not be read or written, one line. */
  readonly onProblem: (message: string) => void;
}

const FOLDER = 'grid';
/** Like the rest of the state: for the group of the agent alone. */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;
/** Two days of 2,000 readings and a forecast as long take 0.5 MiB. */
const LARGEST = 2 * 2 ** 20;
/** An answer without news is written this often, for the time that the provider was heard: flash wears. */
const SAME_MS = 15 * 60_000;
const FORGOTTEN_MS = 7 * 86_400_000;
const NAME = /^[a-z0-9-]{1,100}\.json(\.new)?$/;

const content = z.object({ format: z.literal(GRID_FORMAT), id: z.string(), series: seriesSchema });

export const createGridCache = ({ directory, onProblem }: GridCacheOptions): GridCache => {
  const folder = join(directory, FOLDER);
  const pathOf = (id: string): string => join(folder, `${id}.json`);
  let isBroken = false;
  const written = new Map<string, { readonly known: string; readonly at: number }>();
  return {
    load: async (id) => {
      const path = pathOf(id);
      try {
        const read = content.safeParse(JSON.parse(await textOf(path)));
        if (!read.success) throw new Error('it is damaged, or of another version');
        const kept = read.data;
        if (kept.id === id) return readSeries(kept.series);
        throw new Error('it is of another provider');
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT') {
          onProblem(`${path} is ignored: ${whyOf(cause)}; it is written anew with the next answer`);
        }
        return undefined;
      }
    },
    save: async (state, now) => {
      const series = seriesJson(state, now, KEPT_MS);
      if (series === undefined) return;
      const text = JSON.stringify({ format: GRID_FORMAT, id: state.id, series });
      const known = JSON.stringify([series.readings, series.forecast]);
      const last = written.get(state.id);
      if (last?.known === known && now - last.at >= 0 && now - last.at < SAME_MS) return;
      try {
        await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
        await replace(pathOf(state.id), text);
        written.set(state.id, { known, at: now });
        isBroken = false;
      } catch (cause) {
        // A full disk is told once, not with each answer.
        if (!isBroken)
          onProblem(`${pathOf(state.id)} cannot be written: ${whyOf(cause)}; a restart will ask anew`);
        isBroken = true;
      }
    },
    tidy: async (ids, now) => {
      const wanted = new Set(ids.map((id) => `${id}.json`));
      for (const name of await readdir(folder).catch(() => [])) {
        if (!NAME.test(name) || wanted.has(name)) continue;
        const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: now }));
        if (now - mtimeMs > FORGOTTEN_MS) await rm(join(folder, name), { force: true }).catch(() => {});
      }
    },
  };
};

const textOf = async (path: string): Promise<string> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > LARGEST) throw new Error(`it is larger than ${LARGEST / 2 ** 20} MiB`);
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
};

/** Writes beside and renames: a reader, and a restart after a crash, see the old content or the new one. */
const replace = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  const file = await open(beside, 'wx', FILE_MODE);
  try {
    await file.chmod(FILE_MODE);
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
};

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : '';

const whyOf = (cause: unknown): string => {
  if (cause instanceof SyntaxError) return 'it is damaged';
  return codeOf(cause) || (cause instanceof Error ? cause.message : String(cause));
};
