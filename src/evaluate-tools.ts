import type { HistoryChunk, HistoryEngine, HistoryRequest } from './model/history.ts';
import type { Hasher } from './savings/input-hash.ts';
import { plausibleHistory } from './savings/plausible.ts';
import type { SideInput } from './savings/sides.ts';

/** What an evaluation is given from outside: it has no clock, no randomness and no hash of its own. */
export interface EvaluationTools {
  readonly engine: HistoryEngine;
  /** A new SHA-256, fed piece by piece. */
  readonly newHash: () => Hasher;
  /** Price of a kWh at an instant, seconds since 1970 UTC. */
  readonly price?: SideInput['price'];
  /** Share of the work that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whoever adds up what is read. */
export interface Reader {
  add(chunk: HistoryChunk): void;
}

/**
 * Reads a window once and hands every chunk to all readers, without what no meter of a running host says. Throws
 * HistoryError, and what the signal was aborted with.
 *
 * @param progress is told the share of the window that was read. @param plausible goes on from an earlier read of the
 * same hosts, so that a later window is judged by what was usual before.
 */
export const readInto = async (
  { engine, signal }: EvaluationTools,
  request: HistoryRequest,
  readers: readonly Reader[],
  progress: (done: number) => void,
  plausible = plausibleHistory(),
): Promise<void> => {
  const { from, to } = request.window;
  for await (const read of engine.read(request, signal)) {
    signal?.throwIfAborted();
    const chunk = plausible(read);
    for (const reader of readers) reader.add(chunk);
    progress(Math.min(1, (chunk.from + chunk.length * chunk.step - from) / Math.max(to - from, 1)));
  }
};
