import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepPast, withKeptPast } from '../../../src/history/kept-past.ts';
import type { HistoryEngine, HistoryRequest } from '../../../src/model/history.ts';
import { MONDAY } from '../../fixtures/measure-plan.ts';
import { memoryHistory } from '../../fixtures/memory-history.ts';

const HOUR = 3600;
const HOURS = 96;
const numbers = (seed: number) => Array.from({ length: HOURS }, (_, at) => 1000 + Math.sin(at * seed) / 3);
const engineOf = (shift = 0): HistoryEngine =>
  memoryHistory({
    from: MONDAY,
    hosts: ['a', 'b', 'c'].map((host, at) => ({
      host,
      energy: numbers(at + 1 + shift),
      work: [numbers(at + 11 + shift), numbers(at + 21 + shift)],
    })),
    grid: numbers(31 + shift),
    pue: numbers(41 + shift),
  });
const requestOf = (from: number, to: number, more: Partial<HistoryRequest> = {}): HistoryRequest => ({
  window: { from: MONDAY + from * HOUR, to: MONDAY + to * HOUR },
  step: HOUR,
  hosts: ['a', 'b', 'c'],
  work: [{ unit: 'orders' }, { unit: 'tokens' }],
  ...{ drivers: [], guards: [] },
  ...more,
});
const WHOLE = requestOf(24, 72);

