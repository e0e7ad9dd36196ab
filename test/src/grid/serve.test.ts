import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGridEntries } from '../../../src/grid/index.ts';
import { negawattOptions, readDocument } from '../../../src/grid/negawatt.ts';
import { createGridRefresh, type GridRefresh, type Schedule } from '../../../src/grid/refresh.ts';
import { gridDocument } from '../../../src/grid/serve.ts';
import type { GridEntry } from '../../../src/grid/slot.ts';
import type { GridProvider } from '../../../src/model/grid.ts';
import type { GridState } from '../../../src/model/grid-state.ts';
import {
  answer,
  byHand,
  down,
  HOUR,
  MINUTE,
  NOON,
  reading,
  SERIES,
  scripted,
} from '../../fixtures/grid-provider.ts';
import { type GridServer, gridErrorOf, startGrid } from '../../fixtures/grid-server.ts';

let now = NOON;
const opened: GridRefresh[] = [];
const servers: GridServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  now = NOON;
  for (const one of opened.splice(0)) one.close();
  for (const one of servers.splice(0)) await one.close();
});
const host = (provider: GridProvider, name = 'site') => {
  const refresh = createGridRefresh({
    entries: [{ id: 'one', provider }],
    host: name,
    wall: () => now,
    schedule: async () => () => {},
  });
  opened.push(refresh);
  return refresh;
};
const hours = Array.from({ length: 40 }, (_, index) => reading(NOON - (40 - index) * HOUR, 300 + index));
const good = () => ({
  ...answer(...hours),
  forecast: { generatedAt: NOON, readings: [reading(NOON + HOUR, 250, { estimated: true })] },
});
const states = async (provider: GridProvider): Promise<readonly GridState[]> => {
  const refresh = host(provider);
  await refresh.ask();
  return refresh.latest();
};
const options = (more: object = {}) => negawattOptions.parse({ url: 'http://site', zone: 'DE', ...more });

describe('the document of grid data', () => {
  it('has each series with a day of readings, its forecast, its age and its licence', async () => {
    const { json } = gridDocument(await states(scripted(good)), NOON + MINUTE);
    expect(json).toMatchObject({ format: 1, generatedAt: '2026-11-23T12:01:00.000Z', unanswered: 0 });
    const [series] = json.series;
    expect(series).toMatchObject({
      ...{ provider: 'scripted', zone: 'DE', signal: 'average', basis: 'direct', gases: 'CO2', gwp: 'none' },
      ...{ boundary: 'production', source: 'A test', licence: 'CC0-1.0', redistribution: 'see-licence' },
      ...{ intervalSeconds: 3600, fetchedAt: '2026-11-23T12:00:00.000Z', ageSeconds: 0, state: 'fresh' },
    });
    expect(series?.readings).toHaveLength(24);
    expect(series?.readings.at(-1)).toEqual({
      ...{ from: '2026-11-23T11:00:00.000Z', to: '2026-11-23T12:00:00.000Z' },
      ...{ gramsPerKwh: 339, estimated: false },
    });
    expect(series?.forecast?.readings).toHaveLength(1);
    expect(series).not.toHaveProperty('interval');
  });

  it('says where a licence ends at the border of the organisation', async () => {
    const series = { ...SERIES, provider: 'watttime' };
    const { json } = gridDocument(await states(scripted(() => ({ ...good(), series }))), NOON);
    expect(json.series[0]?.redistribution).toBe('own-use');
  });

  it('tells of a provider that does not answer, without losing what is known', async () => {
    const provider = scripted(good);
    const refresh = host(provider);
    await refresh.ask();
    provider.script = down;
    now += 3 * HOUR;
    await refresh.ask();
    const { json } = gridDocument(refresh.latest(), now);
    expect(json.series[0]).toMatchObject({
      ...{ state: 'degraded', ageSeconds: 10_800, error: 'http://grid answers 502' },
      fetchedAt: '2026-11-23T12:00:00.000Z',
    });
  });

  it('has the same ETag as long as nothing new is told, and may be kept until the next question', async () => {
    const refresh = host(scripted(good));
    now += MINUTE * 5;
    await refresh.ask();
    const first = gridDocument(refresh.latest(), now);
    expect(first.maxAge).toBe(300);
    now += 30_000;
    expect(gridDocument(refresh.latest(), now).etag).toBe(first.etag);
    await refresh.ask();
    expect(gridDocument(refresh.latest(), now).etag).not.toBe(first.etag);
    expect(first.etag).toMatch(/^W\/"[\w-]+"$/);
    now = (refresh.latest()[0]?.next ?? 0) - 1000;
    expect(gridDocument(refresh.latest(), now).maxAge).toBe(5);
  });

  it('is read by another agent as it was told', async () => {
    const current = await states(scripted(good));
    const read = readDocument(JSON.stringify(gridDocument(current, NOON).json), options());
    expect(read.series).toEqual(SERIES);
    expect(read.readings).toEqual(hours.slice(-24));
    expect(read.forecast).toEqual(current[0]?.forecast);
  });
});

