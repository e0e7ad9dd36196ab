import { expect, test } from 'vitest';
import { INTERVAL_S, killLoop, POWER } from './kill-loop.ts';
import { keep } from './results.ts';

const KILLS = Number(process.env.NEGAWATT_KILLS ?? 500);

test('an agent that is killed 500 times has counted what its meter counted, once, and no counter ever fell', async () => {
  const found = await killLoop(KILLS, 20_261_126);
  const missing = found.truth - found.host;
  keep({
    what: 'SIGKILL of the agent in a loop on one state directory',
    howMany: `${found.kills} kills, ${found.atStart} of them before it listened; ${found.scrapes} scrapes between them`,
    result: `meter ${found.truth.toFixed(3)} J (one wrap in it), agent ${found.host.toFixed(3)} J: ${missing.toFixed(6)} J missing, one sampling interval is ${POWER * INTERVAL_S} J; ${found.backwards.length} of ${found.rising} counters fell in a scrape; complaints: ${found.complaints.length === 0 ? 'none' : found.complaints.join('; ')}`,
  });
  expect(found.backwards).toEqual([]);
  // To the rounding of sums: nothing is counted twice, and at most an interval is not counted.
  expect(missing).toBeGreaterThan(-1e-6 * found.truth);
  expect(missing).toBeLessThanOrEqual(POWER * INTERVAL_S);
  expect(found.scraped).toBeCloseTo(found.host, 3);
  expect(found.rows).toBeCloseTo(found.host, 3);
});
