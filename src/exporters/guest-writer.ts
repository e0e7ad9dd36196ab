import type { GuestFeed } from '../model/guest-feed.ts';
import type { GuestFolder } from './guest-folder.ts';

export interface GuestWriter {
  /** Writes what is there to write and removes `ended`; at once, or as soon as the writing before has ended. */
  write(ended: readonly GuestFolder[]): void;
  /** Resolves when all that was asked for is written or has failed. */
  settled(): Promise<void>;
}

/**
 * Writes the folders of guests, one turn at a time: a directory that hangs holds one request and no more. Feeds are
 * counters, so a turn writes only what holds when it begins.
 *
 * @param onProblem told once when something fails, and once with undefined when all works again.
 */
export const createGuestWriter = (
  feeds: () => readonly { readonly folder: GuestFolder; readonly feed: GuestFeed }[],
  onProblem: (problem: string | undefined) => void,
): GuestWriter => {
  let running: Promise<void> | undefined;
  let asked = false;
  let gone: GuestFolder[] = [];
  let failing = false;

  const turn = async (): Promise<void> => {
    const left = gone;
    gone = [];
    let problem: string | undefined;
    // One folder that cannot be written is no reason to leave the others as they are.
    const attempt = async (work: Promise<void>, folder: GuestFolder): Promise<void> => {
      try {
        await work;
      } catch (cause) {
        folder.forget();
        problem ??= cause instanceof Error ? cause.message : String(cause);
      }
    };
    for (const folder of left) await attempt(folder.remove(), folder);
    for (const { folder, feed } of feeds()) await attempt(folder.write(feed), folder);
    if (problem !== undefined && !failing) onProblem(problem);
    if (problem === undefined && failing) onProblem(undefined);
    failing = problem !== undefined;
  };
  const run = async (): Promise<void> => {
    while (asked) {
      asked = false;
      await turn();
    }
    running = undefined;
  };
  return {
    write: (ended) => {
      gone.push(...ended);
      asked = true;
      running ??= run();
    },
    settled: async () => {
      await running;
    },
  };
};
