/** How often intervals that rest on several hosts hold the truth, on simulated fleets with a known effect. */
import type { DesignEstimate, DesignOutcome, IntervalMethod } from '../../src/model/estimate.ts';
import { differences } from '../../src/savings/differences.ts';
import type { HostHalves } from '../../src/savings/host-model.ts';
import { drawPool } from '../../src/savings/pool-draw.ts';
import { pools } from '../../src/savings/pools.ts';
import { type ScopeSeries, slice } from '../../src/savings/series.ts';
import { type FleetShape, saving, simulateFleet } from '../fixtures/savings-fleet.ts';
import { giveCoverage, giveWidth, percent } from './coverage-claims.ts';
import { QUICK } from './measure.ts';

export type FleetDesign = 'differences' | 'pools';

export interface FleetCase {
  readonly design: FleetDesign;
  readonly fleets: number;
  /** Share of energy that the measure avoids. */
  readonly effect: number;
  /** Baseline and reporting window, days. */
  readonly before: number;
  readonly after: number;
  readonly shape: Omit<FleetShape, 'seed' | 'days'>;
  readonly seed: string;
  /** Hosts with the measure; half of them, if absent. */
  readonly treated?: number;
}

export interface FleetFigures {
  readonly fleets: number;
  /** Share of fleets whose interval held the truth, by method and of the printed one; fleets are independent. */
  readonly coverageBy: Readonly<Partial<Record<IntervalMethod, number>>>;
  readonly coverage: number;
  readonly standardError: number;
  readonly halfWidth: number;
  /** Share whose lower bound was above 0, and of those the ones that nothing refused. */
  readonly found: number;
  readonly claimed: number;
  readonly refused: number;
  readonly byFlag: Readonly<Record<string, number>>;
}

const outcomeOf = (one: FleetCase, number: number): DesignOutcome => {
  const { before, after, effect, shape } = one;
  const start = before * 24;
  const fleet = simulateFleet({ ...shape, days: before + after, seed: `${one.seed} ${number}` });
  const names = fleet.map(({ host }) => host);
  const seed = `${one.seed} pools ${number}`;
  const chosen = one.treated === undefined ? drawPool(names, seed) : names.slice(0, one.treated);
  const changed = (host: string, series: ScopeSeries): ScopeSeries =>
    chosen.includes(host) ? saving(series, start, effect) : series;
  const halves: readonly HostHalves[] = fleet.map(({ host, series }) => {
    const whole = changed(host, series);
    return { host, before: slice(whole, 0, start), after: slice(whole, start, whole.length) };
  });
  const treated = halves.filter(({ host }) => chosen.includes(host));
  const control = halves.filter(({ host }) => !chosen.includes(host));
  switch (one.design) {
    case 'differences':
      return differences({ treated, control, seed });
    case 'pools':
      return pools({ hosts: halves, schedule: { design: 'ab', seed, treated: chosen }, seed, draws: 1999 });
  }
};

export const coverFleets = async (one: FleetCase): Promise<FleetFigures> => {
  const held: Partial<Record<IntervalMethod, number>> = {};
  const byFlag: Record<string, number> = {};
  let [covered, found, claimed, refused, half] = [0, 0, 0, 0, 0];
  const holds = ({ low, high }: { low: number; high: number }, truth: number): number =>
    low <= truth && truth <= high ? 1 : 0;
  for (let number = 0; number < one.fleets; number += 1) {
    const outcome = outcomeOf(one, number);
    if (!('expected' in outcome)) throw new Error(outcome.refusals[0]?.text);
    const estimate: DesignEstimate = outcome;
    const truth = (estimate.actual * one.effect) / (1 - one.effect);
    for (const interval of estimate.intervals)
      held[interval.method] = (held[interval.method] ?? 0) + holds(interval, truth) / one.fleets;
    covered += holds(estimate.interval, truth);
    if (estimate.interval.low > 0) found += 1;
    if (estimate.interval.low > 0 && estimate.refusals.length === 0) claimed += 1;
    if (estimate.refusals.length > 0) refused += 1;
    for (const { flag } of estimate.refusals) byFlag[flag] = (byFlag[flag] ?? 0) + 1 / one.fleets;
    half += (estimate.interval.high - estimate.interval.low) / 2 / estimate.expected;
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const coverage = covered / one.fleets;
  return {
    fleets: one.fleets,
    coverageBy: held,
    coverage,
    standardError: Math.sqrt((coverage * (1 - coverage)) / one.fleets),
    halfWidth: half / one.fleets,
    found: found / one.fleets,
    claimed: claimed / one.fleets,
    refused: refused / one.fleets,
    byFlag,
  };
};

/** Shapes of fleets with what to call them: hosts that drift alone and together, forgetting in two weeks or two months. */
const SHAPES: readonly (readonly [string, FleetCase['shape']])[] = [
  ['16 hosts', { hosts: 16 }],
  ['16 hosts, drift of two months', { hosts: 16, memory: 60 * 24 }],
  ['16 hosts of very different size', { hosts: 16, spread: 0.5 }],
  ['16 hosts, drift of all by 15 %', { hosts: 16, hostDrift: 0.02, commonDrift: 0.15 }],
  ['32 hosts', { hosts: 32 }],
];

interface NamedCase extends Pick<FleetCase, 'design' | 'shape' | 'treated'> {
  readonly name: string;
}

const CASES: readonly NamedCase[] = [
  ...SHAPES.map(
    ([name, shape]) =>
      ({ name: `evidence B, untouched hosts, ${name}`, design: 'differences', shape }) as const,
  ),
  { name: 'evidence A, hosts drawn at random, 20 hosts', design: 'pools', shape: { hosts: 20 } },
];

/** Of each shape so many fleets without a measure: a standard error of 1.1 %. */
const FLEETS = QUICK ? 40 : 800;
/** With one: how often a true saving is seen needs no such width. */
const FLEETS_CHANGED = QUICK ? 20 : 200;
/** A true saving that ought to be seen. */
const SAVING = 0.1;

/** The rows of evidence that rests on several hosts, on simulated fleets of 56 days before and 28 after. */
export const judgeFleets = async (): Promise<void> => {
  for (const { name, ...rest } of CASES) {
    const one = { ...rest, seed: 'fleet', before: 56, after: 28 };
    const none = await coverFleets({ ...one, fleets: FLEETS, effect: 0 });
    const some = await coverFleets({ ...one, fleets: FLEETS_CHANGED, effect: SAVING });
    const shown = 1 - none.refused;
    giveCoverage(
      name,
      {
        coverage: none.coverage,
        error: none.standardError,
        falseSavings: shown > 0 ? none.claimed / shown : 0,
      },
      {
        coverage: `all of ${none.fleets} simulated fleets, 56 d before and 28 d after, no measure; ${percent(shown)} are shown (nothing refused; ${flagsOf(none)}); with a true saving of ${percent(SAVING)} it holds ${percent(some.coverage)} of ${some.fleets}`,
        falseSavings: `lower bound above 0, of those shown; of all ${percent(none.claimed)}, refused ones included ${percent(none.found)}`,
      },
    );
    giveWidth(
      name,
      none.halfWidth,
      `mean; a true saving of ${percent(SAVING)} is claimed in ${percent(some.claimed)} of the fleets (refused: ${flagsOf(some)})`,
    );
  }
};

const flagsOf = ({ byFlag }: FleetFigures): string =>
  Object.entries(byFlag)
    .map(([flag, share]) => `${flag} ${percent(share)}`)
    .join(', ') || 'none';
