import { type GramsCO2e, grams, type Joules, joules } from '../units.ts';

/** Emissions and work of one stretch of time. */
export interface SciTerms {
  /** E x I: location-based, the overhead of the site included where its PUE was told. Never market-based. */
  readonly operational: GramsCO2e;
  /** M: embodied emissions of the hardware that was kept for the work, amortised over that time. */
  readonly embodied: GramsCO2e;
  /** R: pieces of work. */
  readonly done: number;
}

/**
 * Software Carbon Intensity, `(E x I + M) / R` in g per unit of work (ISO/IEC 21031:2024). Pure. Undefined where no
 * work was done. Certificates, contracts and credits have no place in it: they cannot lower it.
 */
export const sciOf = ({ operational, embodied, done }: SciTerms): GramsCO2e | undefined => {
  const score = (operational + embodied) / done;
  return done > 0 && Number.isFinite(score) ? grams(score) : undefined;
};

/** Terms of one pair of workload and unit over the ticks in which all of them were known. */
export interface SciSum extends SciTerms {
  readonly workload: string;
  readonly unit: string;
  /** E, of the IT equipment alone. */
  readonly energy: Joules;
}

export interface SciState {
  /** What the sums were made under: factor, PUE, life time, figure of the host. With another they begin anew. */
  readonly basis: string;
  readonly pairs: ReadonlyMap<string, SciSum>;
}

/** Work and energy of a pair in one tick. */
export interface SciWork {
  readonly key: string;
  readonly workload: string;
  readonly unit: string;
  readonly done: number;
  readonly energy: Joules;
}

export interface SciInput {
  /** Pairs whose work and energy were both known in this tick. */
  readonly work: readonly SciWork[];
  /** Undefined where no factor or no embodied figure holds: the tick is left out. */
  readonly basis: string | undefined;
  /** Location-based grams that were booked to a workload in this tick; undefined where none were. */
  readonly operational: (workload: string) => GramsCO2e | undefined;
  /** Embodied grams of what is kept for a workload in this tick; undefined where that is not known. */
  readonly embodied: (workload: string) => GramsCO2e | undefined;
  /** Whether a pair still has its place. */
  readonly isHeld: (key: string) => boolean;
}

export interface SciStep {
  readonly state: SciState | undefined;
  /** This tick alone. */
  readonly tick: readonly SciSum[];
}

/**
 * Adds one tick. Pure. Law: a score is that of sums over the same ticks, whatever they are split into. Two factors are
 * never mixed: with another one the sums begin anew (carbon reference 1.2).
 */
export const sciStep = (before: SciState | undefined, input: SciInput): SciStep => {
  const { basis, work, isHeld } = input;
  if (basis === undefined || (work.length === 0 && before === undefined)) return { state: before, tick: [] };
  const held = before?.basis === basis ? [...before.pairs].filter(([key]) => isHeld(key)) : [];
  const pairs = new Map(held);
  const tick: SciSum[] = [];
  for (const { key, workload, unit, done, energy } of work) {
    // A workload that drew nothing has no booking; one that drew something and has none is not known.
    const operational = input.operational(workload) ?? (energy > 0 ? undefined : grams(0));
    const embodied = input.embodied(workload);
    if (operational === undefined || embodied === undefined) continue;
    const now: SciSum = { workload, unit, operational, embodied, done, energy };
    tick.push(now);
    pairs.set(key, plus(pairs.get(key), now));
  }
  return { state: { basis, pairs }, tick };
};

const plus = (sum: SciSum | undefined, now: SciSum): SciSum =>
  sum === undefined
    ? now
    : {
        ...now,
        operational: grams(sum.operational + now.operational),
        embodied: grams(sum.embodied + now.embodied),
        done: sum.done + now.done,
        energy: joules(sum.energy + now.energy),
      };
