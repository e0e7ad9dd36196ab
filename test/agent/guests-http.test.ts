import { afterEach, expect, it, vi } from 'vitest';
import { guestJson } from '../../src/exporters/guests-json.ts';
import type { GuestFeed } from '../../src/model/guest-feed.ts';
import type { OpenSource, SampleDraft } from '../../src/model/source.ts';
import { systemClock } from '../../src/sources/clock.ts';
import { guestSource } from '../../src/sources/guest.ts';
import { guestOptions } from '../../src/sources/guest-options.ts';
import { ask, type Served, serve } from '../fixtures/http.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const feed = (microjoules: bigint, updated: number): GuestFeed => ({
  id: 'web',
  workload: { id: 'machine.slice/web.scope', kind: 'vm', class: 'unclassified', labels: { name: 'web' } },
  microjoules,
  quality: 'derived',
  source: 'components',
  host: 'node-17',
  updated,
  interval: 5,
});
const serving = async (guests?: () => readonly GuestFeed[]): Promise<Served> => {
  const served = await serve(guests === undefined ? {} : { guests: () => guests().map(guestJson) });
  open.push(served.server);
  return served;
};
const sourceOf = async (url: string) =>
  guestSource(guestOptions.parse({ url }), 5).open({ procfs: '/n', sysfs: '/n', rootfs: '/' }, systemClock);
const draftOf = (source: OpenSource): SampleDraft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft;
};

it('guests are listed with what is handed on to each', async () => {
  const { server } = await serving(() => [feed(12_345_678n, 1_780_000_000_500)]);
  const list = JSON.parse((await ask(server, '/api/v1/guests')).text) as { guests: object[] };
  expect(list.guests).toEqual([
    {
      format: 'negawatt-guest-1',
      id: 'web',
      name: 'web',
      workload: 'machine.slice/web.scope',
      energyMicrojoules: '12345678',
      rangeMicrojoules: '9007199254740991',
      quality: 'derived',
      source: 'components',
      host: 'node-17',
      updated: 1_780_000_000.5,
      interval: 5,
    },
  ]);
  expect(JSON.parse((await ask(server, '/api/v1/guests/web')).text)).toEqual(list.guests[0]);
});

it('a guest that is not there is told which there are, and how to hand on at all', async () => {
  const { server } = await serving(() => [feed(0n, 0)]);
  expect(await ask(server, '/api/v1/guests/nobody')).toMatchObject({
    status: 404,
    text: expect.stringContaining('there are: web'),
  });
  const without = await serving();
  expect(await ask(without.server, '/api/v1/guests/web')).toMatchObject({
    status: 404,
    text: expect.stringContaining('guests.directory'),
  });
  expect((await ask(without.server, '/api/v1/guests')).status).toBe(404);
});

it('a guest reads its energy over HTTP, each update once', async () => {
  let now = feed(1_000_000n, Date.now());
  const { server } = await serving(() => [now]);
  const result = await sourceOf(`${server.url}/api/v1/guests/web`);
  if (!result.found) throw new Error(result.reason);
  const source = result.value;
  open.push(source);
  expect(source.detail).toBe('passed through by the host node-17: derived, from its components');
  expect(draftOf(source).readings).toMatchObject([{ meter: 'guest', microjoules: 1_000_000n }]);
  expect(draftOf(source).readings).toEqual([]);
  now = feed(9_000_000n, now.updated + 5000);
  const readings = await vi.waitFor(() => {
    const { readings } = draftOf(source);
    expect(readings).not.toEqual([]);
    return readings;
  }, 5000);
  expect(readings).toMatchObject([{ meter: 'guest', microjoules: 9_000_000n }]);
});

it('an answer of another program, or one without end, is no meter', async () => {
  const { server } = await serving(() => [feed(0n, Date.now())]);
  const other = await sourceOf(`${server.url}/api/v1/sources`);
  expect(other).toMatchObject({ found: false, reason: expect.stringMatching(/503|format/) });
  const long = await serving(() => Array.from({ length: 1000 }, () => feed(0n, Date.now())));
  expect(await sourceOf(`${long.server.url}/api/v1/guests`)).toMatchObject({
    found: false,
    reason: expect.stringContaining('more than 65536 bytes'),
  });
});

it('an address with a password is none: it would be shown with the configuration', () => {
  const parsed = (url: string) => guestOptions.safeParse({ url }).success;
  expect(parsed('http://me:secret@127.0.0.1:1/api/v1/guests/web')).toBe(false);
  expect(parsed('http://127.0.0.1:1/api/v1/guests/me@web')).toBe(true);
});
