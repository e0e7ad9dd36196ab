import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withArchive } from '../../../src/history/archive.ts';
import type {
  FactorOrigin,
  HistoryChunk,
  HistoryEngine,
  HistoryRequest,
} from '../../../src/model/history.ts';
import { openArchive } from '../../../src/store/archive.ts';
import { MONDAY } from '../../fixtures/measure-plan.ts';
import { memoryHistory } from '../../fixtures/memory-history.ts';

const HOUR = 3600;
const MARGINAL: FactorOrigin = { provider: 'watttime', signal: 'marginal' };
const engine = (energy: number): HistoryEngine =>
  memoryHistory({
    from: MONDAY,
    hosts: [{ host: 'a', energy: new Float64Array(48).fill(energy), work: [new Float64Array(48).fill(7)] }],
    grid: new Float64Array(48).fill(300),
    factors: () => [MARGINAL],
  });
const REQUEST: HistoryRequest = {
  ...{ window: { from: MONDAY, to: MONDAY + 48 * HOUR }, step: HOUR, hosts: ['a'] },
  ...{ work: [{ unit: 'orders' }], drivers: [], guards: [] },
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-archive-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = async (from: HistoryEngine): Promise<readonly HistoryChunk[]> => {
  const days = await openArchive(directory);
  const archive = withArchive(from, { days, complete: MONDAY + 10 * 24 * HOUR });
  const chunks: HistoryChunk[] = [];
  for await (const chunk of archive.read(REQUEST)) chunks.push(chunk);
  await archive.close();
  return chunks;
};

describe('a history with an archive', () => {
  it('says after the engine has forgotten what that had said, with where the factors are from', async () => {
    const first = await read(engine(1000));
    const forgotten = await read(engine(Number.NaN));
    expect(forgotten).toEqual(first);
    expect(forgotten.map(({ factors, grid }) => [factors, grid[0]])).toEqual([
      [[MARGINAL], 300],
      [[MARGINAL], 300],
    ]);
  });
});
