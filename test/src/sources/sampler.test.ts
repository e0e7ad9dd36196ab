import { afterEach, expect, test, vi } from 'vitest';
import { absent, type Found, found, unreadable } from '../../../src/model/found.ts';
import type { SourceStatus } from '../../../src/model/sample.ts';
import type { OpenSource, Source } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { raplSource } from '../../../src/sources/rapl.ts';
import { createSampler, type Sampler, type SamplerOptions } from '../../../src/sources/sampler.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { laptopRapl } from '../../fixtures/hosts.ts';

const hosts: FakeHost[] = [];
const samplers: Sampler[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const start = async (
  options: Partial<SamplerOptions> & Pick<SamplerOptions, 'sources'>,
): Promise<Sampler> => {
  const sampler = await createSampler({ paths: use(createFakeHost()).paths, clock: fakeClock(), ...options });
  samplers.push(sampler);
  return sampler;
};
/** A source that a test scripts. */
const scripted = (name: string, open: () => Promise<Found<OpenSource>> | Found<OpenSource>): Source => ({
  name,
  summary: name,
  open: async () => open(),
});
const reading = (read: OpenSource['read'], close = () => {}): Found<OpenSource> =>
  found({ detail: 'fine', read, close });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const state = (sampler: Sampler, name: string): string | undefined =>
  sampler.statuses().find(({ source }) => source === name)?.state;

afterEach(() => {
  for (const sampler of samplers.splice(0)) sampler.close();
  for (const host of hosts.splice(0)) host.dispose();
});

test('a sample carries both clocks, the boot and what every source added', async () => {
  const host = use(laptopRapl());
  const sampler = await start({ sources: [raplSource()], paths: host.paths });
  const sample = sampler.sample();
  expect(sample).toMatchObject({
    at: 1000,
    wall: Date.UTC(2026, 0, 1),
    bootId: '11111111-2222-4333-8444-555555555555',
    uptime: 1000,
    sources: [{ source: 'rapl', state: 'up', quality: 'measured' }],
  });
  expect(sample.readings.map(({ meter }) => meter)).toEqual(['package-0', 'core-0', 'uncore-0']);
});

test('one failing source silences none of the others, and what it added before it failed stands', async () => {
  const sampler = await start({
    sources: [
      scripted('first', () =>
        reading((draft) => {
          draft.memory = { total: 1, available: 1 } as never;
          throw new SourceError('retry', 'cannot read /x: EIO', { fix: 'see dmesg' });
        }),
      ),
      scripted('defect', () =>
        reading(() => {
          throw new TypeError('x is undefined');
        }),
      ),
      scripted('last', () =>
        reading((draft) => void draft.readings.push({ meter: 'm', at: 0 as never, microwatts: 1n })),
      ),
    ],
  });
  const sample = sampler.sample();
  expect(sample.memory).toBeDefined();
  expect(sample.readings).toHaveLength(1);
  expect(sample.sources).toMatchObject([
    { source: 'first', state: 'failing', why: 'cannot read /x: EIO', fix: 'see dmesg' },
    {
      source: 'defect',
      state: 'failing',
      why: expect.stringContaining('x is undefined'),
      fix: expect.stringContaining('report'),
    },
    { source: 'last', state: 'up', why: 'fine' },
  ]);
});

test('what is gone is looked for at once, then once a minute, and comes back by itself', async () => {
  const clock = fakeClock();
  let there = true;
  let looked = 0;
  const closed = vi.fn();
  const source = scripted('meter', () => {
    looked += 1;
    if (!there) return absent('no meter below /sys');
    return reading(() => {
      if (!there) throw new SourceError('gone', 'cannot read /x: ENODEV');
    }, closed);
  });
  const sampler = await start({ sources: [source], clock });
  sampler.sample();
  there = false;
  sampler.sample();
  expect(closed).toHaveBeenCalledTimes(1);
  expect(state(sampler, 'meter')).toBe('failing');
  sampler.sample();
  await settled();
  expect([looked, state(sampler, 'meter')]).toEqual([2, 'absent']);
  clock.advance(59);
  sampler.sample();
  await settled();
  expect(looked).toBe(2);
  there = true;
  clock.advance(2);
  sampler.sample();
  await settled();
  sampler.sample();
  expect([looked, state(sampler, 'meter')]).toEqual([3, 'up']);
});

test('unreadable is told apart from absent and heals within a minute', async () => {
  const clock = fakeClock();
  let granted = false;
  const source = scripted('meter', () =>
    granted ? reading(() => {}) : unreadable('may not be read', 'grant it'),
  );
  const sampler = await start({ sources: [source], clock });
  expect(sampler.statuses()).toMatchObject([
    { state: 'unreadable', why: 'may not be read', fix: 'grant it' },
  ]);
  granted = true;
  clock.advance(61);
  sampler.sample();
  await settled();
  sampler.sample();
  expect(state(sampler, 'meter')).toBe('up');
});

test('a change of state is told once, however many ticks it lasts', async () => {
  const told: SourceStatus[] = [];
  let broken = false;
  const source = scripted('meter', () =>
    reading(() => {
      if (broken) throw new SourceError('retry', 'EIO');
    }),
  );
  const off = scripted('other', () => absent('none'));
  const sampler = await start({
    sources: [source, off],
    disabled: ['other'],
    onChange: (status) => told.push(status),
  });
  for (const now of [false, false, true, true, true, false, false]) {
    broken = now;
    sampler.sample();
  }
  expect(told.filter((status) => status.source === 'meter').map((status) => status.state)).toEqual([
    'up',
    'failing',
    'up',
  ]);
  expect(told.filter((status) => status.source === 'other').map((status) => status.state)).toEqual(['off']);
});

test('a source that is switched off is listed and never opened', async () => {
  const open = vi.fn(() => absent('none'));
  const sampler = await start({ sources: [scripted('x', open)], disabled: ['x'] });
  expect(sampler.sample().sources).toMatchObject([
    { source: 'x', state: 'off', fix: expect.stringContaining('--no-source.x') },
  ]);
  expect(open).not.toHaveBeenCalled();
});

test('a source that takes long to open holds nobody up and is closed if it comes after the end', async () => {
  let answer: (value: Found<OpenSource>) => void = () => {};
  const slow = scripted('slow', () => new Promise<Found<OpenSource>>((resolve) => (answer = resolve)));
  const fast = scripted('fast', () => reading(() => {}));
  const sampler = await start({ sources: [slow, fast], patience: 5 });
  expect(sampler.sample().sources).toMatchObject([
    { state: 'absent', why: 'still being looked for' },
    { state: 'up' },
  ]);
  sampler.close();
  const closed = vi.fn();
  answer(reading(() => {}, closed));
  await settled();
  expect(closed).toHaveBeenCalledTimes(1);
});
