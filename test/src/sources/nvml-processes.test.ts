import { expect, test } from 'vitest';
import type { Device, Nvml } from '../../../src/sources/nvml-library.ts';
import { BoardProcesses } from '../../../src/sources/nvml-processes.ts';
import { BoardUtilization } from '../../../src/sources/nvml-utilization.ts';
import { ProcessGroups } from '../../../src/sources/process-group.ts';
import { ratio } from '../../../src/units.ts';

const DEVICE: Device = 1n;
const write = (out: unknown, ...values: readonly number[]): void => (out as Uint32Array).set(values);

test('a driver that says it wrote four thousand million processes is believed as far as there is room', () => {
  const api = {
    compute: (_: Device, count: unknown, out: unknown) => {
      write(count, 0xffff_ffff);
      write(out, 42, 0, 1024, 0, 0, 0);
      return 0;
    },
    samples: (_: Device, out: unknown, count: unknown) => {
      write(count, 0xffff_ffff);
      write(out, 42, 0, 1_000_000, 0, 50);
      return 0;
    },
  } as unknown as Nvml;
  const processes = new BoardProcesses(api);
  const groups = new ProcessGroups('/nowhere', 'auto');
  processes.read(DEVICE, 1_000_000, groups);
  expect(processes.read(DEVICE, 2_000_000, groups)).toMatchObject([{ pid: 42, memory: 1024 }]);
});

interface Entry {
  readonly pid: number;
  readonly percent: number;
}

/** A driver that samples every 0.2 s, as that of an H100 does; `entries` are those of the latest sampling. */
const sampling = (running: () => readonly number[], entries: () => readonly Entry[] | undefined): Nvml => {
  let stamp = 1_000_000;
  return {
    compute: (_: Device, count: unknown, out: unknown) => {
      write(count, running().length);
      write(out, ...running().flatMap((pid) => [pid, 0, 1024, 0, 0, 0]));
      return 0;
    },
    samples: (_: Device, out: unknown, count: unknown) => {
      const now = entries();
      if (now === undefined) return 6;
      stamp += 200_000;
      write(count, now.length);
      write(out, ...now.flatMap(({ pid, percent }) => [pid, 0, stamp, 0, percent, 0, 0, 0]));
      return 0;
    },
  } as unknown as Nvml;
};

test('a reading that comes before the next sampling of the driver does not make a busy process idle', () => {
  const running = [42];
  let entries: readonly Entry[] | undefined = [{ pid: 42, percent: 99 }];
  const processes = new BoardProcesses(
    sampling(
      () => running,
      () => entries,
    ),
  );
  const groups = new ProcessGroups('/nowhere', 'auto');
  const at = (ms: number) => processes.read(DEVICE, 1_000_000 + ms * 1000, groups);
  at(0);
  expect(at(200)).toMatchObject([{ pid: 42, utilization: 0.99 }]);
  entries = undefined;
  expect(at(300)).toMatchObject([{ pid: 42, utilization: 0.99 }]);
  // No sampling period is so long: by now it has been idle.
  expect(at(1300)).toMatchObject([{ pid: 42, utilization: 0 }]);
  entries = [{ pid: 42, percent: 30 }];
  expect(at(1500)).toMatchObject([{ pid: 42, utilization: 0.3 }]);
  // It ended: what is held over from before does not bring it back.
  entries = undefined;
  running.length = 0;
  expect(at(1600)).toEqual([]);
});

/** Samplings of a board every 0.2 s; the driver's share of a process is its mean over those since a stamp, 14 s at most. */
const bursting = (period: number, burst: number) => {
  const stampOf = (k: number): number => 1_000_000_000 + k * 200_000;
  const percentAt = (k: number): number => (k % (period / 0.2) < burst / 0.2 ? 100 : 0);
  let last = 0;
  const since = (stamp: bigint): readonly number[] =>
    Array.from({ length: last + 1 }, (_, k) => k).filter((k) => k > last - 71 && stampOf(k) > Number(stamp));
  const mean = (of: readonly number[]): number =>
    of.reduce((sum, k) => sum + percentAt(k), 0) / Math.max(1, of.length);
  const api = {
    compute: (_: Device, count: unknown, out: unknown) => {
      write(count, 1);
      write(out, 42, 0, 1024, 0, 0, 0);
      return 0;
    },
    valueSamples: (_: Device, __: number, stamp: bigint, ___: unknown, count: unknown, out: unknown) => {
      const fresh = since(stamp);
      if (fresh.length === 0) return 6;
      write(count, fresh.length);
      write(out, ...fresh.flatMap((k) => [stampOf(k), 0, percentAt(k), 0]));
      return 0;
    },
    samples: (_: Device, out: unknown, count: unknown, stamp: bigint) => {
      const fresh = since(stamp);
      const busy = fresh.filter((k) => percentAt(k) > 0);
      if (busy.length === 0) return 6;
      write(count, 1);
      write(out, 42, 0, stampOf(busy.at(-1) ?? 0), 0, Math.round(mean(fresh)), 0, 0, 0);
      return 0;
    },
  } as unknown as Nvml;
  return { api, advance: (to: number) => (last = to) };
};

