import { describe, expect, it } from 'vitest';
import { openLocalHistory } from '../../../src/history/local.ts';
import { absent, found } from '../../../src/model/found.ts';
import { type HistoryChunk, HistoryError, type HistoryRequest } from '../../../src/model/history.ts';
import type { Usage } from '../../../src/model/usage.ts';
import { seconds } from '../../../src/units.ts';
import { hourRecord, hourRow } from '../../fixtures/usage.ts';

const DAY = Date.UTC(2026, 0, 5) / 1000;
const request: HistoryRequest = {
  ...{
    window: { from: DAY, to: DAY + 4 * 3600 },
    step: 3600,
    hosts: ['web'],
    work: [],
    drivers: [],
    guards: [],
  },
};
const engineOf = (rows: readonly Usage[]) =>
  openLocalHistory({
    ...{ where: '/state', host: 'web', labels: { pool: 'a' }, inventory: 'abc' },
    readHours: async (from, to) => found(rows.filter(({ start }) => start >= from && start < to)),
    readSpan: async () => found(undefined),
  });
const read = async (rows: readonly Usage[], more: Partial<HistoryRequest> = {}): Promise<HistoryChunk> => {
  for await (const chunk of engineOf(rows).read({ ...request, ...more })) return chunk;
  throw new Error('no chunk');
};
const hour = (at: number, energy: number, more: Partial<Usage> = {}): Usage => ({
  ...hourRow(DAY + at * 3600, 'DE', energy, 'measured'),
  covered: seconds(3600),
  ...more,
});

