import { hostJson, memoryStore, seconds } from '../../src/index.ts';
import { composeAgent } from '../compose.ts';
import type { Loaded } from '../configuration.ts';
import type { Feed } from './feed.ts';

/** Samples at each call; books in memory alone. @param why there is no agent to ask, for the first line. */
export const ownFeed = async (loaded: Loaded, interval: number, why: string): Promise<Feed> => {
  const agent = await composeAgent({ loaded, store: memoryStore(), onSource: () => {}, interval });
  // Nothing scrapes this: its counters are shown as they are.
  agent.engine.observeScrapeInterval(seconds(0));
  await agent.refreshWork();
  return {
    from: `own samples, ${why}`,
    samples: true,
    read: async () => hostJson(agent.tick(), 'booked'),
    close: () => agent.close(),
  };
};