test('a process that rests between short bursts has all that the board was busy', () => {
  const { api, advance } = bursting(10, 0.2);
  const board = new BoardUtilization(api);
  const processes = new BoardProcesses(api);
  const groups = new ProcessGroups('/nowhere', 'auto');
  let [whole, own] = [0, 0];
  for (let second = 1; second <= 300; second++) {
    advance(second * 5);
    const now = second * 1_000_000;
    const sampled = board.read(DEVICE, now);
    const [one] = processes.read(DEVICE, now, groups, { sampled }) ?? [];
    whole += sampled?.mean ?? 0;
    own += one?.utilization ?? 0;
  }
  expect(whole).toBeGreaterThan(5);
  expect(own).toBeCloseTo(whole, 6);
});

/** A board whose processes and samples the test sets; a driver forgets the samples of a process that has ended. */
const watched = () => {
  const now = { shares: new Map<number, number>(), mean: 0, isFresh: true };
  const api = {
    compute: (_: Device, count: unknown, out: unknown) => {
      write(count, now.shares.size);
      write(out, ...[...now.shares.keys()].flatMap((pid) => [pid, 0, 1024, 0, 0, 0]));
      return 0;
    },
    samples: (_: Device, out: unknown, count: unknown, since: bigint) => {
      const busy = [...now.shares].filter(([, percent]) => percent > 0);
      if (!now.isFresh || busy.length === 0) return 6;
      write(count, busy.length);
      write(out, ...busy.flatMap(([pid, percent]) => [pid, 0, Number(since) + 1, 0, percent, 0, 0, 0]));
      return 0;
    },
  } as unknown as Nvml;
  const processes = new BoardProcesses(api);
  const groups = new ProcessGroups('/nowhere', 'auto');
  let at = 1_000_000;
  return (mean: number, shares: Readonly<Record<number, number>>, isFresh = true) => {
    now.shares = new Map(Object.entries(shares).map(([pid, percent]) => [Number(pid), percent]));
    now.isFresh = isFresh;
    at += 200_000;
    const sampled = { mean: ratio(mean), since: at, isFresh };
    return processes.read(DEVICE, at, groups, { sampled });
  };
};

test('a process that left since the last reading is told once more, with what the board was busy for nobody else', () => {
  const read = watched();
  read(0, {});
  expect(read(0.99, { 42: 79, 43: 20 })).toHaveLength(2);
  // Recorded on an H200: two that were killed at once leave a board that was busy for 71 % and has no process.
  const left = read(0.71, {});
  expect(left).toEqual([
    { pid: 42, left: true, utilization: expect.closeTo((0.71 * 79) / 99, 6) },
    { pid: 43, left: true, utilization: expect.closeTo((0.71 * 20) / 99, 6) },
  ]);
  expect(read(0, {})).toEqual([]);
});

test('what others used is not of one that left, and one that used nothing is not told', () => {
  const read = watched();
  read(0, {});
  read(0.99, { 42: 79, 43: 20 });
  expect(read(0.9, { 43: 60 })).toMatchObject([
    { pid: 43, utilization: 0.6 },
    { pid: 42, utilization: expect.closeTo(0.3, 6) },
  ]);
  expect(read(0.2, { 44: 20 })).toMatchObject([{ pid: 44, utilization: 0.2 }]);
});

test('one that left before the next sampling of the driver is told with it', () => {
  const read = watched();
  read(0, {});
  read(0.99, { 42: 99 });
  expect(read(0.99, {}, false)).toEqual([]);
  expect(read(0.39, {})).toMatchObject([{ pid: 42, left: true, utilization: 0.39 }]);
  expect(read(0.1, {}), 'who that was is not known').toEqual([]);
});

test('shares are of the time in which a process was there: they sum to no more than the board was busy', () => {
  const read = watched();
  read(0, {});
  // Recorded on an H200 that was empty for four of five seconds: the first is all that the process was there.
  expect(read(0.042, { 42: 21 })).toMatchObject([{ pid: 42, utilization: expect.closeTo(0.042, 6) }]);
  expect(read(0.042, { 42: 21 }, false), 'and until the next sampling').toMatchObject([
    { pid: 42, utilization: expect.closeTo(0.042, 6) },
  ]);
  expect(read(0.5, { 42: 20, 43: 30 })).toMatchObject([
    { pid: 42, utilization: 0.2 },
    { pid: 43, utilization: 0.3 },
  ]);
});
