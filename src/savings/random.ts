/** A stream of random numbers that is the same for the same seed, on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform whole number, 0 <= n < below; below is a whole number from 1 to 2^32. */
  below(limit: number): number;
}

export type Words = readonly [number, number, number, number];

/**
 * 32-bit words of xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47:4,
 * 2021) from a state of which not every word is 0. Period 2^128 - 1.
 */
export const xoshiro128 = (state: Words): (() => number) => {
  let [a, b, c, d] = state;
  const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotated(d, 11);
    return result;
  };
};

/**
 * xoshiro128**, its state filled by SplitMix32 (with the finaliser of MurmurHash3) from 32-bit FNV-1a of the seed's
 * UTF-16 bytes, the lower first. SplitMix32 is a bijection of a counter, so no two words of the state are both 0. Not
 * for secrets.
 */
export const seededRandom = (seed: string): Random => {
  let mix = 0x811c_9dc5;
  for (let at = 0; at < seed.length; at += 1) {
    const unit = seed.charCodeAt(at);
    mix = Math.imul(mix ^ (unit & 0xff), 0x0100_0193);
    mix = Math.imul(mix ^ (unit >>> 8), 0x0100_0193);
  }
  const splitMix = (): number => {
    mix = (mix + 0x9e37_79b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  const word = xoshiro128([splitMix(), splitMix(), splitMix(), splitMix()]);
  return {
    next: () => ((word() >>> 5) * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992,
    below: (limit) => {
      // Words above the last whole multiple of the limit would make some numbers likelier.
      const whole = 4_294_967_296 - (4_294_967_296 % limit);
      let drawn = word();
      while (drawn >= whole) drawn = word();
      return drawn % limit;
    },
  };
};
