import { afterKey, lineEnd, skipFields, unsignedAt } from './bytes.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { KeptFile, landing } from './reader.ts';

const DESCENDANTS = Buffer.from('nr_descendants ');
const CPUACCT = Buffer.from('cpuacct\t');

/**
 * How many groups the kernel has, the root included: one small file that tells whether any is not known, where a look
 * into each would ask hundreds.
 *
 * Version 2 counts those below the mount (`cgroup.stat`). Version 1 counts a whole hierarchy (`/proc/cgroups`), with
 * those that are being freed and those outside of a container: never fewer than there are.
 */
export class GroupCount {
  readonly #version: Hierarchy['version'];
  #file: KeptFile | undefined;

  constructor({ version, mount }: Hierarchy, procfs: string) {
    this.#version = version;
    this.#file = new KeptFile(version === 'v1' ? `${procfs}/cgroups` : `${mount}/cgroup.stat`);
  }

  /** Undefined where the kernel does not tell: it is then not asked again. */
  read(): number | undefined {
    try {
      if (this.#file === undefined) return undefined;
      if (this.#version === 'v2') return this.#file.readKey(DESCENDANTS) + 1;
      const length = this.#file.read();
      const at = afterKey(landing.bytes, length, CPUACCT);
      // Number of the hierarchy, number of its groups.
      const end = at < 0 ? 0 : lineEnd(landing.bytes, at, length);
      const count = at < 0 ? -1 : unsignedAt(landing.bytes, skipFields(landing.bytes, at, end, 1), end);
      if (count >= 0) return count;
    } catch {
      // Before Linux 4.14, or in a container that hides it: groups are looked at one by one.
    }
    this.close();
    return undefined;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
