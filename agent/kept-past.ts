import { type HistoryEngine, openComparing } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { stateDirectoryOf } from './state.ts';

/**
 * A history whose time before the start of a measure is the one that was kept with its frozen baseline, where it was
 * kept from this very history: a command by hand then says what the agent says. Throws HistoryError where it was changed.
 */
export const withPastOf = async (
  engine: HistoryEngine,
  { config }: Loaded,
  measure: string | undefined,
): Promise<HistoryEngine> => {
  const dir = stateDirectoryOf(config);
  // Any other word is no name of a measure, which is told later on.
  if (measure === undefined || dir === undefined || !config.measures.some(({ name }) => name === measure))
    return engine;
  const { openRecorded, pastDirectory, readStanding, withKeptPast } = await openComparing();
  const standing = readStanding(dir, measure);
  if (!standing.found || standing.value.past === undefined) return engine;
  const directory = pastDirectory(dir, measure);
  const kept = withKeptPast(engine, standing.value.past, directory);
  const { engine: name, where } = openRecorded(directory).about;
  return name === engine.about.engine && where === engine.about.where ? kept : engine;
};