describe('a host that asks another agent', () => {
  const text = async (provider: GridProvider): Promise<string> =>
    JSON.stringify(gridDocument(await states(provider), NOON).json);
  const refusal = async (body: string, more: object = {}) =>
    gridErrorOf(Promise.resolve().then(() => readDocument(body, options(more))));

  it('is told which zones there are where its own is not among them', async () => {
    const error = await refusal(await text(scripted(good)), { zone: 'FR' });
    expect(error).toMatchObject({
      kind: 'unknown',
      message: 'the other agent has no average series of zone FR',
      fix: expect.stringContaining('DE (average, direct, scripted)'),
    });
  });

  it('waits while the other agent itself waits for its first answer', async () => {
    expect((await refusal(await text(scripted(down)))).kind).toBe('failed');
  });

  it('never chooses among two series of its zone', async () => {
    const one = (await states(scripted(good)))[0]!;
    const lifecycle = { ...one, series: { ...SERIES, basis: 'lifecycle' as const } };
    const body = JSON.stringify(gridDocument([one, lifecycle], NOON).json);
    expect(await refusal(body)).toMatchObject({ kind: 'unknown', fix: expect.stringMatching(/basis/) });
    expect(readDocument(body, options({ basis: 'lifecycle' })).series.basis).toBe('lifecycle');
  });

  it('refuses a document of a later format', async () => {
    const body = (await text(scripted(good))).replace('"format":1', '"format":2');
    expect(await refusal(body)).toMatchObject({ kind: 'failed', fix: expect.stringMatching(/same version/) });
  });

  it('has the age of the data, not that of the answer, through two agents', async () => {
    const upstream = scripted(good);
    const site = host(upstream);
    await site.ask();
    upstream.script = down;
    const server = await startGrid({
      '/api/v1/grid': () => ({ body: gridDocument(site.latest(), now).json }),
    });
    servers.push(server);
    const [entry] = createGridEntries([{ name: 'negawatt', ...options({ url: server.url }) }], {});
    const leaf = host(entry!.provider, 'leaf');
    now = NOON + 90 * MINUTE;
    await site.ask();
    await leaf.ask();
    expect(leaf.latest()[0]).toMatchObject({
      state: 'stale',
      age: 5400,
      fetchedAt: now,
      provider: 'negawatt',
    });
    expect(leaf.latest()[0]?.series).toEqual(SERIES);
  });
});

it('200 hosts over 6 periods cost the provider one question a period', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const upstream = scripted((at) => answer(reading(Math.floor(at / HOUR) * HOUR - HOUR, 300)), 900);
  const [ofSite, ofFleet] = [byHand(), byHand()];
  const start = async (entries: readonly GridEntry[], name: string, schedule: Schedule) => {
    const refresh = createGridRefresh({ entries, host: name, wall: () => now, schedule });
    opened.push(refresh);
    await refresh.start();
    return refresh;
  };
  const site = await start([{ id: 'up', provider: upstream }], 'site', ofSite.schedule);
  await vi.advanceTimersByTimeAsync(10_000);
  const server = await startGrid({ '/api/v1/grid': () => ({ body: gridDocument(site.latest(), now).json }) });
  servers.push(server);
  const entries = () => createGridEntries([{ name: 'negawatt', ...options({ url: server.url }) }], {});
  const fleet = await Promise.all(
    Array.from({ length: 200 }, (_, number) => start(entries(), `node-${number}`, ofFleet.schedule)),
  );
  for (let period = 1; period < 6; period += 1) {
    now += 15 * MINUTE;
    await ofSite.fire();
    await ofFleet.fire();
    for (const one of fleet) {
      expect(one.latest()[0]?.readings).toEqual(site.latest()[0]?.readings);
      expect(one.latest()[0]?.state).toBe('fresh');
    }
  }
  expect(server.asked).toHaveLength(5 * 200);
  expect(upstream.asked).toHaveLength(6);
  // No two ask in one moment: each has a place of its own in a tenth of the period.
  const places = new Set(fleet.map((one) => one.latest()[0]?.next));
  expect(places.size).toBeGreaterThan(25);
});
