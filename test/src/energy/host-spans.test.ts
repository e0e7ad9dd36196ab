/** Meters of one source that are not read at one instant, nor equally often: processors each second, boards each five. */
import { describe, expect, it } from 'vitest';
import type { Candidate, HostBooking, HostTotalState } from '../../../src/energy/host-total.ts';
import { bookHost, initialHostTotal } from '../../../src/energy/host-total.ts';
import { joules, seconds } from '../../../src/units.ts';

const CPU_W = 100;
const BOARD_W = 400;
/** Boards are read this long after the processors. */
const LATER_S = 0.06;

const span = (from: number, to: number, watts: number) => ({
  from: seconds(from),
  to: seconds(to),
  energy: joules(watts * (to - from)),
});

/** What is booked of so many seconds. @param every seconds between two reports of the boards. */
const booked = (length: number, every: number): readonly HostBooking[] => {
  const bookings: HostBooking[] = [];
  let state: HostTotalState = initialHostTotal;
  for (let now = 1; now <= length; now += 1) {
    const told = now % every === 0;
    const board = (id: string): Candidate['meters'][number] => ({
      id,
      optional: true,
      spans: told ? [span(now - every + LATER_S, now + LATER_S, BOARD_W)] : [],
    });
    const result = bookHost(
      state,
      [
        {
          source: 'model',
          quality: 'estimated',
          complete: false,
          patience: seconds(20),
          meters: [{ id: 'curve', spans: [span(now - 1, now, CPU_W)] }, board('a'), board('b')],
        },
      ],
      seconds(now + LATER_S),
    );
    state = result.state;
    if (result.booking !== undefined) bookings.push(result.booking);
  }
  return bookings;
};

describe('a host whose meters are read one after the other', () => {
  it.each([1, 5])('has the power of its parts at each booking, with boards that tell each %i s', (every) => {
    // Until the boards have told once, nobody knows theirs.
    for (const { power } of booked(20, every).slice(every - 1))
      expect(power).toBeCloseTo(CPU_W + 2 * BOARD_W, 6);
  });

  it.each([1, 5])('covers each instant once, with boards that tell each %i s', (every) => {
    const all = booked(20, every);
    const covered = all.reduce((total, one) => total + one.covered, 0);
    expect(covered).toBeCloseTo(20 + LATER_S, 6);
    const energy = all.reduce((total, one) => total + one.energy, 0);
    expect(energy).toBeCloseTo(20 * (CPU_W + 2 * BOARD_W), 6);
  });

  it('knows of what time each meter tells', () => {
    const { curve, a } = booked(20, 5).at(-1)?.told ?? {};
    expect(curve).toEqual({ from: 19, to: 20, duration: 1 });
    expect(a?.duration).toBeCloseTo(5, 9);
    expect(a?.from).toBeCloseTo(15 + LATER_S, 9);
  });
});
