import { SourceError } from '../model/source-error.ts';
import { type DescriptorBudget, descriptorsOfProcesses } from './descriptors.ts';
import { KeptFile, landing, readSmall } from './reader.ts';
import { printable } from './text.ts';

/** Which tree of control groups the paths are of; `auto` as the cgroup source takes it. */
export type GroupHierarchy = 'auto' | 'v1' | 'v2';

const DELETED = ' (deleted)';

/** A path that leads out of the reader's own cgroup namespace (cgroup_namespaces(7)) names no group below the mount. */
const below = (path: string | undefined): string | undefined => {
  if (path?.startsWith('/') !== true || path.startsWith('/..')) return undefined;
  return printable(path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path);
};

/**
 * Path of a process's group from the text of `/proc/PID/cgroup` (cgroups(7)): the line `0::PATH` of version 2, the one
 * of the controller cpuacct of version 1. On a hybrid host the version 1 path, unless that is the root: there the groups
 * of version 2 may be the ones in use. Undefined where it cannot be told.
 */
export const parseGroup = (text: string, hierarchy: GroupHierarchy): string | undefined => {
  let v1: string | undefined;
  let v2: string | undefined;
  for (const line of text.split('\n')) {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const [, id, controllers = '', path] = match;
    if (id === '0' && controllers === '') v2 = below(path);
    else if (controllers.split(',').includes('cpuacct')) v1 = below(path);
  }
  if (hierarchy === 'v1') return v1;
  if (hierarchy === 'v2') return v2;
  return v1 === undefined || (v1 === '/' && v2 !== undefined) ? v2 : v1;
};

/** The group of one process, once; undefined also where it has ended or may not be looked at. */
export const groupOf = (procfs: string, pid: number, hierarchy: GroupHierarchy): string | undefined => {
  try {
    return parseGroup(readSmall(`${procfs}/${pid}/cgroup`), hierarchy);
  } catch {
    return undefined;
  }
};

interface Entry {
  readonly file: KeptFile;
  text: string;
  group: string | undefined;
  /** Round in which it was last asked for. */
  round: number;
}

/**
 * The groups of processes, read through kept descriptors: that of a process which ended fails for good, so its number
 * never stands for the next process that gets it.
 */
export class ProcessGroups {
  readonly #procfs: string;
  readonly #hierarchy: GroupHierarchy;
  readonly #budget: DescriptorBudget;
  readonly #entries = new Map<number, Entry>();
  #round = 0;

  constructor(procfs: string, hierarchy: GroupHierarchy, budget: DescriptorBudget = descriptorsOfProcesses) {
    this.#procfs = procfs;
    this.#hierarchy = hierarchy;
    this.#budget = budget;
  }

  /** The group of a process; for one that has ended since the last round its last group, once. */
  of(pid: number): string | undefined {
    const held = this.#entries.get(pid);
    if (held === undefined) return this.#open(pid);
    if (held.round === this.#round) return held.group;
    held.round = this.#round;
    if (held.file.kept) {
      try {
        this.#read(held);
      } catch {
        this.#drop(pid, held);
      }
      return held.group;
    }
    this.#drop(pid, held);
    return this.#open(pid);
  }

  /** Ends a round: lets go of the processes that nobody asked for in it. */
  next(): void {
    for (const [pid, entry] of this.#entries) if (entry.round !== this.#round) this.#drop(pid, entry);
    this.#round += 1;
  }

  close(): void {
    for (const [pid, entry] of this.#entries) this.#drop(pid, entry);
  }

  #open(pid: number): string | undefined {
    const entry: Entry = {
      file: new KeptFile(`${this.#procfs}/${pid}/cgroup`, this.#budget),
      text: '',
      group: undefined,
      round: this.#round,
    };
    try {
      this.#read(entry);
    } catch (cause) {
      if (cause instanceof SourceError) return undefined;
      throw cause;
    }
    this.#entries.set(pid, entry);
    return entry.group;
  }

  #read(entry: Entry): void {
    const text = landing.bytes.toString('utf8', 0, entry.file.read());
    if (text === entry.text) return;
    entry.text = text;
    entry.group = parseGroup(text, this.#hierarchy);
  }

  #drop(pid: number, entry: Entry): void {
    entry.file.close();
    this.#entries.delete(pid);
  }
}
