import type { HostJson } from '../../src/index.ts';

/** Where the snapshots of the screen come from. */
export interface Feed {
  /** In words, for the first line. */
  readonly from: string;
  /** Whether a call takes a sample; false: it asks for the newest of somebody who does. */
  readonly samples: boolean;
  /**
   * The newest snapshot, with counters as booked: the same one again where there is none since. One call at a time.
   * Rejects with an error whose message is for the operator.
   */
  read(): Promise<HostJson>;
  /** Ends a call in hand too. */
  close(): void;
}
