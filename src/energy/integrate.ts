import { fromMicrowatts, joules, type Seconds, seconds, type Watts } from '../units.ts';
import { isSentinel } from './sentinel.ts';
import type { MeterEvent, MeterSpan } from './span.ts';

/** The last trusted power of a meter that has no energy counter. */
export interface PowerState {
  readonly at: Seconds;
  readonly power: Watts;
}

export interface PowerReading {
  readonly microwatts: bigint;
  readonly at: Seconds;
  /** Nominal refresh of the device. */
  readonly interval: Seconds;
  readonly ceiling: Watts;
  /** A whole running host cannot draw nothing: its 0 is a missing reading. */
  readonly zeroIsMissing: boolean;
}

export interface PowerStep {
  readonly state: PowerState | undefined;
  readonly span?: MeterSpan;
  readonly event?: MeterEvent;
}

/** No bridge over more than this many nominal intervals (power reference 1.3). */
const LONGEST_BRIDGE = 3;
/** Two readings of a device that refreshes faster than it is read may still lie this far apart. */
const SHORTEST_BRIDGE = seconds(15);

/** Longest interval that a trapezoid may cover for a device with this refresh. */
export const bridgeOf = (interval: Seconds): Seconds =>
  seconds(Math.max(LONGEST_BRIDGE * interval, SHORTEST_BRIDGE));

/** One power reading to the joules since the last one: trapezoid over the readings' own times. Pure. */
export const integratePower = (state: PowerState | undefined, reading: PowerReading): PowerStep => {
  if (isSentinel(reading.microwatts)) return { state, event: 'sentinel' };
  const power = fromMicrowatts(reading.microwatts);
  if (power > reading.ceiling) return { state, event: 'implausible' };
  if (power === 0 && reading.zeroIsMissing) return { state, event: 'sentinel' };
  const next: PowerState = { at: reading.at, power };
  if (state === undefined) return { state: next };
  const duration = seconds(reading.at - state.at);
  if (duration <= 0) return { state };
  if (duration > bridgeOf(reading.interval)) return { state: next, event: 'gap' };
  const energy = joules(((state.power + power) / 2) * duration);
  return { state: next, span: { from: state.at, to: reading.at, energy } };
};
