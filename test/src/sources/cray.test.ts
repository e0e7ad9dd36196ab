/** The power counters of a Cray EX node, written by a controller whose clock is not the host's. */
import { afterEach, describe, expect, test } from 'vitest';
import { place } from '../../../src/energy/containment.ts';
import type { Reading } from '../../../src/model/meter.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { craySource } from '../../../src/sources/cray.ts';
import { StampClock } from '../../../src/sources/cray-clock.ts';
import { seconds } from '../../../src/units.ts';
import { type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { CRAY_EPOCH, CRAY_JOULES, cray, growCray, laptopRapl } from '../../fixtures/hosts.ts';
import { runEngine } from '../../fixtures/run-engine.ts';

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});
const start = async (host = cray()) => {
  hosts.push(host);
  const clock = fakeClock();
  const result = await craySource().open(host.paths, clock);
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return { host, clock, source: result.value };
};
const read = (source: OpenSource): SampleDraft & { error?: SourceError } => {
  const draft: SampleDraft = { meters: [], readings: [] };
  try {
    source.read(draft);
    return draft;
  } catch (error) {
    if (error instanceof SourceError) return { ...draft, error };
    throw error;
  }
};
const node = (readings: readonly Reading[]) => readings.find(({ meter }) => meter === 'cray:node');
const WATTS = {
  energy: 1000,
  cpu_energy: 200,
  memory_energy: 50,
  accel0_energy: 100,
  accel1_energy: 100,
  accel2_energy: 100,
  accel3_energy: 100,
} as const;

test('node, processor, memory and four accelerators are meters; the node counts the whole platform', async () => {
  const { source } = await start();
  const { meters, readings } = read(source);
  expect(meters.map(({ id, domain }) => [id, domain])).toEqual(
    [
      ...[0, 1, 2, 3].map((number) => [`cray:accel${number}`, 'gpu']),
      ['cray:cpu', 'package'],
      ['cray:node', 'platform'],
      ['cray:memory', 'dram'],
    ].sort((a, b) => order(a[0]!) - order(b[0]!)),
  );
  expect(node(readings)).toEqual({ meter: 'cray:node', at: 1000, microjoules: 900_000_000_000_000n });
  expect(source.detail).toContain('node');
});
const order = (id: string): number =>
  [
    'cray:accel0',
    'cray:accel1',
    'cray:accel2',
    'cray:accel3',
    'cray:cpu',
    'cray:node',
    'cray:memory',
  ].indexOf(id);

test('between two readings the time of the controller counts, not that of reading', async () => {
  const { host, clock, source } = await start();
  const first = node(read(source).readings)!;
  // Written 40 ms before it was read.
  growCray(host, WATTS, 4.96);
  clock.advance(5);
  const second = node(read(source).readings)!;
  expect(second.at - first.at).toBeCloseTo(4.96, 6);
});

describe('a controller whose clock', () => {
  test.each([
    ['is fast by 1 %', 1.01],
    ['is slow by 1 %', 0.99],
  ])('%s never gives a reading from the future, nor one older than two scans', (_, speed) => {
    const clock = new StampClock(0.2);
    let before = 0;
    for (let second = 1; second < 3600; second += 1) {
      const at = clock.timeOf(second * 1e6 * speed, seconds(second));
      expect(at).toBeLessThanOrEqual(second);
      expect(at).toBeGreaterThanOrEqual(second - 0.2 - 1e-9);
      expect(at).toBeGreaterThan(before);
      before = at;
    }
  });
  test.each([-90, 90])('is set by %s s costs a fifth of a second and no more', (step) => {
    const clock = new StampClock(0.2);
    clock.timeOf(CRAY_EPOCH, seconds(1000));
    const at = clock.timeOf(CRAY_EPOCH + (5 + step) * 1e6, seconds(1005));
    expect(at).toBeGreaterThanOrEqual(1004.8 - 1e-9);
    expect(at).toBeLessThanOrEqual(1005);
  });
});

test('what the controller did not write anew is not passed on, and after two seconds that is told', async () => {
  const { host, clock, source } = await start();
  expect(read(source).readings).toHaveLength(7);
  clock.advance(1);
  expect(read(source)).toMatchObject({ readings: [] });
  expect(read(source).error).toBeUndefined();
  clock.advance(2);
  const stale = read(source);
  expect(stale.readings).toEqual([]);
  expect(stale.meters).toHaveLength(7);
  expect(stale.error).toMatchObject({
    kind: 'retry',
    message: expect.stringMatching(/freshness has stood at 1000000 for 3 s/),
    fix: expect.stringContaining('node controller'),
  });
  growCray(host, WATTS, 3);
  expect(read(source).readings).toHaveLength(7);
});

