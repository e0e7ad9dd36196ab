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

/** This process's limit of open files; Node raises it to the hard limit at its start. */
const limitOfFiles = (): number => {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return Number(soft ?? 1024);
  } catch {
    return 1024;
  }
};

const limit = limitOfFiles();

/** The budget of this process, shared by every source that keeps descriptors: half of its limit. */
export const descriptors = new DescriptorBudget(Math.min(Math.floor(limit / 2), 16_384));

/** What single processes may take beside it, so that they leave none short; the rest is for sockets and the database. */
export const descriptorsOfProcesses = new DescriptorBudget(Math.min(Math.floor(limit / 8), 16_384));
