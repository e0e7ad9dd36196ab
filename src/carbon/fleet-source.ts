import type { HistoryAbout, TimeWindow } from '../model/history.ts';

/** Where the energy of a fleet was read, as the statement tells it. */
export interface FleetSource extends Pick<HistoryAbout, 'engine' | 'where' | 'method'> {
  /** Of its entries: what was read, where, and of which time it has energy. */
  readonly document: string;
  /** Asked for; seconds since 1970 UTC. */
  readonly window: TimeWindow;
  /** Hosts with series in the window. */
  readonly hosts: number;
  /** Those of them without any energy that can be counted. */
  readonly silent: number;
}
