import { type Config, type Guests, openGuests } from '../src/index.ts';
import { CommandError } from './exit.ts';
import type { Logger } from './log.ts';
import type { Run } from './run.ts';

/**
 * What hands energy on to guests, where the configuration wants that. Throws CommandError where it cannot begin.
 *
 * @param run in force: one directory goes on under the configurations that come after.
 */
export const openGuestFeeds = async (
  config: Config,
  run: () => Run,
  log: Logger,
): Promise<Guests | undefined> => {
  const { directory } = config.guests;
  if (directory === undefined) return undefined;
  try {
    return await openGuests({
      directory,
      hostName: () => run().agent.inventory().hostName,
      interval: () => run().loaded.config.sampling.interval,
      retention: () => run().loaded.config.attribution.retention,
      onProblem: (problem) => {
        if (problem === undefined) log.info({ directory }, 'energy is handed on to guests again');
        else log.error({ directory }, `energy cannot be handed on to guests: ${problem}`);
      },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`guests.directory cannot be used: ${why}; name another one, or leave it out`);
  }
};
