import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chart } from './chart.ts';
import { keep } from './results.ts';
import { simulatedWeek } from './soak-week.ts';

const DAYS = Number(process.env.NEGAWATT_SOAK_DAYS ?? 7);
/** Whatever is done once a day has been done, and V8 has seen all that runs often. */
const WARM_UP_HOURS = 24;
/** Six hours of looks: what is kept by the hour makes neighbours alike. */
const LAGS = 12;

test('the live heap of a simulated week does not grow', async () => {
  const { ticks, containers, points, line } = await simulatedWeek({
    days: DAYS,
    daysBefore: 15,
    warmUp: WARM_UP_HOURS,
    lags: LAGS,
  });
  const [low, high] = [line.slope - line.half, line.slope + line.half].map((slope) =>
    (slope * 24e3).toFixed(1),
  );
  const text = `live heap ${line.mean.toFixed(2)} MB, ${(line.slope * 24e3).toFixed(1)} (${low} to ${high}) kB a day`;
  writeFileSync(
    join(import.meta.dirname, 'soak-week.svg'),
    chart('A simulated week of the agent', [{ title: text, points, line, digits: 2 }], 'h'),
  );
  keep({
    what: 'simulated week, options of npm start',
    howMany: `${DAYS} days, ${ticks} ticks, ${containers} containers that lived a minute each, every 3rd tick scraped, after an hour of each of the 15 days before; the first ${WARM_UP_HOURS} hours left out`,
    result: `after a full collection each half hour, mean and slope with 95 % interval: ${text}; soak-week.svg`,
  });
  expect(line.slope - line.half, text).toBeLessThanOrEqual(0);
});
