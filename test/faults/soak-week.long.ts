/** The simulated week; ten minutes of one processor. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chart, type Panel } from './chart.ts';
import { keep } from './results.ts';
import { LOOKED_AT, simulatedWeek } from './soak-week.ts';

const DAYS = Number(process.env.NEGAWATT_SOAK_DAYS ?? 7);
/** Whatever is done once a day has been done. */
const WARM_UP_HOURS = 24;
/** Six hours of looks: what is kept by the hour makes neighbours alike. */
const LAGS = 12;

test('memory, descriptors and handles of a simulated week do not grow, with its state kept all along', async () => {
  const { ticks, containers, saves, rows, looks } = await simulatedWeek({
    days: DAYS,
    daysBefore: 15,
    warmUp: WARM_UP_HOURS,
    lags: LAGS,
  });
  const shown = (Object.keys(LOOKED_AT) as (keyof typeof LOOKED_AT)[]).map((what) => {
    const { points, line } = looks[what];
    const { name, unit } = LOOKED_AT[what];
    const [slope, low, high] = [line.slope, line.slope - line.half, line.slope + line.half].map((value) =>
      (value * 24 * (unit === 'MB' ? 1000 : 1)).toFixed(2),
    );
    const [mean, rise] = unit === 'MB' ? [` ${unit}`, ' kB'] : ['', ''];
    const text = `${name} ${line.mean.toFixed(2)}${mean}, ${slope} (${low} to ${high})${rise} a day`;
    const panel: Panel = { title: text, points, line, digits: unit === 'MB' ? 2 : 1 };
    return { text, line, panel };
  });
  writeFileSync(
    join(import.meta.dirname, 'soak-week.svg'),
    chart(
      'A simulated week of the agent',
      shown.map(({ panel }) => panel),
      'h',
    ),
  );
  keep({
    what: 'simulated week, options of npm start',
    howMany: `${DAYS} days, ${ticks} ticks, ${containers} containers that lived a minute each, every 3rd tick scraped, ${saves} saves into SQLite (${rows} rows of hours in the end), after an hour of each of the 15 days before; the first ${WARM_UP_HOURS} hours left out`,
    result: `after a full collection each half hour, code of V8 made at its first run, mean and slope with 95 % interval: ${shown.map(({ text }) => text).join('; ')}; soak-week.svg`,
  });
  expect(rows).toBeGreaterThan(24 * (DAYS - 1));
  for (const { line, text } of shown) expect(line.slope - line.half, text).toBeLessThanOrEqual(0);
});
