import { seededRandom } from '../savings/random.ts';

/** A quantity that wanders about 0 with a standard deviation of 1, by time alone (seconds since 1970 UTC). */
export type Noise = (at: number) => number;

/** SplitMix32 with the finaliser of MurmurHash3: a number of 32 bits from another one, without any state. */
const mixed = (value: number): number => {
  let z = (value + 0x9e37_79b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
  return (z ^ (z >>> 16)) >>> 0;
};

/**
 * Values at multiples of the period, drawn from the seed and the time, and a straight line between them. Whoever asks
 * at other times or in another order gets the same: so the truth of a host does not hang on how often it is read.
 *
 * @param period seconds over which it changes.
 */
export const createNoise = (seed: string, period: number): Noise => {
  const key = seededRandom(seed).below(2 ** 32);
  const normal = (index: number): number => {
    const word = mixed(key ^ mixed(index));
    const other = mixed(word ^ 0x5bd1_e995);
    // Box-Muller; the first of the two is never 0.
    return Math.sqrt(-2 * Math.log((word + 1) / 2 ** 32)) * Math.cos((2 * Math.PI * other) / 2 ** 32);
  };
  let held = { index: Number.NaN, left: 0, right: 0 };
  return (at) => {
    const index = Math.floor(at / period);
    if (held.index !== index) held = { index, left: normal(index), right: normal(index + 1) };
    const share = at / period - index;
    const mean = held.left + share * (held.right - held.left);
    // The mean of two draws wanders less than one: brought back to a deviation of 1.
    return mean / Math.sqrt((1 - share) ** 2 + share ** 2);
  };
};
