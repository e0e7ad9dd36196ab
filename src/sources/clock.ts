import type { Clock } from '../model/source.ts';
import { fromNanoseconds } from '../units.ts';

/** The host's clocks: CLOCK_MONOTONIC (an NTP step never changes a duration) and the wall clock. */
export const systemClock: Clock = {
  monotonic: () => fromNanoseconds(Number(process.hrtime.bigint())),
  wall: () => Date.now(),
};
