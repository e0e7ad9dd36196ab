import type { Weight } from '../model/workload.ts';
import { type Drive, NO_DRIVE } from './partition.ts';

/**
 * Who carries the idle floor. Alternatives: figures of two policies are never added up.
 *
 * - `none`: nobody, it stays in the row `idle`, so that consolidation shows.
 * - `used`: the workloads, by what they use. - `even`: each workload that exists alike.
 * - `reserved`: by what is kept free for them; capacity that nobody reserved is `idle`.
 */
export type StaticPolicy = 'none' | 'used' | 'reserved' | 'even';
export const STATIC_POLICIES: readonly StaticPolicy[] = ['none', 'used', 'reserved', 'even'];

/** What the policies go by, folded to the rows that are exported. */
export interface ClaimInput {
  readonly used: readonly Weight[];
  /** What is kept for each row of this component: processors, or GPUs. */
  readonly reserved: readonly Weight[];
  /** Workloads in each row. */
  readonly present: readonly Weight[];
  /** How many of those the host has; undefined where that could not be read: then nobody claims by reservation. */
  readonly capacity: number | undefined;
}

/** Claims on the floor under a policy. Pure. */
export const claimsOf = (policy: StaticPolicy, input: ClaimInput): Drive => {
  switch (policy) {
    case 'none':
      return NO_DRIVE;
    case 'used':
      return { whole: 0, rows: input.used };
    case 'even':
      return { whole: 0, rows: input.present };
    case 'reserved':
      return input.capacity === undefined ? NO_DRIVE : { whole: input.capacity, rows: input.reserved };
  }
};
