import { schedule } from 'node-cron';
import type { Logger } from './log.ts';

export interface Jobs {
  /** Looks at the hardware anew: memory and processors may have been changed while the host ran. */
  inventory(): Promise<void>;
  readonly log: Logger;
}

/** Wall-clock jobs. Sampling is none of them: it follows the monotonic clock. @returns stops them. */
export const scheduleJobs = ({ inventory, log }: Jobs): (() => void) => {
  const logger = {
    info: (message: string) => log.debug(message),
    warn: (message: string) => log.warn(message),
    error: (message: string | Error) => log.error(String(message)),
    debug: (message: string | Error) => log.debug(String(message)),
  };
  // Once a day, spread over an hour so that a fleet does not do it at one moment.
  const task = schedule('17 3 * * *', inventory, {
    name: 'inventory',
    timezone: 'UTC',
    noOverlap: true,
    maxRandomDelay: 3_600_000,
    unref: true,
    logger,
  });
  return () => {
    void task.destroy();
  };
};
