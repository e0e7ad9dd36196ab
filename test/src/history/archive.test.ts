import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { besideArchive, LOOK_BACK, withArchive } from '../../../src/history/archive.ts';
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

  const DAY = 24 * HOUR;
  const told = async (from: HistoryEngine): Promise<readonly number[]> => {
    const energy: number[] = [];
    for await (const { hosts } of from.read(REQUEST)) energy.push(hosts[0]?.energy[0] ?? Number.NaN);
    return energy;
  };
  /** Kept at a time by the service, and what it was told of. @param complete seconds since 1970 UTC. */
  const kept = async (from: HistoryEngine, complete: number): Promise<readonly (readonly number[])[]> => {
    const restated: (readonly number[])[] = [];
    const days = await openArchive(directory);
    const onRestated = (count: number, day: number) => restated.push([count, (day - MONDAY) / DAY]);
    const archive = withArchive(from, { days, complete, onRestated });
    await archive.fill(REQUEST);
    await archive.close();
    return restated;
  };
  const beside = async (from: HistoryEngine, complete: number): Promise<readonly number[]> => {
    const archive = besideArchive(from, { days: await openArchive(directory, { isReader: true }), complete });
    const energy = await told(archive);
    await archive.close();
    return energy;
  };

  it('takes what the engine restates of a day that is open, says so, and never of one that is closed', async () => {
    const firstClosed = MONDAY + DAY + LOOK_BACK;
    expect(await kept(engine(1000), MONDAY + 2 * DAY)).toEqual([]);
    expect(await kept(engine(900), firstClosed - HOUR)).toEqual([
      [24, 0],
      [24, 1],
    ]);
    // The first day is closed with what it reads now; from then on only the second can change.
    expect(await kept(engine(800), firstClosed)).toEqual([
      [24, 0],
      [24, 1],
    ]);
    expect(await kept(engine(700), firstClosed)).toEqual([[24, 1]]);
    expect(await kept(engine(600), firstClosed + 9 * DAY)).toEqual([[24, 1]]);
    expect(await kept(engine(500), firstClosed + 9 * DAY)).toEqual([]);
    expect(await beside(engine(400), firstClosed + 9 * DAY)).toEqual([800, 600]);
  });

  it('keeps of an open day what the engine has lost of it since', async () => {
    await kept(engine(1000), MONDAY + 2 * DAY);
    const half = new Float64Array(48).fill(Number.NaN).fill(900, 12, 24);
    const restarted = memoryHistory({ from: MONDAY, hosts: [{ host: 'a', energy: half }] });
    expect(await kept(restarted, MONDAY + 2 * DAY + HOUR)).toEqual([[12, 0]]);
    expect(await beside(engine(Number.NaN), MONDAY + 2 * DAY + HOUR)).toEqual([1000, 1000]);
  });

  it('is read beside its service: open days as the engine says now, forgotten ones as they were kept', async () => {
    await kept(engine(1000), MONDAY + DAY + LOOK_BACK);
    expect(await beside(engine(900), MONDAY + DAY + LOOK_BACK), 'the second day is open').toEqual([
      1000, 900,
    ]);
    expect(await beside(engine(Number.NaN), MONDAY + DAY + LOOK_BACK)).toEqual([1000, 1000]);
    // Nothing of that was kept.
    expect(await kept(engine(1000), MONDAY + DAY + LOOK_BACK)).toEqual([]);
  });

  it('asks the engine once for all days that are not kept, and knows hosts that it has forgotten', async () => {
    const asked: number[] = [];
    const other = { ...REQUEST, hosts: ['a', 'b'] };
    const whole = memoryHistory({
      from: MONDAY,
      hosts: ['a', 'b'].map((host) => ({ host, energy: new Float64Array(48).fill(5) })),
    });
    await kept(engine(1000), MONDAY + 10 * DAY);
    const counting: HistoryEngine = {
      ...{ about: whole.about, list: async () => [{ host: 'b', labels: {} }], close: async () => {} },
      read: (request) => {
        asked.push(request.window.from, request.window.to);
        return whole.read(request);
      },
      span: async () => undefined,
    };
    const days = await openArchive(directory, { isReader: true });
    const archive = besideArchive(counting, { days, complete: MONDAY + 10 * DAY });
    const energies: unknown[] = [];
    for await (const { hosts } of archive.read(other)) energies.push(hosts.map(({ energy }) => energy[0]));
    expect(energies, 'closed days of a, and b from the engine').toEqual([
      [1000, 5],
      [1000, 5],
    ]);
    expect(asked).toEqual([REQUEST.window.from, REQUEST.window.to]);
    expect(await archive.list({}, REQUEST.window)).toEqual([
      { host: 'a', labels: {}, isForgotten: true },
      { host: 'b', labels: {} },
    ]);
    expect(await archive.span({})).toEqual(REQUEST.window);
    await archive.close();
  });
});
