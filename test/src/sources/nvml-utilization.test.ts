import { expect, test } from 'vitest';
import type { Device, Nvml } from '../../../src/sources/nvml-library.ts';
import { BoardUtilization } from '../../../src/sources/nvml-utilization.ts';

const DEVICE: Device = 1n;
const SUCCESS = 0;
const NOT_SUPPORTED = 3;
const NOT_FOUND = 6;
const INSUFFICIENT = 7;

/** A driver that keeps samples of the board: stamps in seconds, percent. */
const keeping = (samples: [number, number][], refuse?: number) => {
  const asked: bigint[] = [];
  const api = {
    valueSamples: (_: Device, which: number, since: bigint, __: unknown, count: unknown, out: unknown) => {
      expect(which).toBe(1);
      asked.push(since);
      if (refuse !== undefined) return refuse;
      const fresh = samples.filter(([stamp]) => BigInt(Math.round(stamp * 1e6)) > since);
      const [room = 0] = count as Uint32Array;
      (count as Uint32Array)[0] = fresh.length;
      if (fresh.length === 0) return NOT_FOUND;
      if (fresh.length > room) return INSUFFICIENT;
      // The upper half of the value means nothing.
      (out as Uint32Array).set(
        fresh.flatMap(([stamp, percent]) => [Math.round(stamp * 1e6), 0, percent, 0xdeadbeef]),
      );
      return SUCCESS;
    },
  } as unknown as Nvml;
  return { board: new BoardUtilization(api), asked };
};
const SECOND = 1e6;

test('work that comes and goes between two readings is the mean of all samples since the last one', () => {
  const samples: [number, number][] = [[1, 100]];
  const { board } = keeping(samples);
  expect(board.read(DEVICE, SECOND)?.mean, 'what is kept at first is of before the start').toBeUndefined();
  samples.push([1.2, 0], [1.4, 90], [1.6, 60], [1.8, 0], [2, 0]);
  expect(board.read(DEVICE, 2 * SECOND)?.mean).toBeCloseTo(0.3, 12);
  samples.push([2.2, 10]);
  expect(board.read(DEVICE, 2.3 * SECOND)?.mean).toBeCloseTo(0.1, 12);
});

test('a reading before the next sample repeats the last mean, and one long after it says nothing', () => {
  const samples: [number, number][] = [[1, 0]];
  const { board } = keeping(samples);
  board.read(DEVICE, SECOND);
  samples.push([1.2, 80]);
  expect(board.read(DEVICE, 1.2 * SECOND)?.mean).toBeCloseTo(0.8, 12);
  expect(board.read(DEVICE, 1.3 * SECOND)?.mean).toBeCloseTo(0.8, 12);
  expect(board.read(DEVICE, 2.3 * SECOND)).toBeUndefined();
});

test('more samples than there is room for are asked for again, and percentages above 100 count for nothing', () => {
  const samples: [number, number][] = [[1, 0]];
  const { board } = keeping(samples);
  board.read(DEVICE, SECOND);
  for (let i = 1; i <= 1000; i++) samples.push([1 + i / 1000, 50]);
  samples.push([2.5, 101]);
  expect(board.read(DEVICE, 2 * SECOND)?.mean).toBeCloseTo(0.5, 12);
});

test('a board that keeps none is not asked again until modes may have changed', () => {
  const { board, asked } = keeping([], NOT_SUPPORTED);
  expect(board.read(DEVICE, SECOND)).toBeUndefined();
  expect(board.read(DEVICE, 2 * SECOND)).toBeUndefined();
  expect(asked).toHaveLength(1);
  board.forgive();
  board.read(DEVICE, 3 * SECOND);
  expect(asked).toHaveLength(2);
});

test('says from when its samples are, and whether there was a new one: shares of processes go by the same time', () => {
  const samples: [number, number][] = [[1, 0]];
  const { board } = keeping(samples);
  expect(board.read(DEVICE, SECOND)).toEqual({ mean: undefined, since: 0, isFresh: true });
  samples.push([1.2, 80], [1.4, 20]);
  expect(board.read(DEVICE, 1.5 * SECOND)).toEqual({ mean: 0.5, since: 1e6, isFresh: true });
  expect(board.read(DEVICE, 1.55 * SECOND)).toEqual({ mean: 0.5, since: 1.4e6, isFresh: false });
});
