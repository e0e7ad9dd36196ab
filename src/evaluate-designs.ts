import type { ScopeRead, Windows } from './evaluate-scope.ts';
import { cut } from './evaluate-scope.ts';
import type { DesignName, DesignOutcome, NoEstimate } from './model/estimate.ts';
import type { MeasurePlan } from './model/measure.ts';
import { adjustedBaseline } from './savings/adjusted-baseline.ts';
import { differences } from './savings/differences.ts';
import { pools } from './savings/pools.ts';
import { seededRandom } from './savings/random.ts';
import { segmented } from './savings/segmented.ts';
import { switchback } from './savings/switchback.ts';
import { syntheticControl } from './savings/synthetic-control.ts';

export interface Material {
  readonly plan: MeasurePlan;
  readonly windows: Windows;
  readonly seed: string;
  readonly scope: ScopeRead;
  /** Untouched hosts; undefined where the plan names none. */
  readonly control: ScopeRead | undefined;
}

/** Every design that the plan allows. Each has a stream of random numbers of its own: none depends on the others. */
export const designsOf = (material: Material): readonly DesignOutcome[] => {
  const { plan, seed, scope } = material;
  const { schedule } = plan;
  // Half of the time, or of the hosts, is without the measure: before and after would compare a mixture.
  if (schedule?.design === 'switchback')
    return [switchback({ series: scope.after, schedule, start: plan.start, seed: `${seed} switchback` })];
  if (schedule?.design === 'ab') return [pools({ hosts: scope.halves, schedule, seed: `${seed} pools` })];
  return [...withControl(material), ...beforeAfter(material)];
};

const none = (design: DesignName, flag: string, text: string, remedy: string): NoEstimate => ({
  design,
  refusals: [{ flag, text, remedy }],
});

const withControl = ({ plan, seed, scope, control }: Material): readonly DesignOutcome[] => {
  if (control === undefined) return [];
  if (plan.work.some(({ query }) => query !== undefined))
    return [
      none(
        'difference-in-differences',
        'control_work_unknown',
        'The query of work counts the hosts of the measure alone: how much work the untouched hosts did is not known.',
        'Count work on each host (negawatt_work_total), or use an on/off test.',
      ),
    ];
  return [
    differences({ treated: scope.halves, control: control.halves, seed: `${seed} differences` }),
    syntheticControl({ treated: scope.halves, donors: control.halves }),
  ];
};

const beforeAfter = ({ plan, windows, seed, scope, control }: Material): readonly DesignOutcome[] => {
  const { work, drivers } = plan;
  if (work.length === 0)
    return [
      none(
        'adjusted-baseline',
        'no_work',
        'Nothing says how much work was done: a change of energy is no saving.',
        'Name the work of these hosts in the plan, or use untouched hosts or an on/off test.',
      ),
    ];
  const isComparable = control !== undefined && work.every(({ query }) => query === undefined);
  const past = cut(scope.series, { from: windows.whole.from, to: windows.before.to });
  const adjusted = adjustedBaseline({
    terms: { work: work.map(({ unit }) => unit), drivers: drivers.map(({ name }) => name) },
    before: scope.before,
    after: scope.after,
    // Untouched hosts have no start: all of their time is one in which nothing was changed.
    histories: [past, ...(isComparable ? [control.series] : [])],
    random: seededRandom(`${seed} baseline`),
  });
  const segments = segmented({
    series: cut(scope.series, { from: windows.before.from, to: windows.after.to }),
    start: windows.after.from,
    baselineEnd: windows.before.to,
  });
  // What a baseline can not tell of this work, a trend on top of it can not either.
  return [adjusted, { ...segments, refusals: [...segments.refusals, ...adjusted.refusals] }];
};
