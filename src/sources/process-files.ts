import { SourceError } from '../model/source-error.ts';
import { type DescriptorBudget, descriptorsOfProcesses } from './descriptors.ts';
import { KeptFile } from './reader.ts';

/**
 * `/proc/PID/stat` of every process, kept open from pass to pass as far as the budget goes: opening costs twice what
 * reading does. The descriptor of a process that ended fails for good, so it never follows the next one of its number.
 */
export class ProcessFiles {
  readonly #procfs: string;
  readonly #budget: DescriptorBudget;
  readonly #files = new Map<number, KeptFile>();

  constructor(procfs: string, budget: DescriptorBudget = descriptorsOfProcesses) {
    this.#procfs = procfs;
    this.#budget = budget;
  }

  /** Reads one process into `landing` and returns the number of bytes. Throws SourceError: `gone` if it ended. */
  read(pid: number): number {
    const held = this.#files.get(pid);
    if (held === undefined) return this.#open(pid);
    try {
      return held.read();
    } catch (cause) {
      this.#files.delete(pid);
      // Another process may have the number by now.
      if (cause instanceof SourceError && cause.kind === 'gone') return this.#open(pid);
      throw cause;
    }
  }

  /** Lets go of all processes but these. */
  keep(pids: Iterable<number>): void {
    const present = new Set(pids);
    for (const [pid, file] of this.#files) {
      if (present.has(pid)) continue;
      file.close();
      this.#files.delete(pid);
    }
  }

  close(): void {
    this.keep([]);
  }

  #open(pid: number): number {
    const file = new KeptFile(`${this.#procfs}/${pid}/stat`, this.#budget);
    const length = file.read();
    if (file.kept) this.#files.set(pid, file);
    return length;
  }
}
