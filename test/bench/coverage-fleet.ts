/** How often the intervals of designs with control hosts hold the truth, on simulated fleets with a known effect. */
import type { DesignEstimate, DesignOutcome, IntervalMethod } from '../../src/model/estimate.ts';
import { differences } from '../../src/savings/differences.ts';
import type { HostHalves } from '../../src/savings/host-model.ts';
import { drawPool } from '../../src/savings/pool-draw.ts';
import { pools } from '../../src/savings/pools.ts';
import { segmented } from '../../src/savings/segmented.ts';
import { type ScopeSeries, slice } from '../../src/savings/series.ts';
import { syntheticControl } from '../../src/savings/synthetic-control.ts';
import { type FleetShape, MONDAY, saving, simulateFleet } from '../fixtures/savings-fleet.ts';

const DAY = 86_400;

export type FleetDesign = 'differences' | 'pools' | 'segmented' | 'synthetic-control';

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
    case 'synthetic-control':
      return syntheticControl({ treated, donors: control });
    case 'segmented':
      return segmented({
        series: summed(fleet.map(({ series }) => saving(series, start, effect))),
        start: MONDAY + before * DAY,
      });
  }
};

/** Hosts as one scope. */
const summed = (hosts: readonly ScopeSeries[]): ScopeSeries => {
  const [first] = hosts as [ScopeSeries];
  const total = (column: (series: ScopeSeries) => Float64Array): Float64Array =>
    column(first).map((_, at) => hosts.reduce((sum, series) => sum + (column(series)[at] ?? 0), 0));
  return {
    ...first,
    energy: total(({ energy }) => energy),
    demanded: total(({ demanded }) => demanded),
    work: [total(({ work }) => work[0] as Float64Array)],
  };
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

/** Fleets of 56 days before and 28 after: hosts that drift alone and together, forgetting in two weeks or two months. */
export const FLEET_CASES: readonly Omit<FleetCase, 'fleets'>[] = [
  ...[0, 0.1].flatMap((effect) =>
    [
      { hosts: 16 },
      { hosts: 16, memory: 60 * 24 },
      { hosts: 16, spread: 0.5 },
      { hosts: 16, hostDrift: 0.02, commonDrift: 0.15 },
      { hosts: 32 },
    ].map((shape) => ({ design: 'differences', effect, shape }) as const),
  ),
  ...[0, 0.1].map((effect) => ({ design: 'pools', effect, shape: { hosts: 20 } }) as const),
  ...[0, 0.1].map(
    (effect) => ({ design: 'synthetic-control', effect, shape: { hosts: 22 }, treated: 4 }) as const,
  ),
  ...[0, 0.1].map((effect) => ({ design: 'segmented', effect, shape: { hosts: 4 } }) as const),
].map((one) => ({ seed: 'fleet', before: 56, after: 28, ...one }));
