import type { SwitchbackSchedule } from '../model/measure.ts';
import { blockAt } from './switchback-schedule.ts';

/** What a switchback asks for now. Instants in seconds since 1970 UTC. */
export interface Arm {
  /**
   * Whether the measure is to be in force: off before the start too. over: the last report date has passed, and who
   * follows the arm goes by its own default again.
   */
  readonly arm: 'on' | 'off' | 'over';
  readonly state: 'before' | 'running' | 'over';
  /** Block that this is, counted from the start; undefined unless it runs. */
  readonly block: number | undefined;
  /** Since when; undefined before the start. */
  readonly since: number | undefined;
  /** When the arm changes next, later blocks of the same arm passed over; undefined: not any more. */
  readonly changesAt: number | undefined;
  /** Arm from then on. */
  readonly next: Arm['arm'] | undefined;
}

const named = (on: boolean | undefined): 'on' | 'off' => (on === true ? 'on' : 'off');

/**
 * The arm at an instant. Pure: everybody who asks with the same schedule is told the same.
 *
 * @param end last report date: the test is over then.
 */
export const armAt = (schedule: SwitchbackSchedule, start: number, end: number, now: number): Arm => {
  if (now >= end)
    return {
      arm: 'over',
      state: 'over',
      block: undefined,
      since: end,
      changesAt: undefined,
      next: undefined,
    };
  const count = Math.ceil((end - start) / schedule.block);
  const armOf = (index: number) => named(blockAt(schedule, start, start + index * schedule.block)?.on);
  if (!(now >= start)) {
    const next = armOf(0);
    return { arm: 'off', state: 'before', block: undefined, since: undefined, changesAt: start, next };
  }
  const index = Math.floor((now - start) / schedule.block);
  const arm = armOf(index);
  let since = index;
  while (since > 0 && armOf(since - 1) === arm) since -= 1;
  let until = index + 1;
  while (until < count && armOf(until) === arm) until += 1;
  return {
    ...{ arm, state: 'running', block: index, since: start + since * schedule.block },
    ...(until === count
      ? { changesAt: end, next: 'over' as const }
      : { changesAt: start + until * schedule.block, next: armOf(until) }),
  };
};
