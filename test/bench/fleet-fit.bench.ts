/** What it takes to judge a measure on every host of a fleet by a year of hours: fit, placebo windows and intervals. */
import { adjustedBaseline } from '../../src/savings/adjusted-baseline.ts';
import { quantile } from '../../src/savings/quantiles.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { type ScopeSeries, slice } from '../../src/savings/series.ts';
import { fleetYear, HOURS, STEP_S } from './fleet-year.ts';
import { note, ownCpu, QUICK } from './measure.ts';
import { give } from './row.ts';

const HOSTS = QUICK ? 200 : 1000;
const DAYS = 365;
const BASELINE_DAYS = 56;
const REPORT_DAYS = 28;
const CPU_BUDGET_S = 10;
const MEMORY_BUDGET_MB = 512;

const length = DAYS * HOURS;
const columns = Array.from({ length: HOSTS }, () => ({
  energy: new Float64Array(length),
  work: new Float64Array(length),
}));
let generating = 0;
let since = ownCpu();
const began = since;
for (const chunk of fleetYear(HOSTS, DAYS)) {
  generating += ownCpu() - since;
  const at = chunk.from / STEP_S;
  chunk.hosts.forEach(({ energy, work }, host) => {
    columns[host]?.energy.set(energy, at);
    columns[host]?.work.set(work[0] ?? [], at);
  });
  since = ownCpu();
}

const all = (value: number): Float64Array => new Float64Array(length).fill(value);
const [seconds, ones, unknown, usable] = [
  all(STEP_S),
  all(1),
  all(Number.NaN),
  new Uint8Array(length).fill(1),
];
const start = (DAYS - REPORT_DAYS) * HOURS;
const graded = new Map<string, number>();
const widths: number[] = [];
let windows = 0;
let held = 0;
/** @param hosts whose columns are added up in it. */
const seriesOf = (energy: Float64Array, work: Float64Array, hosts: number): ScopeSeries => {
  const time = hosts === 1 ? seconds : all(STEP_S * hosts);
  return {
    from: 0,
    step: STEP_S,
    length,
    energy,
    demanded: time,
    powered: time,
    coverage: ones,
    work: [work],
    drivers: [],
    guards: [],
    grid: unknown,
    pue: unknown,
    usable,
  };
};
const judge = (series: ScopeSeries, name: string, draws: number) =>
  adjustedBaseline({
    terms: { work: ['requests'], drivers: [] },
    before: slice(series, start - BASELINE_DAYS * HOURS, start),
    after: slice(series, start, length),
    histories: [slice(series, 0, start)],
    random: seededRandom(name),
    draws,
  });
const sums = { energy: new Float64Array(length), work: new Float64Array(length) };
columns.forEach(({ energy, work }, host) => {
  for (let at = 0; at < length; at += 1) {
    sums.energy[at] = (sums.energy[at] ?? 0) + (energy[at] ?? 0);
    sums.work[at] = (sums.work[at] ?? 0) + (work[at] ?? 0);
  }
  const outcome = judge(seriesOf(energy, work, 1), `host ${host}`, 0);
  if (!('interval' in outcome)) return;
  windows += outcome.placebo.length;
  widths.push((outcome.interval.high - outcome.interval.low) / 2 / outcome.expected);
  if (outcome.interval.low <= 0 && outcome.interval.high >= 0) held += 1;
  graded.set(outcome.grade, (graded.get(outcome.grade) ?? 0) + 1);
});
const scope = judge(seriesOf(sums.energy, sums.work, HOSTS), 'scope', 1000);
if (!('interval' in scope)) throw new Error('the scope gave no figure');
const cpu = (ownCpu() - began - generating) / 1000;
const memory = process.resourceUsage().maxRSS / 1000;
note(
  `${HOSTS} hosts, ${windows} placebo windows, ${[...graded].map(([grade, count]) => `${count} of grade ${grade}`).join(', ')}, half width ${(quantile(widths, 0.5) * 100).toFixed(1)} %, 0 within ${((held / widths.length) * 100).toFixed(1)} %`,
);
const what = `${HOSTS} hosts, a year of hours each: fit, placebo, intervals`;
const budget = (CPU_BUDGET_S * HOSTS) / 1000;
give({
  what: `processor time of ${what}`,
  ours: `${cpu.toFixed(1)} s`,
  reference: '',
  ratio: cpu / budget,
  budget: `${budget} s`,
  met: cpu <= budget,
  how: `${BASELINE_DAYS} d baseline, ${REPORT_DAYS} d report, ${windows} placebo windows, each host and the scope fitted, 1,000 draws of the bootstrap of the scope; one process, without making the data`,
});
give({
  what: `peak resident memory of ${what}`,
  ours: `${memory.toFixed(0)} MB`,
  reference: '',
  ratio: memory / MEMORY_BUDGET_MB,
  budget: `${MEMORY_BUDGET_MB} MB`,
  met: memory <= MEMORY_BUDGET_MB,
  how: 'energy and work of all hosts are held at once; the maker of the data is in it',
});
