import { schedule } from 'node-cron';
import type { Logger } from './log.ts';

export interface Jobs {
  /** Looks at the hardware anew: memory and processors may have been changed while the host ran. */
  inventory(): Promise<void>;
  readonly log: Logger;
}

interface Task {
  readonly name: string;
  /** Five fields of a crontab, UTC. */
  readonly schedule: string;
  readonly task: () => Promise<void>;
  readonly log: Logger;
  /** Each run is put off by a random part of this, milliseconds. */
  readonly spread?: number;
}

/** A job by the wall clock, never two of it at a time. @returns stops it. */
export const scheduleTask = ({ name, schedule: when, task, log, spread = 0 }: Task): (() => void) => {
  const logger = {
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error) => log.error(String(message)),
    debug: (message: string | Error) => log.debug(String(message)),
  };
  const made = schedule(when, task, {
    ...{ name, timezone: 'UTC', noOverlap: true, maxRandomDelay: spread, unref: true, logger },
  });
  return () => {
    void made.destroy();
  };
};

/** Wall-clock jobs. Sampling is none of them: it follows the monotonic clock. @returns stops them. */
export const scheduleJobs = ({ inventory, log }: Jobs): (() => void) =>
  // Once a day, spread over an hour so that a fleet does not do it at one moment.
  scheduleTask({ name: 'inventory', schedule: '17 3 * * *', task: inventory, log, spread: 3_600_000 });
