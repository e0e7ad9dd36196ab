/** The short form of the soak: a leak of some dozen bytes for each container shows within hours. */
import { expect, test } from 'vitest';
import { simulatedWeek } from './soak-week.ts';

const HOURS = 4;
/** Caches fill in the first hours, by some kB in each: seven times what that was, and 25 bytes for each container. */
const MOST_AN_HOUR = 0.002;

test('the live heap of simulated hours, in each of which 1,440 containers come and go, stays as large as it was', async () => {
  const { containers, saves, looks } = await simulatedWeek({ days: HOURS / 24, daysBefore: 1, warmUp: 1 });
  const { points, line } = looks.heap;
  expect(containers).toBeGreaterThanOrEqual(1440 * HOURS);
  expect(saves).toBeGreaterThanOrEqual(240 * HOURS);
  // Descriptors are as many at each look.
  expect(new Set(looks.descriptors.points.map(([, count]) => count)).size).toBe(1);
  expect(points.length).toBeGreaterThanOrEqual(2 * (HOURS - 1));
  expect(
    line.slope / line.mean,
    `${points.map(([, megabytes]) => megabytes.toFixed(2)).join(' ')} MB`,
  ).toBeLessThan(MOST_AN_HOUR);
}, 120_000);
