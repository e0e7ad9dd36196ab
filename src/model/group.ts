import type { Seconds } from '../units.ts';

/**
 * One control group at one instant. `cpu` is cumulative and includes all descendants, dead processes too.
 * The parent of a group stands before it in the list; the root comes first.
 */
export interface GroupReading {
  /** Inode of the directory: a restarted unit reuses the path, never the inode. */
  readonly id: string;
  /** Path below the mount, `/` for the root. Bytes that are not UTF-8 are replaced. */
  readonly path: string;
  /** Id of the parent; absent for the root. */
  readonly parent?: string;
  readonly cpu: Seconds;
  /** Whether processes sit directly in it; for a group with children only. */
  readonly members: boolean;
}

export interface GroupSample {
  readonly at: Seconds;
  readonly groups: readonly GroupReading[];
}
