import { type Seconds, seconds } from '../units.ts';

/** How long what is kept: as `state.retention` of the configuration. */
export interface Retention {
  readonly minutes: Seconds;
  readonly hours: Seconds;
  readonly jobs: Seconds;
  /** Most rows of ended workloads. */
  readonly mostJobs: number;
}

export const DEFAULT_RETENTION: Retention = {
  minutes: seconds(48 * 3600),
  hours: seconds(5 * 365 * 86_400),
  jobs: seconds(365 * 86_400),
  mostJobs: 100_000,
};
