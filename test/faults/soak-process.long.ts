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
const NAMES = {
  open: 'all descriptors',
  resident: 'RSS',
  anonymous: 'anonymous memory',
  descriptors: 'descriptors of no living process or group',
  handles: 'active handles',
};
/** Two minutes of looks: memory rises between collections and falls with them. */
const LAGS = 24;

test('an agent at ten times the rate of scrapes keeps its memory, its descriptors and its handles', async () => {
  const { looks, scrapes, workloads, said, end } = await soak(WARM_UP + MEASURED);
  const steady = looks.filter(({ minute }) => minute > WARM_UP);
  const points = (of: (look: Look) => number): Points => steady.map((look) => [look.minute, of(look)]);
  const [opened, ...shown] = (['open', 'resident', 'anonymous', 'descriptors', 'handles'] as const).map(
    (what) => {
      const line = slopeOf(
        points((look) => look[what]),
        LAGS,
      );
      const unit = what === 'resident' || what === 'anonymous' ? 'MB' : '';
      const digits = unit === 'MB' ? 2 : 1;
      const [low, high] = [line.slope - line.half, line.slope + line.half].map((slope) =>
        (slope * 60).toFixed(3),
      );
      const text = `${NAMES[what]} ${line.mean.toFixed(digits)} ${unit}, ${(line.slope * 60).toFixed(3)} (${low} to ${high}) an hour`;
      const panel: Panel = { title: text, points: points((look) => look[what]), line, digits };
      return { line, text: text.replace(' ,', ','), panel };
    },
  );
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
    howMany: `${MEASURED} minutes after ${WARM_UP}; sampling at 1 s, scrapes every 1.5 s (${scrapes}), ${workloads} groups with a process that came and went`,
    result: `mean and slope with 95 % interval: ${shown.map(({ text }) => text).join('; ')}; ${opened?.text} follow the host and are not judged; warnings: ${said.length === 0 ? 'none' : said.join('; ')}; soak-process.svg`,
  });
  expect(end).toBe(0);
  for (const { line, text } of shown) expect(line.slope - line.half, text).toBeLessThanOrEqual(0);
});
