import { expect, test } from 'vitest';
import { type UsageEntry, usageOf } from '../../../src/sources/nvml-usage.ts';

const S = 1_000_000;
const START = 1_700_000_000 * S;
const at = (pid: number, seconds: number, percent: number): UsageEntry => ({
  pid,
  stamp: START + seconds * S,
  percent,
});
const shares = (entries: readonly UsageEntry[]): Record<number, number> =>
  Object.fromEntries(usageOf(entries, START).shares);

test('two processes that took turns keep the shares that the driver gives, whichever was seen first', () => {
  // As read from an H100 with driver 580: the stamp is the last sampling in which a process was busy.
  expect(shares([at(474, 1, 80), at(444, 0.197, 20)])).toEqual({ 444: 0.2, 474: 0.8 });
  expect(shares([at(474, 4, 40), at(444, 4.998, 60)])).toEqual({ 444: 0.6, 474: 0.4 });
});

test('the next asking goes from the newest stamp', () => {
  expect(usageOf([at(474, 1, 80), at(444, 0.197, 20)], START).newest).toBe(START + S);
  expect(usageOf([], START).newest).toBe(START);
});

test('of several entries of one process the newest holds, in whatever order', () => {
  expect(shares([at(1, 1, 20), at(1, 0.25, 90)])).toEqual({ 1: 0.2 });
  expect(shares([at(1, 0.25, 90), at(1, 1, 20)])).toEqual({ 1: 0.2 });
});

test('what was seen before, entries without a process, and percentages above 100 count for nothing', () => {
  const entries = [at(1, -1, 90), at(1, 0, 90), at(0, 1, 90), at(2, 3600, 101), at(3, 1, 4_294_967_295)];
  expect(shares(entries)).toEqual({});
  // Nor do they set the time from which is asked: one of them from the future would blind the agent until then.
  expect(usageOf(entries, START).newest).toBe(START);
});
