/** How often an engine is asked for days that the archive lacks. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withArchive } from '../../../src/history/archive.ts';
import type { HistoryEngine, HistoryRequest, TimeWindow } from '../../../src/model/history.ts';
import { openArchive } from '../../../src/store/archive.ts';
import { freshDirectory } from '../../fixtures/agent-process.ts';

const DAY = 86_400;
const FIRST = 1_780_272_000;
const at = (day: number): number => FIRST + day * DAY;

let directory: ReturnType<typeof freshDirectory>;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => directory.remove());

/** An engine of one host that uses 100 J an hour; breaks at a day. */
const engineOf = (asked: TimeWindow[], breaksAt = Number.POSITIVE_INFINITY): HistoryEngine => ({
  about: { engine: 'csv', where: 'a', method: 'm', queries: {} },
  list: async () => [],
  span: async () => undefined,
  close: async () => {},
  read: async function* ({ window, hosts, step }) {
    asked.push(window);
    for (let from = window.from; from < window.to; from += DAY) {
      if (from >= breaksAt) throw new Error('broken');
      const length = (Math.min(window.to, from + DAY) - from) / step;
      const column = (value: number) => new Float64Array(length).fill(value);
      yield {
        ...{ from, step, length, work: [], drivers: [], guards: [], grid: column(50), pue: column(1) },
        hosts: hosts.map((host) => ({
          ...{ host, energy: column(100), coverage: column(1), poweredOn: column(3600), cpu: column(0.5) },
          ...{ gpu: column(0), work: [], quality: 'measured' as const, meter: 'rapl', inventory: '' },
        })),
      };
    }
  },
});
const request = (from: number, to: number): HistoryRequest => ({
  ...{ window: { from: at(from), to: at(to) }, step: 3600, hosts: ['a'], work: [], drivers: [], guards: [] },
});
const energyOf = async (engine: HistoryEngine, from: number, to: number): Promise<number> => {
  let sum = 0;
  for await (const chunk of engine.read(request(from, to)))
    for (const value of chunk.hosts[0]?.energy ?? []) sum += value;
  return sum;
};
const opened = async (engine: HistoryEngine) =>
  withArchive(engine, { days: await openArchive(directory.path), complete: at(100) });

it('asks once for all days that are missing one after the other, and never for those that are kept', async () => {
  const asked: TimeWindow[] = [];
  const archive = await opened(engineOf(asked));
  await archive.fill(request(10, 12));
  await archive.fill(request(0, 30));
  expect(asked).toEqual([request(10, 12), request(0, 10), request(12, 30)].map(({ window }) => window));
  expect(await energyOf(archive, 0, 30)).toBe(30 * 24 * 100);
  expect(asked).toHaveLength(3);
  await archive.close();
});

it('keeps the days that came before an engine broke off', async () => {
  const asked: TimeWindow[] = [];
  const broken = await opened(engineOf(asked, at(7)));
  await expect(broken.fill(request(0, 30))).rejects.toThrow('broken');
  await broken.close();
  const mended = await opened(engineOf(asked));
  await mended.fill(request(0, 30));
  // The day before the break is whole only when the next one comes.
  expect(asked.at(-1)).toEqual(request(6, 30).window);
  expect(await energyOf(mended, 0, 30)).toBe(30 * 24 * 100);
  await mended.close();
});