describe('the history of this host', () => {
  it('says where factors are from, and nothing of records that do not', async () => {
    const text = (provider: string, basis: string) =>
      JSON.stringify({ id: provider, provider, row: { basis } });
    const by = (factor: string): Partial<Usage> => ({
      record: hourRecord(300, { factor, gramsPerJoule: 1e-4, pue: 1, price: 0 }),
    });
    const chunk = await read([
      hour(0, 300, by(text('umweltbundesamt', 'direct'))),
      hour(1, 300, by(text('someone', 'marginal'))),
      hour(2, 300, by(text('umweltbundesamt', 'direct'))),
      hour(3, 300, by('old')),
    ]);
    expect(chunk.factors).toEqual([
      { provider: 'someone', signal: 'marginal', basis: 'marginal' },
      { provider: 'umweltbundesamt', signal: 'average', basis: 'direct' },
    ]);
  });

  it('adds up the zones of an hour, and takes factor and PUE from how it was booked', async () => {
    const booked = (energy: number, zone: string, gPerKWh: number, pue: number): Partial<Usage> => ({
      gridZone: zone,
      record: hourRecord(energy, { factor: zone, gramsPerJoule: gPerKWh / 3.6e6, pue, price: 0 }),
    });
    const chunk = await read([
      hour(0, 300, { covered: seconds(900), meter: 'rapl', ...booked(300, 'DE', 400, 1.5) }),
      hour(0, 900, {
        covered: seconds(1800),
        meter: 'ipmi',
        quality: 'estimated',
        ...booked(900, 'FR', 40, 1.1),
      }),
    ]);
    const [own] = chunk.hosts;
    expect(own!.energy[0]).toBe(1200);
    expect(own!.coverage[0]).toBe(0.75);
    expect(own).toMatchObject({ quality: 'estimated', meter: 'ipmi+rapl', inventory: 'abc' });
    // (450 J x 400 + 990 J x 40) / 1,440 J, and (1,200 + 150 + 90) / 1,200.
    expect(chunk.grid[0]).toBeCloseTo(152.5, 9);
    expect(chunk.pue[0]).toBeCloseTo(1.2, 9);
    expect([chunk.grid[1], chunk.pue[1], own!.energy[1]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('does not believe an hour that does not say of which time it is', async () => {
    const { covered, ...old } = hour(0, 500);
    const [own] = (await read([old])).hosts;
    expect([own!.energy[0], own!.coverage[0]]).toEqual([Number.NaN, 0]);
  });

  it('knows utilisation and time powered on of an hour without a meter', async () => {
    const time = { quality: undefined, covered: undefined, poweredOn: seconds(3600) };
    const busy = {
      cpuBusy: seconds(720),
      cpuAvailable: seconds(7200),
      gpuBusy: seconds(900),
      gpuAvailable: seconds(3600),
    };
    const [own] = (await read([hour(1, 0, { ...time, ...busy })])).hosts;
    expect([own!.energy[1], own!.poweredOn[1], own!.cpu[1], own!.gpu[1]]).toEqual([
      Number.NaN,
      3600,
      0.1,
      0.25,
    ]);
  });

  it('counts work by unit, of the host or of one class, and none where nobody was heard', async () => {
    const chunk = await read(
      [
        hour(0, 1, { work: new Map([['request', 0]]) }),
        hour(1, 1, { work: new Map([['request', 9]]) }),
        hour(1, 1, { scope: 'class', name: 'batch', work: new Map([['request', 4]]) }),
        hour(2, 1),
      ],
      { work: [{ unit: 'request' }, { unit: 'request', workloadClass: 'batch' }] },
    );
    expect([...chunk.work[0]!]).toEqual([0, 9, Number.NaN, Number.NaN]);
    expect([...chunk.work[1]!]).toEqual([Number.NaN, 4, Number.NaN, Number.NaN]);
    expect(chunk.hosts[0]!.energy[1]).toBe(1);
  });

  it('opens its file twice for four weeks, and gives day for day the same', async () => {
    const rows = Array.from({ length: 28 * 24 }, (_, at) => hour(at, at + 1));
    const window = { from: DAY, to: DAY + 28 * 86_400 };
    const asked: (readonly [number, number])[] = [];
    const engine = openLocalHistory({
      ...{ where: '/state', host: 'web', labels: {}, inventory: '' },
      readHours: async (from, to) => {
        asked.push([from, to]);
        return found(rows.filter(({ start }) => start >= from && start < to));
      },
      readSpan: async () => found(undefined),
    });
    const energy: number[] = [];
    let chunks = 0;
    for await (const chunk of engine.read({ ...request, window })) {
      energy.push(...chunk.hosts[0]!.energy);
      chunks += 1;
    }
    expect([chunks, asked]).toEqual([
      28,
      [
        [DAY, DAY + 14 * 86_400],
        [DAY + 14 * 86_400, window.to],
      ],
    ]);
    expect(energy).toEqual(rows.map((_, at) => at + 1));
  });

  it('is asked by its name or its labels, and is nobody else', async () => {
    const engine = engineOf([hour(0, 1)]);
    const names = async (selector: object) =>
      (await engine.list(selector, request.window)).map(({ host }) => host);
    expect(await names({})).toEqual(['web']);
    expect(await names({ match: { pool: 'a' } })).toEqual(['web']);
    expect(await names({ match: { pool: 'b' } })).toEqual([]);
    expect(await names({ hosts: ['db'] })).toEqual([]);
  });

  it.each([
    ['a step below the hours that it keeps', { step: 900 }, /kept by the hour/],
    [
      'a query',
      { work: [{ unit: 'request', query: 'sum(x)' }] },
      /answers no queries, such as that of request: sum\(x\)/,
    ],
    ['a guard', { guards: [{ name: 'p99', query: 'y' }] }, /answers no queries/],
  ])('refuses %s, and says where to ask', async (_, more, message) => {
    const error = await read([], more).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HistoryError);
    expect((error as HistoryError).message).toMatch(message);
    expect((error as HistoryError).fix).toMatch(/--prometheus/);
  });

  it('says what to do where the state cannot be read', async () => {
    const none = absent('no state.db is in /state', 'run the agent');
    const engine = openLocalHistory({
      ...{ where: '/state', host: 'web', labels: {}, inventory: '' },
      readHours: async () => none,
      readSpan: async () => none,
    });
    await expect(engine.span({})).rejects.toMatchObject({ message: /no state.db/, fix: 'run the agent' });
    await expect(engine.list({}, request.window)).rejects.toBeInstanceOf(HistoryError);
  });
});
