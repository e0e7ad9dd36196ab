import { describe, expect, it } from 'vitest';
import { type FloorHint, type FloorState, initialFloor, learnFloor } from '../../../src/energy/floor.ts';
import { joules, ratio, seconds, watts } from '../../../src/units.ts';

const NONE: FloorHint = { by: 'processors', configured: undefined, idle: undefined, idleShare: undefined };
/** A host that draws a quarter of its full power at idle, linear between. */
const SHAPED: FloorHint = { ...NONE, idleShare: (load) => ratio(0.25 / (0.25 + 0.75 * load)) };

const run = (
  state: FloorState,
  minutes: readonly { power: number; load: number; day?: number }[],
  hint: FloorHint = NONE,
) => {
  let current = state;
  for (const { power, load, day = 1 } of minutes) {
    for (let i = 0; i < 12; i++) {
      current = learnFloor(
        current,
        { energy: joules(power * 5), duration: seconds(5), load: ratio(load), day },
        hint,
      );
    }
  }
  return current;
};

describe('the idle floor', () => {
  it('is learnt from the low end of idle minutes once there are thirty', () => {
    const minutes = Array.from({ length: 29 }, (_, i) => ({ power: 40 + i, load: 0.01 }));
    const almost = run(initialFloor(NONE), minutes);
    expect(almost.floor.method).toBe('none');
    const learnt = run(almost, [{ power: 40, load: 0.01 }]);
    expect(learnt.floor.method).toBe('learnt');
    expect(learnt.floor.power).toBeGreaterThan(39.5);
    expect(learnt.floor.power).toBeLessThan(41);
  });

  it('a loaded minute is never taken for the floor: it is brought down by the shape of the curve', () => {
    const truth = (load: number): number => 50 + 150 * load;
    for (const load of [0.22, 0.5, 0.9]) {
      const minutes = Array.from({ length: 60 }, () => ({ power: truth(load), load }));
      const { floor } = run(initialFloor(SHAPED), minutes, SHAPED);
      expect(floor.method).toBe('curve');
      expect(floor.power).toBeCloseTo(50, 6);
    }
  });

  it('the calmest minute decides, since it needs the shape least', () => {
    const wrong = [
      { power: 300, load: 0.9 },
      { power: 60, load: 0.1 },
      { power: 40, load: 0.8 },
    ];
    const { floor } = run(initialFloor(SHAPED), wrong, SHAPED);
    expect(floor.power).toBe(40);
    expect(run(initialFloor(SHAPED), wrong.slice(0, 2), SHAPED).floor.power).toBeCloseTo(
      (60 * 0.25) / 0.325,
      6,
    );
  });

  it('is known from the first interval on, long before a minute is full', () => {
    const first = learnFloor(
      initialFloor(SHAPED),
      { energy: joules(1000), duration: seconds(5), load: ratio(1), day: 1 },
      SHAPED,
    );
    expect(first.floor).toEqual({ power: watts(50), method: 'curve' });
  });

  it('without any shape nothing is called idle until enough is learnt, and the method says so', () => {
    const state = run(
      initialFloor(NONE),
      Array.from({ length: 60 }, () => ({ power: 90, load: 0.5 })),
    );
    expect(state.floor).toEqual({ power: watts(0), method: 'none' });
  });

  it('what the operator configured holds against everything', () => {
    const hint = { ...NONE, configured: watts(33), idle: watts(50) };
    const state = run(
      initialFloor(hint),
      Array.from({ length: 60 }, () => ({ power: 20, load: 0 })),
      hint,
    );
    expect(state.floor).toEqual({ power: watts(33), method: 'configured' });
  });

  it('a curve stands in until then, and yields to a minute below it', () => {
    const hint = { ...NONE, idle: watts(50) };
    const start = initialFloor(hint);
    expect(start.floor).toEqual({ power: watts(50), method: 'curve' });
    expect(run(start, [{ power: 30, load: 0.3 }], hint).floor).toEqual({ power: watts(30), method: 'curve' });
  });

  it('nothing seen yet means no floor: all energy counts as dynamic, and the method says so', () => {
    expect(initialFloor(NONE).floor).toEqual({ power: watts(0), method: 'none' });
  });

  it('minutes older than two weeks are forgotten', () => {
    const old = run(
      initialFloor(NONE),
      Array.from({ length: 40 }, () => ({ power: 20, load: 0, day: 1 })),
    );
    const later = run(
      old,
      Array.from({ length: 40 }, () => ({ power: 60, load: 0, day: 16 })),
    );
    expect(later.floor.power).toBeGreaterThan(58);
    expect(Object.keys(later.idleMinutes)).toEqual(['16']);
  });

  it('a learnt floor stays put while the figure moves by less than two per cent', () => {
    const learnt = run(
      initialFloor(NONE),
      Array.from({ length: 40 }, () => ({ power: 50, load: 0 })),
    );
    const after = run(
      learnt,
      Array.from({ length: 40 }, () => ({ power: 49.7, load: 0 })),
    );
    expect(after.floor).toEqual(learnt.floor);
  });
});
