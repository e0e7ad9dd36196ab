import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withArchive } from '../../src/history/archive.ts';
import { type HistoryDeps, historyOptions, openHistory } from '../../src/history/index.ts';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
} from '../../src/model/history.ts';
import { HOUR } from '../../src/model/usage.ts';
import { openArchive } from '../../src/store/archive.ts';
import { readUsageHours, readUsageSpan } from '../../src/store/index.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { seconds } from '../../src/units.ts';
import { prometheusStart, victoriaStart } from '../fixtures/history-engines.ts';
import {
  cpuOf,
  FLEET,
  FLEET_END,
  FLEET_START,
  fleetCsv,
  fleetHours,
  fleetText,
  truthOf,
} from '../fixtures/history-fleet.ts';
import { memoryHistory } from '../fixtures/memory-history.ts';

interface Subject {
  readonly name: string;
  /** Hosts of the fleet that it holds. */
  readonly hosts: readonly string[];
  readonly open: () => Promise<{ readonly engine: HistoryEngine; readonly close: () => Promise<void> }>;
}

const NO_LOCAL: HistoryDeps = {
  local: () => Promise.reject(new Error('no local history was asked for')),
  now: () => FLEET_END + 30 * 86_400,
};
const ALL = FLEET.map(({ name }) => name);

