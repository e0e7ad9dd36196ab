/** The short form of the soak: a leak of a kilobyte for each container shows within hours. */
import { expect, test } from 'vitest';
import { simulatedWeek } from './soak-week.ts';

const HOURS = 4;
/** V8 makes code of what it sees often for some hours: about 1 % of the heap in each. */
const MOST_AN_HOUR = 0.02;

test('the live heap of simulated hours, in each of which 1,440 containers come and go, stays as large as it was', async () => {
  const { containers, points, line } = await simulatedWeek({ days: HOURS / 24, daysBefore: 1, warmUp: 1 });
  expect(containers).toBeGreaterThanOrEqual(1440 * HOURS);
  expect(points.length).toBeGreaterThanOrEqual(2 * (HOURS - 1));
  expect(
    line.slope / line.mean,
    `${points.map(([, megabytes]) => megabytes.toFixed(2)).join(' ')} MB`,
  ).toBeLessThan(MOST_AN_HOUR);
}, 120_000);