test.each(['startup', 'generation'])(
  'a change of %s is a reset: the interval is lost and no joule is added',
  async (file) => {
    const { host, clock, source } = await start();
    const run = runEngine();
    const step = (): void => {
      const { meters, readings } = read(source);
      run.step({
        at: clock.monotonic(),
        wall: clock.wall(),
        bootId: 'a',
        uptime: seconds(clock.monotonic()),
        meters,
        readings,
        sources: [],
      });
    };
    const live = (): void => {
      growCray(host, WATTS, 5);
      clock.advance(5);
      step();
    };
    step();
    live();
    live();
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(2 * 5000, 6);
    // It began anew and went on counting: the value is higher than before, as if 3000 W had been drawn.
    host.write(`sys/cray/pm_counters/${file}`, '77');
    host.pmCounters(2_000_000, CRAY_EPOCH + 15e6, { energy: CRAY_JOULES.energy + 2 * 5000 + 15_000 });
    clock.advance(5);
    step();
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(2 * 5000, 6);
    expect(run.total('negawatt_meter_events_total', { event: 'reset' })).toBeGreaterThan(0);
    live();
    expect(run.total('hw_host_energy_joules_total')).toBeCloseTo(3 * 5000, 6);
  },
);

test.each([
  ['watts', '4823 W 1750000000123456 us'],
  ['kilojoules', '4823 kJ 1750000000123456 us'],
  ['a stamp in milliseconds', '4823 J 1750000000123 ms'],
  ['a fraction', '4823.5 J 1750000000123456 us'],
])('%s where joules are due is refused, and the other counters go on', async (_, line) => {
  const { host, clock, source } = await start();
  read(source);
  growCray(host, WATTS, 5);
  host.write('sys/cray/pm_counters/cpu_energy', line);
  clock.advance(5);
  const { readings, meters, error } = read(source);
  expect(error).toMatchObject({
    kind: 'retry',
    message: expect.stringMatching(/1 of 7 counters: .*cpu_energy/),
  });
  expect(readings.map(({ meter }) => meter)).not.toContain('cray:cpu');
  expect(readings).toHaveLength(6);
  expect(meters, 'the rest must not pass for the whole').toHaveLength(7);
});

test('a counter whose own stamp stands still is left out, however fresh the others are', async () => {
  const { host, clock, source } = await start();
  read(source);
  const { accel3_energy: _, ...others } = WATTS;
  growCray(host, others, 5);
  clock.advance(5);
  const { readings, meters } = read(source);
  expect(readings.map(({ meter }) => meter)).not.toContain('cray:accel3');
  expect(readings).toHaveLength(6);
  expect(meters).toHaveLength(7);
});

test('a counter that stays 0 is no sensor and no meter', async () => {
  const host = cray();
  host.pmCounters(1, CRAY_EPOCH, { accel3_energy: 0 });
  const { source } = await start(host);
  expect(read(source).meters.map(({ id }) => id)).not.toContain('cray:accel3');
  expect(source.detail).toContain('accel3: stays 0, no sensor');
});

test('all ones are handed on as such, for the core to drop and count', async () => {
  const host = cray();
  host.pmCounters(1, CRAY_EPOCH, { energy: 0xffff_ffff });
  const { source } = await start(host);
  expect(node(read(source).readings)).toMatchObject({ microjoules: 0xffff_ffff_ffff_ffffn });
});

test('accelerators count where no driver meters the boards, and yield where one does', async () => {
  const { source } = await start();
  const { meters } = read(source);
  const board = { ...meters[0]!, id: 'nvml:GPU-1', source: 'nvml' };
  const gpus = (of: typeof meters) =>
    place(of)
      .filter(({ resource }) => resource === 'gpu')
      .map(({ meter }) => meter.id);
  const { yieldsTo: _, ...plain } = board;
  expect(gpus(meters)).toHaveLength(4);
  expect(gpus([...meters, plain])).toEqual(['nvml:GPU-1']);
});

test('elsewhere than on such a node it is absent', async () => {
  const host = laptopRapl();
  hosts.push(host);
  expect(await craySource().open(host.paths, fakeClock())).toMatchObject({
    found: false,
    reason: expect.stringContaining('no Cray or HPE EX node'),
  });
});
