import { describe, expect, it } from 'vitest';
import { type LoopClock, startLoop } from '../../agent/loop.ts';

/** A clock that the test moves; timers fire `late` milliseconds after their time. */
const heldClock = () => {
  let now = 1000;
  let pending: { readonly at: number; readonly run: () => void } | undefined;
  const clock: LoopClock = {
    now: () => now,
    setTimer: (run, delay) => {
      pending = { at: now + delay, run };
      return { cancel: () => (pending = undefined) };
    },
  };
  const fire = (late: number, work = 0): boolean => {
    const timer = pending;
    if (timer === undefined) return false;
    pending = undefined;
    now = timer.at + late;
    workTime = work;
    timer.run();
    return true;
  };
  let workTime = 0;
  return { clock, fire, at: () => now, spend: () => (now += workTime) };
};

describe('the sampling loop', () => {
  it('does not drift, however late each timer is', () => {
    const held = heldClock();
    const times: number[] = [];
    startLoop(() => times.push(held.at()), 5000, held.clock);
    for (let i = 0; i < 100; i++) held.fire(7);
    expect(times[99]).toBe(1000 + 100 * 5000 + 7);
  });

  it('skips the turns that a stalled process missed and keeps to the plan', () => {
    const held = heldClock();
    const times: number[] = [];
    startLoop(
      () => {
        times.push(held.at());
        held.spend();
      },
      5000,
      held.clock,
    );
    held.fire(0, 12_500);
    held.fire(0);
    held.fire(0);
    expect(times).toEqual([6000, 21_000, 26_000]);
  });

  it('stops when told', () => {
    const held = heldClock();
    const stop = startLoop(() => {}, 1000, held.clock);
    stop();
    expect(held.fire(0)).toBe(false);
  });
});