const local: Subject = {
  name: 'hours of an agent',
  hosts: ['away'],
  open: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-history-'));
    const opened = await openSqliteStore(dir);
    if (!opened.found) throw new Error(opened.reason);
    const store = opened.value;
    store.save(
      {
        ...{ bootId: 'b', savedAt: seconds(1), wall: FLEET_END * 1000, counters: new Map(), engine: null },
        version: 1,
      },
      fleetHours(FLEET[0]!),
      [],
    );
    const engine = await openHistory(historyOptions.parse({}), {
      local: async () => ({
        ...{ where: dir, host: 'away', labels: { pool: 'p60' }, inventory: 'i' },
        readHours: (from, to) => readUsageHours(dir, from, to),
        readSpan: () => readUsageSpan(dir),
      }),
    });
    return {
      engine,
      close: async () => {
        await engine.close();
        store.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

const csv = (order: 'time' | 'host'): Subject => ({
  name: `CSV in order of ${order}`,
  hosts: ALL,
  open: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-history-'));
    const path = join(dir, 'fleet.csv');
    writeFileSync(path, fleetCsv(order));
    const engine = await openHistory(historyOptions.parse({ csv: { path, interval: 60 } }), NO_LOCAL);
    return {
      engine,
      close: async () => {
        await engine.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
});

/** Filled once from a table; the table is gone when it is asked. */
const archive: Subject = {
  name: 'the archive of a fleet',
  hosts: ALL,
  open: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'negawatt-history-'));
    const path = join(dir, 'fleet.csv');
    writeFileSync(path, fleetCsv());
    const table = await openHistory(historyOptions.parse({ csv: { path, interval: 60 } }), NO_LOCAL);
    const complete = FLEET_END + 30 * 86_400;
    const filling = withArchive(table, { days: await openArchive(dir), complete });
    for (const step of [HOUR, 6 * HOUR, 24 * HOUR])
      for (const hosts of [ALL, ['nobody', ALL[0]!]])
        await filling.fill({
          ...{ window: { from: FLEET_START, to: FLEET_END }, step, hosts, work: [{ unit: 'request' }] },
          ...{ drivers: [], guards: [] },
        });
    await filling.close();
    const empty = memoryHistory({ from: FLEET_START, hosts: [] });
    const gone = { ...empty, about: table.about, list: async () => [], span: async () => undefined };
    const engine = withArchive(gone, { days: await openArchive(dir), complete });
    return {
      engine,
      close: async () => {
        await engine.close();
        rmSync(dir, { recursive: true });
      },
    };
  },
};

const starts = [
  ['Prometheus', prometheusStart()],
  ['VictoriaMetrics', victoriaStart()],
] as const;
const engines = starts.flatMap(([name, start]): Subject[] =>
  start === undefined
    ? []
    : [
        {
          name,
          hosts: ALL,
          open: async () => {
            const server = await start(fleetText);
            const engine = await openHistory(
              historyOptions.parse({ prometheus: { url: server.url, replica_label: 'replica' } }),
              NO_LOCAL,
            );
            return {
              engine,
              close: async () => {
                await engine.close();
                await server.close();
              },
            };
          },
        },
      ],
);

const all = async (chunks: AsyncIterable<HistoryChunk>): Promise<readonly HistoryChunk[]> => {
  const read: HistoryChunk[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return read;
};

describe.each([local, csv('time'), csv('host'), archive, ...engines])(
  'the past from $name',
  ({ hosts, open }) => {
    let engine: HistoryEngine;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ engine, close } = await open());
    }, 120_000);
    afterAll(() => close?.());

    const request = (from: number, to: number, step = HOUR): HistoryRequest => ({
      ...{ window: { from, to }, step, hosts, work: [{ unit: 'request' }], drivers: [], guards: [] },
    });
    const whole = (): Promise<readonly HistoryChunk[]> => all(engine.read(request(FLEET_START, FLEET_END)));

    it('comes in order, at most a day at a time and without holes', async () => {
      const chunks = await all(engine.read(request(FLEET_START - 6 * HOUR, FLEET_END + 3 * HOUR)));
      expect(chunks.map(({ from, length }) => [(from - FLEET_START) / HOUR, length])).toEqual([
        [-6, 6],
        [0, 24],
        [24, 24],
        [48, 3],
      ]);
      for (const { hosts: own, length } of chunks)
        for (const { host, energy, coverage } of own) {
          expect(hosts).toContain(host);
          expect([energy.length, coverage.length]).toEqual([length, length]);
        }
    });

    it.each([HOUR, 6 * HOUR, 24 * HOUR])(
      'gives each host the energy, coverage, work and time of each interval of %i s, and no more',
      async (step) => {
        for (const chunk of await all(engine.read(request(FLEET_START, FLEET_END, step)))) {
          expect(chunk.hosts.map(({ host }) => host)).toEqual(hosts);
          for (const own of chunk.hosts) {
            const host = FLEET.find(({ name }) => name === own.host)!;
            for (let at = 0; at < chunk.length; at += 1) {
              const truth = truthOf(host, chunk.from + at * step, step);
              const where = `${own.host} at hour ${(chunk.from - FLEET_START + at * step) / HOUR}`;
              if (truth.coverage === 0) {
                expect([own.energy[at], own.coverage[at]], where).toEqual([Number.NaN, 0]);
                continue;
              }
              expect(own.energy[at]! / truth.energy, where).toBeCloseTo(1, 6);
              expect(own.coverage[at], where).toBeCloseTo(truth.coverage, 6);
              expect((own.work[0]?.[at] ?? 0) / truth.work, where).toBeCloseTo(1, 6);
              expect(own.poweredOn[at], where).toBeCloseTo(truth.poweredOn, 3);
              if (step === HOUR)
                expect(own.cpu[at], where).toBeCloseTo(cpuOf(host, chunk.from + at * step + 60), 6);
            }
          }
        }
      },
    );

    it('sums the work of the scope over the hosts that are known', async () => {
      for (const chunk of await whole())
        for (let at = 0; at < chunk.length; at += 1) {
          const known = FLEET.filter(({ name }) => hosts.includes(name))
            .map((host) => truthOf(host, chunk.from + at * HOUR, HOUR).work)
            .filter((work) => !Number.isNaN(work));
          const sum = known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0);
          if (Number.isNaN(sum)) expect(chunk.work[0]?.[at]).toBeNaN();
          else expect(chunk.work[0]?.[at]).toBeCloseTo(sum, 3);
        }
    });

    it('says where the factors are from, or nothing', async () => {
      for (const { factors = [] } of await whole())
        expect(factors).toEqual(
          engine.about.engine === 'prometheus'
            ? [{ provider: 'table', signal: 'average', basis: 'direct', gases: 'CO2e' }]
            : [],
        );
    });

    it('gives the same figures however the window is cut', async () => {
      const chunks = await whole();
      const columns = (parts: readonly HistoryChunk[], name: string) =>
        parts.flatMap((chunk) => {
          const own = chunk.hosts.find(({ host }) => host === name)!;
          return [...own.energy].map((energy, at) =>
            [
              ...[energy, own.coverage[at], own.work[0]?.[at], own.poweredOn[at], own.cpu[at]],
              ...[chunk.work[0]?.[at], chunk.grid[at], chunk.pue[at]],
              // Engines add up in any order.
            ].map((value) => Number(value?.toPrecision(12))),
          );
        });
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 47 }), { maxLength: 3 }), async (cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), 48].map((hour) => FLEET_START + hour * HOUR);
          const parts: HistoryChunk[] = [];
          for (const [at, from] of edges.slice(0, -1).entries())
            parts.push(...(await all(engine.read(request(from, edges[at + 1]!)))));
          for (const name of hosts) expect(columns(parts, name)).toEqual(columns(chunks, name));
        }),
        { numRuns: 8 },
      );
    }, 60_000);

    it('answers for a host that it does not know with nothing known, never with 0', async () => {
      const [chunk] = await all(
        engine.read({ ...request(FLEET_START, FLEET_START + 86_400), hosts: ['nobody', hosts[0]!] }),
      );
      const [nobody, somebody] = chunk!.hosts;
      expect(nobody?.host).toBe('nobody');
      expect([...nobody!.energy].every(Number.isNaN)).toBe(true);
      expect([...nobody!.coverage].every((share) => share === 0)).toBe(true);
      expect([...nobody!.poweredOn].every(Number.isNaN)).toBe(true);
      expect(nobody).toMatchObject({ quality: undefined, meter: '', inventory: '' });
      expect([...somebody!.energy].some((energy) => energy > 0)).toBe(true);
    });

    it('lists the hosts that were there in the window, by name', async () => {
      const window = { from: FLEET_START, to: FLEET_END };
      expect((await engine.list({}, window)).map(({ host }) => host)).toEqual(hosts);
      expect((await engine.list({ hosts: [hosts[0]!, 'nobody'] }, window)).map(({ host }) => host)).toEqual([
        hosts[0],
      ]);
      expect(
        await engine.list({}, { from: FLEET_START - 40 * 86_400, to: FLEET_START - 39 * 86_400 }),
      ).toEqual([]);
    });

    it('says since when and until when there is energy, to some minutes', async () => {
      const span = await engine.span({});
      expect(Math.abs(span!.from - FLEET_START)).toBeLessThanOrEqual(300);
      expect(Math.abs(span!.to - FLEET_END)).toBeLessThanOrEqual(300);
      expect(await engine.span({ hosts: ['nobody'] })).toBeUndefined();
    });

    it('refuses a step that does not divide a day and a window beside the hours, and says what to ask for', async () => {
      for (const wrong of [request(FLEET_START, FLEET_END, 7000), request(FLEET_START + 60, FLEET_END)]) {
        const refused = await all(engine.read(wrong)).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(HistoryError);
        expect((refused as HistoryError).fix).not.toBe('');
      }
    });
  },
);
