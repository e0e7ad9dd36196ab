import { type GramsCO2e, type Joules, type Seconds, sum } from '../units.ts';
import type { Quality } from './meter.ts';
import type { Resource, WorkloadKind } from './workload.ts';

/**
 * Why the sums of a workload are not all of it.
 *
 * - `began_before`: it was there before it had a row of its own. - `in_other`: for a time it had none again.
 * - `gap`: for a time its use or the energy is not known (the agent was down, a meter silent).
 * - `end_unseen`: it ended while the agent did not run. - `without_factor`: for a part of its energy no emission factor
 *   held: its grams are those of the rest.
 */
export const PARTIAL_REASONS = ['began_before', 'in_other', 'gap', 'end_unseen', 'without_factor'] as const;
export type PartialReason = (typeof PARTIAL_REASONS)[number];

/** What a workload with a row of its own used since it was first seen. */
export interface WorkloadSums {
  /** Milliseconds since 1970 UTC at which it was first seen. */
  readonly start: number;
  /** Dynamic energy by resource. */
  readonly dynamic: Readonly<Record<Resource, Joules>>;
  /** Its share of the idle floor, by the policy in force. */
  readonly staticShare: Joules;
  /** Operational, PUE included; absent where no factor held. */
  readonly location?: GramsCO2e;
  readonly market?: GramsCO2e;
  readonly cpu: Seconds;
  readonly gpu: Seconds;
  readonly work: ReadonlyMap<string, number>;
  /** The least sure that the host's energy was. */
  readonly quality?: Quality;
  /** Where the host's energy came from; `*` where that changed. */
  readonly source?: string;
  readonly partial: readonly PartialReason[];
}

/** A workload that is gone. */
export interface EndedWorkload extends WorkloadSums {
  /** Milliseconds since 1970 UTC at which it was last seen. */
  readonly end: number;
  readonly id: string;
  readonly kind: WorkloadKind;
  readonly class: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All of it: what its use caused and its share of the floor. */
export const energyOfEnded = ({ dynamic, staticShare }: WorkloadSums): Joules =>
  sum([...Object.values(dynamic), staticShare]);
