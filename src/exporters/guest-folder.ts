import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GUEST_FILES, GUEST_FORMAT, GUEST_RANGE, type GuestFeed } from '../model/guest-feed.ts';

/** Readable by the owner's group alone: energy by workload is a side channel (ops reference, section 6). */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

const textsOf = (feed: GuestFeed): Readonly<Record<keyof typeof GUEST_FILES, string>> => ({
  name: 'package-0',
  range: String(GUEST_RANGE),
  energy: String(feed.microjoules),
  source: JSON.stringify({
    format: GUEST_FORMAT,
    host: feed.host,
    workload: feed.workload.id,
    quality: feed.quality,
    source: feed.source,
    interval: feed.interval,
  }),
  // Seconds since 1970 UTC. Written last: who sees it change sees the energy of that moment.
  updated: (feed.updated / 1000).toFixed(3),
});

/**
 * One guest's folder. A file is replaced as a whole, and only if it changed: who keeps it open or reads it through a
 * share never sees half of it.
 */
export class GuestFolder {
  readonly path: string;
  readonly #written = new Map<string, string>();

  constructor(path: string) {
    this.path = path;
  }

  /** Throws the error of the file system. */
  async write(feed: GuestFeed): Promise<void> {
    const texts = textsOf(feed);
    for (const [key, file] of Object.entries(GUEST_FILES) as [keyof typeof GUEST_FILES, string][]) {
      const text = `${texts[key]}\n`;
      if (this.#written.get(file) === text) continue;
      const path = join(this.path, file);
      if (!this.#written.has(file)) await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
      const draft = `${path}.tmp`;
      await writeFile(draft, text, { mode: FILE_MODE });
      await rename(draft, path);
      this.#written.set(file, text);
    }
  }

  /** Forgets what was written, so that the next writing makes everything anew. */
  forget(): void {
    this.#written.clear();
  }

  /** Removes what `write` made and nothing else; folders that hold something else stay. */
  async remove(): Promise<void> {
    this.forget();
    for (const file of Object.values(GUEST_FILES)) await rm(join(this.path, file), { force: true });
    for (const folder of ['class/powercap/intel-rapl:0', 'class/powercap', 'class', '.']) {
      await rmdir(join(this.path, folder)).catch(() => {});
    }
  }
}

/** What an earlier run left in a folder. */
export interface LeftCount {
  readonly microjoules: bigint;
  /** Milliseconds since 1970 UTC: energy before that is in the count. */
  readonly updated: number;
}

/** Count of a folder that an earlier run left; undefined where it is none of ours or cannot be understood. */
export const countIn = async (path: string): Promise<LeftCount | undefined> => {
  try {
    const source: unknown = JSON.parse(await readFile(join(path, GUEST_FILES.source), 'utf8'));
    const energy = (await readFile(join(path, GUEST_FILES.energy), 'utf8')).trim();
    const updated = Number(await readFile(join(path, GUEST_FILES.updated), 'utf8')) * 1000;
    const isOurs =
      typeof source === 'object' && source !== null && 'format' in source && source.format === GUEST_FORMAT;
    return isOurs && updated >= 0 && /^\d{1,16}$/.test(energy)
      ? { microjoules: BigInt(energy), updated }
      : undefined;
  } catch {
    return undefined;
  }
};
