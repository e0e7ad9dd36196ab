import { fromMicroseconds, type Seconds, seconds } from '../units.ts';

/**
 * The stamps of another machine's clock as monotonic time of this one. Between two readings the stamps' own distance
 * holds; where the two clocks drift apart, or one is set, the time stays between `now - lag` and `now`, so that no
 * reading comes from the future and none seems older than the device lets it become.
 */
export class StampClock {
  readonly #lag: number;
  #offset: number | undefined;

  /** @param lag oldest that a fresh reading can be, in seconds. */
  constructor(lag: number) {
    this.#lag = lag;
  }

  /** Monotonic time of a stamp in microseconds, read at `now`. */
  timeOf(stamp: number, now: Seconds): Seconds {
    const own = fromMicroseconds(stamp);
    const expected = own + (this.#offset ?? now - own);
    const at = Math.min(now, Math.max(now - this.#lag, expected));
    this.#offset = at - own;
    return seconds(at);
  }
}