/** By interval: hosts' energy and work, and the conditions. */
const rowsOf = async (engine: HistoryEngine, request: HistoryRequest) => {
  const rows: unknown[] = [];
  for await (const chunk of engine.read(request))
    for (let i = 0; i < chunk.length; i += 1)
      rows.push([
        chunk.from + i * chunk.step,
        ...chunk.hosts.map(({ host, energy, work }) => [host, energy[i], ...work.map((one) => one[i])]),
        ...[chunk.grid[i], chunk.pue[i], ...chunk.work.map((one) => one[i])],
      ]);
  return rows;
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-past-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a past that was kept', () => {
  it('answers any part of it as the engine did then, and what lies beside it as the engine does now', async () => {
    const dir = join(directory, 'past');
    const index = await keepPast(engineOf(), WHOLE, dir);
    const restated = withKeptPast(engineOf(0.5), index, dir);
    const [then, now] = [engineOf(), engineOf(0.5)];
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: HOURS }), { minLength: 2, maxLength: 2 }),
        fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 1 }),
        async (edges, hosts) => {
          const [from = 0, to = 1] = edges.toSorted((a, b) => a - b);
          const request = requestOf(from, to, { hosts });
          const isPast = (row: unknown): boolean => {
            const hour = ((row as readonly number[])[0] as number) / HOUR - MONDAY / HOUR;
            return hour >= 24 && hour < 72;
          };
          const expected = [
            ...(await rowsOf(then, request)).filter(isPast),
            ...(await rowsOf(now, request)).filter((row) => !isPast(row)),
          ].sort((a, b) => Number((a as number[])[0]) - Number((b as number[])[0]));
          // Grid and PUE of fewer hosts than were kept are what the engine says of them now.
          const isAll = hosts.length === 3;
          const [grid, pue] = [hosts.length + 1, hosts.length + 2];
          const ofPast = (rows: readonly unknown[]) =>
            rows.map((row) =>
              (row as unknown[])
                .filter((_, at) => isAll || (at !== grid && at !== pue))
                // Sums over hosts in another order differ by rounding.
                .map((value) => (typeof value === 'number' ? Number(value.toPrecision(13)) : value)),
            );
          expect(ofPast(await rowsOf(restated, request))).toEqual(ofPast(expected));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tells of fewer hosts what is of them: neither grid nor work of hosts that are not asked for', async () => {
    const dir = join(directory, 'past');
    const perHost = [100, 500, 900];
    // As an engine does it: the factor is weighted by energy, a query of $hosts counts the hosts that are asked for.
    const ofHosts: HistoryEngine = {
      ...engineOf(),
      async *read(request) {
        for await (const chunk of engineOf().read(request)) {
          const known = request.hosts.map((host) => perHost['abc'.indexOf(host)] ?? 0);
          const sum = known.reduce((all, one) => all + one, 0);
          const column = (value: number) => new Float64Array(chunk.length).fill(value);
          yield {
            ...chunk,
            hosts: chunk.hosts.map((host) => ({ ...host, work: [] })),
            work: [column(sum), column(7)],
            grid: column(sum / known.length),
            factors: [{ provider: request.hosts.join('+'), signal: 'average' }],
          };
        }
      },
    };
    const work = [
      { unit: 'asked', query: 'sum(x{$hosts})' },
      { unit: 'all', query: 'sum(x)' },
    ];
    const whole = { ...WHOLE, work };
    const kept = withKeptPast(ofHosts, await keepPast(ofHosts, whole, dir), dir);
    for (const hosts of [['a'], ['b', 'c'], ['a', 'b', 'c']]) {
      const request = { ...requestOf(30, 60, { hosts }), work };
      expect(await rowsOf(kept, request)).toEqual(await rowsOf(ofHosts, request));
      for await (const { factors } of kept.read(request))
        expect(factors).toEqual([{ provider: hosts.join('+'), signal: 'average' }]);
    }
  });

  it('gives terms in the order in which they are asked for', async () => {
    const dir = join(directory, 'past');
    const index = await keepPast(engineOf(), WHOLE, dir);
    const request = requestOf(30, 40, { work: [{ unit: 'tokens' }, { unit: 'orders' }] });
    const kept = withKeptPast(engineOf(0.5), index, dir);
    const first = (await rowsOf(kept, request))[0] as unknown[];
    const [host, energy, orders, tokens] =
      ((await rowsOf(engineOf(), requestOf(30, 31)))[0] as unknown[][])[1] ?? [];
    expect(first[1]).toEqual([host, energy, tokens, orders]);
  });

  it('is asked for nothing that was not kept: other hosts, terms or steps come from the engine', async () => {
    const dir = join(directory, 'past');
    const index = await keepPast(engineOf(), requestOf(24, 72, { hosts: ['a'] }), dir);
    const now = engineOf(0.5);
    const kept = withKeptPast(now, index, dir);
    for (const request of [requestOf(30, 40), requestOf(30, 40, { hosts: ['a'], work: [{ unit: 'jobs' }] })])
      expect(await rowsOf(kept, request)).toEqual(await rowsOf(now, request));
  });

  it('reaches as far back as it was kept, for the hosts that it is of', async () => {
    const dir = join(directory, 'past');
    const index = await keepPast(engineOf(), requestOf(24, 72, { hosts: ['a'] }), dir);
    const later = { from: MONDAY + 80 * HOUR, to: MONDAY + 96 * HOUR };
    const kept = withKeptPast({ ...engineOf(), span: async () => later }, index, dir);
    expect(await kept.span({ hosts: ['a'] })).toEqual({ from: MONDAY + 24 * HOUR, to: later.to });
    expect(await kept.span({ hosts: ['a', 'b'] })).toEqual(later);
    expect(await kept.span({})).toEqual(later);
  });

  it('is kept whole or not at all, and not believed when a file of it was changed', async () => {
    const dir = join(directory, 'past');
    const broken: HistoryEngine = {
      ...engineOf(),
      async *read() {
        yield* [];
        throw new Error('away');
      },
    };
    await expect(keepPast(broken, WHOLE, dir)).rejects.toThrow('away');
    const index = await keepPast(engineOf(), WHOLE, dir);
    expect(Object.keys(index.files).sort()).toEqual(['history.json', 'hosts-01.csv', 'scope-01.csv']);
    writeFileSync(join(dir, 'scope-01.csv'), 'time\n');
    expect(() => withKeptPast(engineOf(), index, dir)).toThrow(
      'scope-01.csv is not what was kept at the start',
    );
    rmSync(join(dir, 'scope-01.csv'));
    expect(() => withKeptPast(engineOf(), index, dir)).toThrow(/scope-01\.csv cannot be read/);
  });
});
