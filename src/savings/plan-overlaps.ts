import type { MeasurePlan } from '../model/measure.ts';

/** Two measures that changed the same hosts within the windows that one of them is judged by. */
export interface Overlap {
  readonly name: string;
  readonly other: string;
  /** Hosts that both are for, sorted. */
  readonly hosts: readonly string[];
  /** Seconds since 1970 UTC: the time in which both are judged. */
  readonly from: number;
  readonly to: number;
}

const lastReport = ({ reportAt, start }: MeasurePlan): number => reportAt.at(-1) ?? start;

/** One measure is begun while the other has its baseline or its report: before and after then differ by both. */
const startsWithin = (one: MeasurePlan, other: MeasurePlan): boolean =>
  other.start > one.baseline.from && other.start < lastReport(one);

/** Overlaps of a measure with others, in the order of those. */
export const overlapsOf = (plan: MeasurePlan, all: readonly MeasurePlan[]): readonly Overlap[] => {
  const mine = new Set(plan.hosts);
  return all.flatMap((other): readonly Overlap[] => {
    if (other.name === plan.name) return [];
    const hosts = other.hosts.filter((host) => mine.has(host)).sort();
    if (hosts.length === 0 || !(startsWithin(plan, other) || startsWithin(other, plan))) return [];
    return [
      {
        name: plan.name,
        other: other.name,
        hosts,
        from: Math.max(plan.baseline.from, other.baseline.from),
        to: Math.min(lastReport(plan), lastReport(other)),
      },
    ];
  });
};

/** A measure that changed hosts which another one names as untouched. */
export interface TouchedControl {
  readonly other: string;
  /** Sorted. */
  readonly hosts: readonly string[];
}

/** Untouched hosts of a measure that others of the same time are for. */
export const touchedControls = (
  plan: MeasurePlan,
  all: readonly MeasurePlan[],
): readonly TouchedControl[] => {
  const control = new Set(plan.control);
  return all.flatMap((other): readonly TouchedControl[] => {
    const hosts = other.hosts.filter((host) => control.has(host)).sort();
    const isMeant = other.name !== plan.name && hosts.length > 0 && startsWithin(plan, other);
    return isMeant ? [{ other: other.name, hosts }] : [];
  });
};

/** What a verdict must know of other measures: plans that share hosts and time with it, and who changed its control. */
export const othersOf = (plan: MeasurePlan, all: readonly MeasurePlan[]) => ({
  overlapping: all.filter(({ name }) => plan.overlaps.includes(name)),
  touched: touchedControls(plan, all),
});

/** Plans with the overlaps that were found added to those that were declared. */
export const withOverlaps = (plans: readonly MeasurePlan[]): readonly MeasurePlan[] =>
  plans.map((plan) => {
    const found = overlapsOf(plan, plans).map(({ other }) => other);
    return { ...plan, overlaps: [...new Set([...plan.overlaps, ...found])].sort() };
  });
