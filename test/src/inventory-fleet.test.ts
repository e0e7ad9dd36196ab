import { expect, it } from 'vitest';
import { readFleet } from '../../src/inventory-fleet.ts';
import { memoryHistory } from '../fixtures/memory-history.ts';

it('whoever waits for a fleet to be read is told how far it is, zone after zone, to the end', async () => {
  const from = Date.UTC(2026, 0) / 1000;
  const energy = new Float64Array(96).fill(3.6e5);
  const held = memoryHistory({ from, hosts: ['a', 'b', 'c'].map((host) => ({ host, energy })) });
  const zones: Record<string, string> = { a: 'DE', b: 'FR', c: 'FR' };
  const engine = {
    ...held,
    list: async () => Object.entries(zones).map(([host, zone]) => ({ host, labels: { zone } })),
  };
  const told: number[] = [];
  await readFleet({
    ...{ engine, year: 2026, now: from + 96 * 3600, zone: undefined, zoneLabel: 'zone' },
    site: { site: 'fleet', tenancy: 'owned' },
    onProgress: (done) => told.push(done),
  });
  // Four days of one host, then four of two.
  expect(told.map((done) => Math.round(done * 12))).toEqual([1, 2, 3, 4, 6, 8, 10, 12]);
});

it('gives a host that an archive alone knows no zone of others, where hosts say theirs by a label', async () => {
  const from = Date.UTC(2026, 0) / 1000;
  const energy = new Float64Array(24).fill(3.6e6);
  const held = memoryHistory({ from, hosts: ['a', 'gone', 'plain'].map((host) => ({ host, energy })) });
  const engine = {
    ...held,
    list: async () => [
      { host: 'a', labels: { zone: 'FR' } },
      { host: 'gone', labels: {}, isForgotten: true },
      { host: 'plain', labels: {} },
    ],
  };
  const asked = {
    engine,
    year: 2026,
    now: from + 24 * 3600,
    site: { site: 'fleet', tenancy: 'owned' },
  } as const;
  const zones = async (zoneLabel: string | undefined) =>
    (await readFleet({ ...asked, zone: 'DE', zoneLabel })).entries.map(({ zone, quantity }) => [
      zone,
      quantity,
    ]);
  expect(await zones('zone')).toEqual([
    ['', 24],
    ['DE', 24],
    ['FR', 24],
  ]);
  expect(await zones(undefined)).toEqual([['DE', 72]]);
});
