import { readFileSync } from 'node:fs';

/** How many descriptors may be kept open. Beyond it a file is opened, read and closed each time. */
export class DescriptorBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  take(): boolean {
    if (this.#used >= this.limit) return false;
    this.#used++;
    return true;
  }

  give(): void {
    this.#used--;
  }
}

/** Half of this process's limit of open files: the rest is for sockets, the database and its log. */
const halfOfLimit = (): number => {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return Math.min(Math.floor(Number(soft ?? 1024) / 2), 16_384);
  } catch {
    return 512;
  }
};

/** The budget of this process, shared by every source that keeps descriptors. */
export const descriptors = new DescriptorBudget(halfOfLimit());
