import { closeSync, constants, fstatSync, openSync, readdirSync, type Stats, statSync } from 'node:fs';
import { type DescriptorBudget, descriptors } from './descriptors.ts';
import { failedRead } from './failure.ts';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * A directory watched for subdirectories that come and go, at the price of one fstat on a kept descriptor: its link
 * count is 2 + subdirectories (kernfs, ext4, tmpfs). One that went and came back under the same name leaves the count
 * equal, but not the time of change, save on kernfs, where the kept files of the one that went fail with ENODEV.
 */
export class KeptDirectory {
  readonly path: Buffer;
  /** Inode, decimal: the directory's identity. */
  readonly id: string;
  readonly #budget: DescriptorBudget;
  readonly #inode: number;
  #fd = -1;
  #links = -1;
  #changed = -1;

  /** Throws SourceError where it is not there, or not a directory. */
  constructor(path: Buffer, budget: DescriptorBudget = descriptors) {
    this.path = path;
    this.#budget = budget;
    try {
      if (budget.take()) this.#fd = this.#open();
      this.id = String(
        (this.#fd >= 0 ? fstatSync(this.#fd, { bigint: true }) : statSync(path, { bigint: true })).ino,
      );
    } catch (cause) {
      this.close();
      throw failedRead(path, cause);
    }
    this.#inode = Number(this.id);
  }

  /** Whether it was removed, as far as its descriptor or its path tells. */
  removed(): boolean {
    try {
      const state = this.#state();
      return state.nlink === 0 || state.ino !== this.#inode;
    } catch {
      return true;
    }
  }

  /** Whether subdirectories may have come or gone since they were last listed. */
  changed(): boolean {
    try {
      const state = this.#state();
      // btrfs and overlayfs always tell 1: only a listing shows what is there.
      return state.nlink === 1 || state.nlink !== this.#links || state.mtimeMs !== this.#changed;
    } catch {
      return true;
    }
  }

  /** Names of its subdirectories as bytes; links are not followed. Throws SourceError. */
  subdirectories(): Buffer[] {
    try {
      // The state before the listing: what comes in between shows as a change next time.
      const state = this.#state();
      const entries = readdirSync(this.path, { withFileTypes: true, encoding: 'buffer' });
      this.#links = state.nlink;
      this.#changed = state.mtimeMs;
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (cause) {
      throw failedRead(this.path, cause);
    }
  }

  /** Whether its identity is held by a descriptor, not by the path alone. */
  get kept(): boolean {
    return this.#fd >= 0;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    this.#budget.give();
    closeSync(fd);
  }

  #open(): number {
    try {
      return openSync(this.path, FLAGS);
    } catch (cause) {
      this.#budget.give();
      throw cause;
    }
  }

  #state(): Stats {
    return this.#fd >= 0 ? fstatSync(this.#fd) : statSync(this.path);
  }
}
