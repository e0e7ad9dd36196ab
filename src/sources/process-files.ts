import type { ProcessReading } from '../model/process.ts';
import { SourceError } from '../model/source-error.ts';
import { type DescriptorBudget, descriptorsOfProcesses } from './descriptors.ts';
import { parseProcess } from './process-stat.ts';
import { KeptFile, landing } from './reader.ts';

/** Texts of so many processes are kept to be compared, some 250 bytes each; beyond, each is taken apart at each pass. */
const KEPT_TEXTS = 4096;

interface Known {
  /** Absent beyond the budget of descriptors. */
  readonly file: KeptFile | undefined;
  reading: ProcessReading | undefined;
  /** What `reading` was made of; empty: not kept. */
  text: string;
  /** Pass in which it was last read. */
  pass: number;
}

/**
 * `/proc/PID/stat` of every process, kept open from pass to pass as far as the budget goes: opening costs twice what
 * reading does. The descriptor of a process that ended fails for good, so it never follows the next one of its number.
 * A process that has used nothing since keeps the reading that it had: most of them sleep.
 */
export class ProcessFiles {
  readonly #procfs: string;
  readonly #budget: DescriptorBudget;
  readonly #known = new Map<number, Known>();
  #pass = 0;

  constructor(procfs: string, budget: DescriptorBudget = descriptorsOfProcesses) {
    this.#procfs = procfs;
    this.#budget = budget;
  }

  /** Processes that were read in the last pass. */
  get size(): number {
    return this.#known.size;
  }

  /** Reads one process; undefined where its file is something else. Throws SourceError: `gone` if it ended. */
  read(pid: number): ProcessReading | undefined {
    const held = this.#known.get(pid);
    if (held?.file === undefined) return this.#open(pid, held?.reading);
    try {
      const length = held.file.read();
      held.pass = this.#pass;
      if (this.#known.size <= KEPT_TEXTS) {
        // Most processes sleep: to compare a text costs a fifth of taking it apart.
        const text = landing.bytes.toString('latin1', 0, length);
        if (text === held.text) return held.reading;
        held.text = text;
      } else held.text = '';
      held.reading = parseProcess(landing.bytes, length, held.reading);
      return held.reading;
    } catch (cause) {
      this.#known.delete(pid);
      // Another process may have the number by now.
      if (cause instanceof SourceError && cause.kind === 'gone') return this.#open(pid, undefined);
      throw cause;
    }
  }

  /** Ends a pass: lets go of all processes that were not read in it. */
  endPass(): void {
    this.#known.forEach(({ file, pass }, pid) => {
      if (pass === this.#pass) return;
      file?.close();
      this.#known.delete(pid);
    });
    this.#pass++;
  }

  close(): void {
    for (const { file } of this.#known.values()) file?.close();
    this.#known.clear();
  }

  #open(pid: number, before: ProcessReading | undefined): ProcessReading | undefined {
    const file = new KeptFile(`${this.#procfs}/${pid}/stat`, this.#budget);
    const length = file.read();
    const reading = parseProcess(landing.bytes, length, before);
    this.#known.set(pid, { file: file.kept ? file : undefined, reading, text: '', pass: this.#pass });
    return reading;
  }
}
