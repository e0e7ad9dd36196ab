/** xorshift32 (Marsaglia 2003, Xorshift RNGs, section 3): numbers below `most`, the same ones for a seed. */
export const numbers = (seed: number): ((most: number) => number) => {
  let state = seed | 0 || 1;
  return (most) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % most;
  };
};
