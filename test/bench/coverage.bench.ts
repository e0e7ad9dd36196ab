/**
 * How often the intervals of savings hold the truth: on real hosts on which nothing was changed, so that the true saving is
 * 0, and on simulated fleets for the designs that need many hosts.
 * `NEGAWATT_TRACE` names the CSV (columns timestamp_local, server, power_w, util_pct; may be gzipped).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { giveCoverage, giveWidth, judge, percent } from './coverage-claims.ts';
import { DESIGNS, SAVING } from './coverage-designs.ts';
import { judgeFleets } from './coverage-fleet.ts';
import { coverSwitchback } from './coverage-switchback.ts';
import { onCalendar, readTrace, type TraceHost } from './coverage-trace.ts';
import { note, QUICK, SOURCES } from './measure.ts';
import { give, notMeasured } from './row.ts';

const TRACE =
  process.env.NEGAWATT_TRACE ??
  join(SOURCES, '../../../shared/data/savings/traces/cornell_biohpc_gpu_hourly.csv.gz');
const WINDOWS = QUICK ? 80 : 320;
/** Lengths in days and blocks in hours: those that the published comparison of designs has. */
const CELLS = [6, 24].flatMap((blockHours) => [14, 28].map((days) => ({ blockHours, days })));

/** On/off tests draw a host, an instant and a schedule at random: there is no baseline before them that could overlap. */
const judgeSwitchback = async (hosts: readonly TraceHost[]): Promise<void> => {
  const series = new Map(hosts.map((host) => [host.name, onCalendar(host)]));
  for (const cell of CELLS) {
    const what = `evidence A, switchback, ${cell.days} d in blocks of ${cell.blockHours} h`;
    const run = (saving: number) =>
      coverSwitchback(series, { ...cell, saving, windows: WINDOWS, seed: 'trace', draws: 999 });
    const [none, some] = [await run(0), await run(SAVING)];
    giveCoverage(
      what,
      { coverage: none.coverage, error: none.standardError, falseSavings: none.found },
      {
        coverage: `${none.windows} windows drawn at random on ${hosts.length} hosts, no measure, 999 re-draws; ${percent(none.none)} gave no figure; with a true saving of ${percent(SAVING)} it holds ${percent(some.coverage)}`,
        falseSavings: 'lower bound above 0',
      },
    );
    giveWidth(
      what,
      none.halfWidth,
      `median; a true saving of ${percent(SAVING)} is detected in ${percent(some.found)} of the windows`,
    );
  }
};

await judgeFleets();
if (!existsSync(TRACE))
  give(notMeasured('coverage of intervals', '', `there is no trace ${TRACE}; name one by NEGAWATT_TRACE`));
else {
  const hosts = readTrace(TRACE);
  note(`${hosts.length} hosts, ${hosts.reduce((sum, { hours }) => sum + hours.length, 0)} host-hours`);
  await judgeSwitchback(hosts);
  for (const design of DESIGNS) for (const lengths of design.lengths) judge(hosts, design, lengths);
}
