/** Watches how far apart scrapes are, so that a new series is held at 0 until every scraper has seen it. */
export interface ScrapeObserver {
  /** Takes note of a scrape. @param at monotonic seconds. @returns longest recent interval, seconds. */
  observe(remote: string, at: number): number;
}

/** Scrapers that are remembered; of more, those seen longest ago are forgotten. */
const MOST_REMOTES = 64;
/** Intervals remembered of each. */
const MOST_GAPS = 10;
/** A scraper that stayed away for longer was down or removed: that is no interval. */
const AWAY = 600;
/** Several scrapers may share an address and look like one that is quicker: never below the usual 15 s with room. */
const LEAST = 20;

interface Remote {
  readonly at: number;
  readonly gaps: readonly number[];
}

export const createScrapeObserver = (): ScrapeObserver => {
  const remotes = new Map<string, Remote>();
  return {
    observe: (remote, at) => {
      const before = remotes.get(remote);
      const gap = before === undefined ? AWAY : at - before.at;
      const gaps =
        gap > 0 && gap < AWAY ? [...(before?.gaps ?? []), gap].slice(-MOST_GAPS) : (before?.gaps ?? []);
      // Taken out first: a Map keeps the order of insertion, so the first one is the one not seen for longest.
      remotes.delete(remote);
      remotes.set(remote, { at, gaps });
      for (const [key, held] of remotes) {
        if (at - held.at > AWAY || remotes.size > MOST_REMOTES) remotes.delete(key);
        else break;
      }
      return Math.max(LEAST, ...[...remotes.values()].flatMap((held) => held.gaps));
    },
  };
};
