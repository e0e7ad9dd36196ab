import { type HistoryEngine, openComparing } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { type HistoryFlags, historyOf, inWords, newHash } from './history.ts';
import { checkMeasure, type DetectableBy } from './measure-check.ts';
import { withProgress } from './progress.ts';
import { stateDirectoryOf } from './state.ts';

/** The past that was named; else that of this host's own agent, where it has one. */
const pastOf = async (loaded: Loaded, flags: HistoryFlags): Promise<HistoryEngine | undefined> => {
  const isNamed = flags.prometheus !== undefined || flags.csv !== undefined;
  if (isNamed || loaded.config.history !== undefined) return historyOf(loaded, flags);
  if (stateDirectoryOf(loaded.config) === undefined) return undefined;
  const own = await historyOf(loaded, flags);
  const { HistoryError } = await openComparing();
  const span = await own.span({}).catch((error: unknown) => {
    // A host without an agent: the plan is judged without a past.
    if (error instanceof HistoryError) return undefined;
    throw error;
  });
  if (span !== undefined) return own;
  await own.close();
  return undefined;
};

const detectableBy =
  (isQuiet: boolean): DetectableBy =>
  async (plan, engine, now) =>
    plan.hosts.length === 0
      ? []
      : withProgress(
          `trying ${plan.name} on the past`,
          async (onProgress) =>
            (await openComparing()).detectableRows({ engine, newHash, onProgress }, plan, now),
          { isQuiet },
        );

/** Checks a plan over the past that there is. Throws CommandError where one was named and cannot be read. */
export const checkOverPast = async (
  loaded: Loaded,
  name: string,
  format: string,
  flags: HistoryFlags,
): Promise<void> => {
  const engine = await pastOf(loaded, flags).catch(async (error: unknown) => {
    throw await inWords(error);
  });
  try {
    const past = engine === undefined ? {} : { engine, detectableBy: detectableBy(format === 'json') };
    await checkMeasure({ loaded, name, format, ...past });
  } catch (error) {
    throw await inWords(error);
  } finally {
    await engine?.close();
  }
};
