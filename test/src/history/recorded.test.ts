/** Evidence: a history that was kept answers what was asked then, number for number, and nothing else. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecorded, recordHistory } from '../../../src/history/recorded.ts';
import type { HistoryChunk, HistoryEngine, HistoryRequest, HostHistory } from '../../../src/model/history.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-recorded-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const request: HistoryRequest = {
  window: { from: 0, to: 4 * 3600 },
  step: 3600,
  hosts: ['a', 'rack "7", left', ' two\nlines '],
  work: [{ unit: 'requests' }],
  drivers: [{ name: 'inlet', query: 'inlet_celsius' }],
  guards: [],
};

const columns = (value: (i: number) => number, length = 2) =>
  Float64Array.from({ length }, (_, i) => value(i));
const host = (name: string, at: number, values: (i: number) => number): HostHistory => ({
  host: name,
  energy: columns(values),
  coverage: columns(() => 1),
  poweredOn: columns((i) => (i === 0 ? Number.NaN : 3600)),
  cpu: columns((i) => 0.1 * (i + at)),
  gpu: columns(() => Number.NaN),
  work: [columns((i) => i * 1.1)],
  quality: at === 0 ? 'measured' : undefined,
  meter: at === 0 ? 'rapl' : '',
  inventory: 'abc',
});
const chunkAt = (from: number, values: (i: number) => number): HistoryChunk => ({
  from,
  step: 3600,
  length: 2,
  hosts: request.hosts.map((name, at) => host(name, at, values)),
  work: [columns((i) => 2.2 * i)],
  drivers: [columns(() => 21.5)],
  guards: [],
  grid: columns(() => 380.123456789),
  pue: columns(() => Number.NaN),
});

const engineOf = (chunks: readonly HistoryChunk[]): HistoryEngine => ({
  about: { engine: 'csv', where: 'fleet.csv', method: 'x', queries: {} },
  list: async () => [{ host: 'a', labels: { pool: 'b' } }],
  read: async function* () {
    yield* chunks;
  },
  span: async () => ({ from: 0, to: 7200 }),
  close: async () => {},
});

const all = async (engine: HistoryEngine, asked = request): Promise<HistoryChunk[]> => {
  const chunks: HistoryChunk[] = [];
  for await (const chunk of engine.read(asked)) chunks.push(chunk);
  return chunks;
};

describe('a history that was kept as evidence', () => {
  it('gives back every number as it was, not known included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 4, maxLength: 4 }), async (values) => {
        rmSync(directory, { recursive: true, force: true });
        const chunks = [0, 7200].map((from, n) => chunkAt(from, (i) => values[2 * n + i] ?? 0));
        const recording = recordHistory(engineOf(chunks), directory);
        expect(await all(recording.engine)).toEqual(chunks);
        const names = Object.keys(recording.finish());
        expect(names.sort()).toEqual(['history.json', 'hosts-01.csv', 'scope-01.csv']);
        expect(await all(openRecorded(directory))).toEqual(chunks);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps what was asked twice once', async () => {
    const recording = recordHistory(engineOf([chunkAt(0, () => 1)]), directory);
    await all(recording.engine);
    await all(recording.engine);
    expect(Object.keys(recording.finish())).toHaveLength(3);
  });

  it('knows the hosts and the span of then, and refuses what was not asked', async () => {
    const recording = recordHistory(engineOf([chunkAt(0, () => 1)]), directory);
    const window = { from: 0, to: 7200 };
    await recording.engine.list({ match: { pool: 'b' } }, window);
    await recording.engine.span({});
    await all(recording.engine);
    recording.finish();
    const again = openRecorded(directory);
    expect(await again.list({ match: { pool: 'b' } }, window)).toEqual([
      { host: 'a', labels: { pool: 'b' } },
    ]);
    expect(await again.span({})).toEqual(window);
    expect(again.about.where).toBe('fleet.csv');
    await expect(again.list({}, window)).rejects.toThrow(/no list of hosts that was asked for/);
    await expect(all(again, { ...request, step: 60 })).rejects.toThrow(/no history of the hosts/);
  });

  it('is refused where a line is missing or is of another host', async () => {
    const recording = recordHistory(engineOf([chunkAt(0, () => 1)]), directory);
    await all(recording.engine);
    recording.finish();
    const file = join(directory, 'hosts-01.csv');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.split('\n').slice(0, 3).join('\n'));
    await expect(all(openRecorded(directory))).rejects.toThrow(/ends too early/);
    writeFileSync(file, text.replace(/,a,/, ',b,'));
    await expect(all(openRecorded(directory))).rejects.toThrow(/a line of a was expected/);
  });

  it('is never mixed with other files', () => {
    appendFileSync(join(directory, 'notes.txt'), 'x');
    expect(() => recordHistory(engineOf([]), directory)).toThrow(/is not empty/);
  });

  it('says where there is none', () => {
    expect(() => openRecorded(directory)).toThrow(/is no evidence that can be read/);
  });
});
