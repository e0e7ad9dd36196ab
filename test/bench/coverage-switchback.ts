/** How often the interval of the on/off test holds the truth, on a real trace to which nothing was done. */
import type { SwitchbackSchedule } from '../../src/model/measure.ts';
import { quantile } from '../../src/savings/quantiles.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { type ScopeSeries, slice } from '../../src/savings/series.ts';
import { switchback } from '../../src/savings/switchback.ts';
import { switchbackBlocks } from '../../src/savings/switchback-schedule.ts';

const HOUR = 3600;

export interface SwitchbackFigures {
  readonly blockHours: number;
  readonly days: number;
  readonly saving: number;
  readonly windows: number;
  /** Share of windows whose 90 % interval held the true saving; its standard error, as if windows were independent. */
  readonly coverage: number;
  readonly standardError: number;
  /** Median half-width over the expected energy. */
  readonly halfWidth: number;
  /** Share of windows whose lower bound was above 0: without a saving, false savings. */
  readonly found: number;
  /** Share of windows that gave no figure; they count as held and as not found. */
  readonly none: number;
  readonly detectable: number;
  /** Mean of estimated less true saving, over the expected energy. */
  readonly bias: number;
}

/** The hours of a window with the measure on use less by `saving`; the truth in J is returned with them. */
export const withSaving = (
  series: ScopeSeries,
  schedule: SwitchbackSchedule,
  start: number,
  saving: number,
): ScopeSeries => {
  const energy = series.energy.slice();
  for (const block of switchbackBlocks(schedule, start, series.from + series.length * series.step))
    if (block.on)
      for (
        let at = (block.from - series.from) / series.step;
        at < (block.to - series.from) / series.step;
        at += 1
      )
        energy[at] = (energy[at] ?? Number.NaN) * (1 - saving);
  return { ...series, energy };
};

/** One cell of the table; a window is a host, an instant and a seed, all drawn at random. */
export const coverSwitchback = async (
  hosts: ReadonlyMap<string, ScopeSeries>,
  options: {
    readonly blockHours: number;
    readonly days: number;
    readonly saving: number;
    readonly windows: number;
    readonly seed: string;
    readonly draws?: number;
  },
): Promise<SwitchbackFigures> => {
  const { blockHours, days, saving } = options;
  const random = seededRandom(options.seed);
  const all = [...hosts.values()];
  const halves: number[] = [];
  const least: number[] = [];
  let [held, found, bias, tried, none] = [0, 0, 0, 0, 0];
  for (let draw = 0; tried < options.windows && draw < 20 * options.windows; draw += 1) {
    const series = all[random.below(all.length)] as ScopeSeries;
    const length = days * 24;
    const first = random.below(series.length - length + 1);
    const window = slice(series, first, first + length);
    const known = window.usable.reduce((sum, flag) => sum + flag, 0);
    const seed = `${options.seed} ${random.below(2 ** 31)}`;
    if (known < 0.9 * length) continue;
    const schedule = { design: 'switchback', block: blockHours * HOUR, washout: 0, seed } as const;
    const outcome = switchback({
      series: withSaving(window, schedule, window.from, saving),
      schedule,
      start: window.from,
      seed,
      ...(options.draws === undefined ? {} : { draws: options.draws }),
    });
    tried += 1;
    // Without a figure there is no wrong one, but nothing is found either.
    if (!('expected' in outcome)) {
      none += 1;
      held += 1;
      continue;
    }
    const truth = saving === 0 ? 0 : (outcome.actual / (1 - saving)) * saving;
    if (outcome.interval.low <= truth && truth <= outcome.interval.high) held += 1;
    if (outcome.interval.low > 0) found += 1;
    halves.push((outcome.interval.high - outcome.interval.low) / 2 / outcome.expected);
    least.push(outcome.detectable ?? Number.NaN);
    bias += (outcome.avoided - truth) / outcome.expected;
    if (tried % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const coverage = held / tried;
  return {
    blockHours,
    days,
    saving,
    windows: tried,
    coverage,
    standardError: Math.sqrt((coverage * (1 - coverage)) / tried),
    halfWidth: quantile(halves, 0.5),
    found: found / tried,
    none: none / tried,
    detectable: quantile(least, 0.5),
    bias: bias / tried,
  };
};

/** Cells of the table: as the reference has them, and savings of 5, 10 and 20 %. */
export const SWITCHBACK_CELLS = [6, 24].flatMap((blockHours) =>
  [14, 28].flatMap((days) => [0, 0.05, 0.1, 0.2].map((saving) => ({ blockHours, days, saving }))),
);
