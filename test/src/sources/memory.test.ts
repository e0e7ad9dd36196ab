import { afterEach, expect, test } from 'vitest';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { readBoot } from '../../../src/sources/boot.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { memorySource, parseMemory } from '../../../src/sources/memory.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';

const hosts: FakeHost[] = [];
const host = (): FakeHost => {
  const made = createFakeHost();
  hosts.push(made);
  return made;
};
afterEach(() => {
  for (const made of hosts.splice(0)) made.dispose();
});

const open = async (made: FakeHost): Promise<OpenSource> => {
  const result = await memorySource().open(made.paths, fakeClock());
  if (!result.found) throw new Error(result.reason);
  return result.value;
};
const read = (source: OpenSource): SampleDraft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft;
};

test('memory comes in bytes and follows the file', async () => {
  const made = host();
  made.memory(1024, 512);
  const source = await open(made);
  expect(read(source).memory).toEqual({ total: 1_048_576, available: 524_288 });
  made.memory(1024, 256);
  expect(read(source).memory?.available).toBe(262_144);
  source.close();
});

test.each([
  ['MemTotal: 1024 kB\nMemFree: 512 kB', 'MemAvailable:'],
  ['MemAvailable: 512 kB', 'MemTotal:'],
  ['MemTotal: lots kB\nMemAvailable: 1 kB', 'MemTotal:'],
  ['MemTotal:\n 12\nMemAvailable: 1 kB', 'MemTotal:'],
])('a file that lacks a figure is not read as 0: %j', async (content, missing) => {
  const made = host();
  const source = await open(made);
  made.write('proc/meminfo', content);
  expect(() => read(source)).toThrow(missing);
  source.close();
});

test('without procfs memory is absent with a reason', async () => {
  const made = host();
  made.remove('proc/meminfo');
  expect(await memorySource().open(made.paths, fakeClock())).toMatchObject({
    found: false,
    reason: `cannot read ${made.paths.procfs}/meminfo: ENOENT`,
  });
});

test('a boot is known by its id and age', () => {
  const made = host();
  made.boot('aaaaaaaa-0000-4000-8000-000000000001', 3723.45);
  expect(readBoot(made.paths)).toEqual({ bootId: 'aaaaaaaa-0000-4000-8000-000000000001', uptime: 3723.45 });
});

test('more memory available than there is gives no figure below zero', () => {
  const content = Buffer.from('MemTotal: 1000 kB\nMemAvailable: 18446744073709551615 kB\n');
  expect(() => parseMemory(content, '/proc/meminfo')).toThrow(/less MemAvailable than MemTotal/);
});

test('a host that hides its boot id has an unknown one and still an age', () => {
  const made = host();
  made.remove('proc/sys');
  made.write('proc/uptime', 'garbage');
  const boot = readBoot(made.paths);
  expect(boot.bootId).toBe('unknown');
  expect(boot.uptime).toBeGreaterThan(0);
});

test('the monotonic clock counts seconds since boot, as the kernel does', () => {
  const before = systemClock.monotonic();
  const boot = readBoot({ procfs: '/proc' });
  // Suspend counts in the age of the boot alone; time namespaces and rounding account for the margin.
  expect(before).toBeLessThanOrEqual(boot.uptime + 1);
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
});
