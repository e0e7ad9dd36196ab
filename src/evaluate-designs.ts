import type { ScopeRead, Windows } from './evaluate-scope.ts';
import { cut } from './evaluate-scope.ts';
import type { DesignName, DesignOutcome, NoEstimate, Remark } from './model/estimate.ts';
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
  /** Untouched hosts; undefined where the plan names none, or they are of no use. */
  readonly control: ScopeRead | undefined;
  /** Why they are of no use. */
  readonly controlRefusals: readonly Remark[];
  /** Is told the share of the designs that was worked out. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Every design that the plan allows. Each has a stream of random numbers of its own: none depends on the others. */
export const designsOf = (material: Material): readonly DesignOutcome[] => {
  const { plan, seed, scope } = material;
  const { schedule } = plan;
  material.onProgress?.(0);
  // Half of the time, or of the hosts, is without the measure: before and after would compare a mixture.
  if (schedule?.design === 'switchback')
    return [switchback({ series: scope.after, schedule, start: plan.start, seed: `${seed} switchback` })];
  if (schedule?.design === 'ab') return [pools({ hosts: scope.halves, schedule, seed: `${seed} pools` })];
  const beside = withControl(material);
  material.onProgress?.(0.5);
  return [...beside, ...beforeAfter(material).map((one) => unlessUntouchedToo(one, beside))];
};

/** What untouched hosts say of all hosts: those remarks hold for a claim that does not look at them just as well. */
const OF_ALL_HOSTS: readonly string[] = ['control_drift', 'pre_trend', 'placebo_bias'];

/**
 * A claim of before and after, of either sign, does not stand in for one with untouched hosts that was refused because
 * they changed too, or went another way all along, or which found nothing beside what all hosts did: leaving them out would
 * make it a saving. An interval with 0 in it
 * claims nothing.
 */
const unlessUntouchedToo = (one: DesignOutcome, beside: readonly DesignOutcome[]): DesignOutcome => {
  if (!('interval' in one) || (one.interval.low <= 0 && one.interval.high >= 0)) return one;
  const told = beside.flatMap((other) =>
    [...other.refusals, ...('flags' in other ? other.flags : [])].filter(({ flag }) =>
      OF_ALL_HOSTS.includes(flag),
    ),
  );
  return { ...one, refusals: [...one.refusals, ...told] };
};

const none = (design: DesignName, flag: string, text: string, remedy: string): NoEstimate => ({
  design,
  refusals: [{ flag, text, remedy }],
});

/** The same words are used of the hosts of the measure. */
const ofUntouched = ({ flag, text, remedy }: Remark): Remark => ({
  flag: `control_${flag}`,
  text: `Of the untouched hosts: ${text}`,
  remedy,
});

const withControl = ({ plan, seed, scope, control, controlRefusals }: Material): readonly DesignOutcome[] => {
  if (control === undefined)
    return controlRefusals.length === 0
      ? []
      : [{ design: 'difference-in-differences', refusals: controlRefusals.map(ofUntouched) }];
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
    // Of untouched hosts too what is before the start: what changed for all hosts since must not widen the interval of it.
    histories: [
      past,
      ...(isComparable ? [cut(control.series, { from: control.series.from, to: windows.before.to })] : []),
    ],
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
