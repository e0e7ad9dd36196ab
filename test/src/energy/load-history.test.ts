import { expect, it } from 'vitest';
import type { CpuUse } from '../../../src/energy/cpu-time.ts';
import { type LoadHistory, loadBetween, remember } from '../../../src/energy/load-history.ts';
import { ratio, seconds } from '../../../src/units.ts';

const use = (from: number, load: number): CpuUse => ({
  from: seconds(from),
  to: seconds(from + 1),
  busy: seconds(4 * load),
  total: seconds(4),
  stolen: seconds(0),
  load: ratio(load),
});
const history = [0, 0.5, 1].reduce<LoadHistory>((all, load, i) => remember(all, use(10 + i, load)), []);

it('the load of a slow meter is that of its own span, pro rata', () => {
  expect(loadBetween(history, seconds(10), seconds(13))).toBeCloseTo(0.5, 12);
  expect(loadBetween(history, seconds(11.5), seconds(13))).toBeCloseTo((0.5 * 0.5 + 1) / 1.5, 12);
  expect(loadBetween(history, seconds(12), seconds(13))).toBe(1);
});

it('a span that was not watched has no load', () => {
  expect(loadBetween(history, seconds(5), seconds(12))).toBeUndefined();
  expect(loadBetween(history, seconds(12), seconds(15))).toBeUndefined();
  expect(loadBetween(history, seconds(12), seconds(12))).toBeUndefined();
  expect(loadBetween([], seconds(1), seconds(2))).toBeUndefined();
});
