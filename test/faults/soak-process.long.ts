/** Twenty minutes of the real process, after ten; half an hour in all. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Points, slopeOf } from '../fixtures/slope.ts';
import { chart, type Panel } from './chart.ts';
import { keep } from './results.ts';
import { type Look, soak } from './soak-process.ts';

/** Until whatever is kept for a time is full, and V8 has made what it makes of code that runs often. */
const WARM_UP = Number(process.env.NEGAWATT_SOAK_WARM_UP ?? 10);
const MEASURED = Number(process.env.NEGAWATT_SOAK_MINUTES ?? 20);
const JUDGED = {
  resident: { name: 'RSS', unit: ' MB', digits: 2 },
  anonymous: { name: 'anonymous memory', unit: ' MB', digits: 2 },
  // Together all descriptors: those that follow the host are held against its size.
  descriptors: { name: 'descriptors of no living process or group', unit: '', digits: 1 },
  perProcess: { name: 'descriptors for each living process', unit: '', digits: 3 },
  perGroup: { name: 'descriptors for each group that has one', unit: '', digits: 3 },
  handles: { name: 'active handles', unit: '', digits: 1 },
} as const;
/** One for each, and what comes and goes between the two looks that are held against each other. */
const MOST_PER_PROCESS = 1.1;
/** Two minutes of looks: memory rises between collections and falls with them. */
const LAGS = 24;

test('an agent at ten times the rate of scrapes keeps its memory, its descriptors and its handles', async () => {
  const { looks, scrapes, workloads, said, end } = await soak(WARM_UP + MEASURED);
  const steady = looks.filter(({ minute }) => minute > WARM_UP);
  const points = (of: (look: Look) => number): Points => steady.map((look) => [look.minute, of(look)]);
  const shown = (Object.keys(JUDGED) as (keyof typeof JUDGED)[]).map((what) => {
    const { name, unit, digits } = JUDGED[what];
    const measured = points((look) => look[what]);
    const line = slopeOf(measured, LAGS);
    const [slope, low, high] = [line.slope, line.slope - line.half, line.slope + line.half].map((value) =>
      (value * 60).toFixed(3),
    );
    const text = `${name} ${line.mean.toFixed(digits)}${unit}, ${slope} (${low} to ${high}) an hour`;
    const panel: Panel = { title: text, points: measured, line, digits };
    return { line, text, panel };
  });
  writeFileSync(
    join(import.meta.dirname, 'soak-process.svg'),
    chart(
      'The real agent over minutes',
      shown.map(({ panel }) => panel),
      'min',
    ),
  );
  keep({
    what: 'soak of the real process, options of npm start',
    howMany: `${MEASURED} minutes after ${WARM_UP}; sampling at 1 s, the shortest that it takes (5 times as often as by default), scrapes every 1.5 s (${scrapes}), ${workloads} groups with a process that came and went`,
    result: `mean and slope with 95 % interval: ${shown.map(({ text }) => text).join('; ')}; warnings: ${said.length === 0 ? 'none' : said.join('; ')}; soak-process.svg`,
  });
  expect(end).toBe(0);
  for (const { perProcess } of steady) expect(perProcess).toBeLessThan(MOST_PER_PROCESS);
  for (const { line, text } of shown) expect(line.slope - line.half, text).toBeLessThanOrEqual(0);
});
