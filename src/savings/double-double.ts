/**
 * Numbers as the unevaluated sum of two doubles, some 31 digits: for residuals and powers whose own digits would be lost
 * in one double. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971);
 * Knuth, The Art of Computer Programming, vol. 2, 4.2.2. JavaScript has no fused multiply-add, so products are split.
 */
export interface DoubleDouble {
  readonly hi: number;
  readonly lo: number;
}

/** 2^27 + 1: halves a double's 53 bits (Dekker, section 5). */
const SPLIT = 134_217_729;

/** Exact: hi is the rounded sum, lo what rounding lost. */
export const twoSum = (a: number, b: number): DoubleDouble => {
  const hi = a + b;
  const part = hi - a;
  return { hi, lo: a - (hi - part) + (b - part) };
};

/** Exact unless a factor is above 1e300, where splitting overflows. */
export const twoProduct = (a: number, b: number): DoubleDouble => {
  const hi = a * b;
  const ca = SPLIT * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLIT * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return { hi, lo: al * bl - (hi - ah * bh - al * bh - ah * bl) };
};

export const plus = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const sum = twoSum(a.hi, b.hi);
  const rest = twoSum(a.lo, b.lo);
  const first = twoSum(sum.hi, sum.lo + rest.hi);
  return twoSum(first.hi, first.lo + rest.lo);
};

export const times = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const product = twoProduct(a.hi, b.hi);
  return twoSum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
};

export const exactly = (value: number): DoubleDouble => ({ hi: value, lo: 0 });
export const minus = ({ hi, lo }: DoubleDouble): DoubleDouble => ({ hi: -hi, lo: -lo });

/** A column of such numbers. */
export interface DoubleDoubles {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

/** Powers 0 to `degree` of each value, each to some 31 digits. */
export const powersOf = (values: Float64Array, degree: number): readonly DoubleDoubles[] => {
  const powers = Array.from({ length: degree + 1 }, () => ({
    hi: new Float64Array(values.length),
    lo: new Float64Array(values.length),
  }));
  for (const [i, value] of values.entries()) {
    let power = exactly(1);
    for (const { hi, lo } of powers) {
      hi[i] = power.hi;
      lo[i] = power.lo;
      power = times(power, exactly(value));
    }
  }
  return powers;
};
