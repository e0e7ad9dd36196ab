import type { Seconds } from '../units.ts';
import { energyOf, fromMicrojoules, type Joules, joules, seconds, type Watts } from '../units.ts';
import { isSentinel } from './sentinel.ts';
import type { MeterEvent, MeterSpan } from './span.ts';

/** A cumulative energy counter as last trusted, and a reading that contradicts it and waits for the next one. */
export interface CounterState {
  readonly base: CounterMark;
  readonly suspect?: CounterMark;
  /** When the value last changed, and how often it was read since: a frozen counter looks alive. */
  readonly changedAt: Seconds;
  readonly unchangedReads: number;
}

interface CounterMark {
  readonly microjoules: bigint;
  readonly at: Seconds;
}

export interface CounterReading {
  readonly microjoules: bigint;
  readonly at: Seconds;
  readonly range: Joules | undefined;
  readonly ceiling: Watts;
  /** The device itself says that it began anew. */
  readonly restarted?: boolean;
}

export interface CounterStep {
  readonly state: CounterState | undefined;
  readonly span?: MeterSpan;
  readonly event?: MeterEvent;
}

const mark = ({ microjoules, at }: CounterReading): CounterMark => ({ microjoules, at });

const fresh = (reading: CounterReading): CounterState => ({
  base: mark(reading),
  changedAt: reading.at,
  unchangedReads: 0,
});

/** Energy from a mark to a reading, or undefined where no load below the ceiling explains it. */
const explained = (
  from: CounterMark,
  reading: CounterReading,
): { energy: Joules; wrapped: boolean } | undefined => {
  const duration = seconds(reading.at - from.at);
  const most = energyOf(reading.ceiling, duration);
  if (reading.microjoules >= from.microjoules) {
    const energy = fromMicrojoules(reading.microjoules - from.microjoules);
    return energy <= most ? { energy, wrapped: false } : undefined;
  }
  if (reading.range === undefined) return undefined;
  const energy = joules(
    reading.range - fromMicrojoules(from.microjoules) + fromMicrojoules(reading.microjoules),
  );
  return energy >= 0 && energy <= most ? { energy, wrapped: true } : undefined;
};

/**
 * One reading of a counter to the joules since the last one. Pure.
 *
 * A decrease is a wrap only if the energy that it implies stays below the ceiling. Otherwise the reading is kept as
 * a suspect: the next reading either continues it (the counter was reset: the suspect is the new base, one interval
 * is lost, nothing is added) or continues the old base (the suspect was a glitch: nothing is lost). The same holds
 * for a jump above the ceiling. An interval in which the counter could have turned more than once is a gap.
 *
 * Source: power reference 1.2; Linux Documentation/power/powercap (energy_uj, max_energy_range_uj).
 */
export const advanceCounter = (state: CounterState | undefined, reading: CounterReading): CounterStep => {
  if (isSentinel(reading.microjoules)) {
    return { state, event: 'sentinel' };
  }
  if (state === undefined) return { state: fresh(reading) };
  if (reading.restarted === true) return { state: fresh(reading), event: 'reset' };
  const { base, suspect } = state;
  const duration = reading.at - base.at;
  if (duration <= 0) return { state };
  const couldTurnTwice =
    reading.range !== undefined && energyOf(reading.ceiling, seconds(duration)) >= reading.range;
  if (couldTurnTwice) return { state: fresh(reading), event: 'gap' };

  const step = explained(base, reading);
  if (step !== undefined) {
    const changed = reading.microjoules !== base.microjoules;
    return {
      state: {
        base: mark(reading),
        changedAt: changed ? reading.at : state.changedAt,
        unchangedReads: changed ? 0 : state.unchangedReads + 1,
      },
      span: { from: base.at, to: reading.at, energy: step.energy },
      ...(step.wrapped
        ? { event: 'wrap' as const }
        : suspect === undefined
          ? {}
          : { event: 'implausible' as const }),
    };
  }
  const continued = suspect === undefined ? undefined : explained(suspect, reading);
  if (suspect !== undefined && continued !== undefined) {
    return {
      state: fresh(reading),
      span: { from: suspect.at, to: reading.at, energy: continued.energy },
      event: 'reset',
    };
  }
  return {
    state: { ...state, suspect: mark(reading) },
    ...(suspect === undefined ? {} : { event: 'implausible' as const }),
  };
};

/** Frozen: unchanged for this long and this many reads while the host works (power reference 1.2). */
const FROZEN_AFTER = seconds(10);
const FROZEN_READS = 3;

/** Whether a counter stands still although the host is busy; its source then counts as absent. */
export const isFrozen = (state: CounterState, hostBusy: boolean): boolean =>
  hostBusy && state.unchangedReads >= FROZEN_READS && state.base.at - state.changedAt >= FROZEN_AFTER;
