import { crc32 } from 'node:zlib';
import type { PersistedState } from '../model/state.ts';

/**
 * CRC-32 of a state and its counters, in whatever order they are read: SQLite's pages carry no checksum, and a bit that
 * flips in a counter makes a figure that looks like any other.
 *
 * @param engine its JSON, as it stands in the file.
 */
export const checksumOf = (state: Omit<PersistedState, 'engine'>, engine: string): number => {
  const { bootId, savedAt, wall, version, counters } = state;
  let sum = crc32(`${bootId}\n${savedAt}\n${wall}\n${version}\n${engine}`);
  for (const [series, value] of counters) sum ^= crc32(`${series}\n${value}`);
  return sum >>> 0;
};
