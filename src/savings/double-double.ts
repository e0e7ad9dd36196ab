/**
 * Numbers of about 32 digits as the unevaluated sum of two doubles, without a fused multiply-add (Dekker, "A
 * Floating-Point Technique for Extending the Available Precision", Numerische Mathematik 18, 1971; sums and products as
 * in Hida, Li and Bailey, "Library for Double-Double and Quad-Double Arithmetic", 2007). Values up to about 1e300.
 */
export interface DoubleDouble {
  readonly hi: number;
  /** At most half a unit in the last place of `hi`. */
  readonly lo: number;
}

/** Columns of such numbers. */
export interface PairColumn {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

export const pair = (hi: number, lo = 0): DoubleDouble => ({ hi, lo });

/** The sum of two doubles, exactly (Knuth). */
export const twoSum = (a: number, b: number): DoubleDouble => {
  const hi = a + b;
  const part = hi - a;
  return { hi, lo: a - (hi - part) + (b - part) };
};

/** The same where |a| >= |b| or a is 0. */
const quickSum = (a: number, b: number): DoubleDouble => {
  const hi = a + b;
  return { hi, lo: b - (hi - a) };
};

/** 2^27 + 1 splits the 53 bits of a double into two halves whose products are exact (Veltkamp). */
const SPLITTER = 134_217_729;
/** From here on the product with the splitter leaves the range of a double. */
const SPLIT_LIMIT = 2 ** 996;

const split = (a: number): DoubleDouble => {
  if (Math.abs(a) > SPLIT_LIMIT) {
    const { hi, lo } = split(a * 2 ** -28);
    return { hi: hi * 2 ** 28, lo: lo * 2 ** 28 };
  }
  const scaled = SPLITTER * a;
  const hi = scaled - (scaled - a);
  return { hi, lo: a - hi };
};

/** The product of two doubles, exactly, unless it leaves the range. */
export const twoProduct = (a: number, b: number): DoubleDouble => {
  const hi = a * b;
  const x = split(a);
  const y = split(b);
  return { hi, lo: x.hi * y.hi - hi + x.hi * y.lo + x.lo * y.hi + x.lo * y.lo };
};

export const add = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const high = twoSum(a.hi, b.hi);
  const low = twoSum(a.lo, b.lo);
  const first = quickSum(high.hi, high.lo + low.hi);
  return quickSum(first.hi, first.lo + low.lo);
};

export const negate = ({ hi, lo }: DoubleDouble): DoubleDouble => ({ hi: -hi, lo: -lo });

export const subtract = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => add(a, negate(b));

export const multiply = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const high = twoProduct(a.hi, b.hi);
  return quickSum(high.hi, high.lo + (a.hi * b.lo + a.lo * b.hi));
};

/** The item of a column; 0 past its end. */
export const itemOf = ({ hi, lo }: PairColumn, at: number): DoubleDouble => ({
  hi: hi[at] ?? 0,
  lo: lo[at] ?? 0,
});

export const setItem = ({ hi, lo }: PairColumn, at: number, value: DoubleDouble): void => {
  hi[at] = value.hi;
  lo[at] = value.lo;
};

/** Sum of the products of two columns of one length. */
export const dot = (a: PairColumn, b: PairColumn): DoubleDouble => {
  let sum = pair(0);
  for (let at = 0; at < a.hi.length; at += 1) sum = add(sum, multiply(itemOf(a, at), itemOf(b, at)));
  return sum;
};

export const columnOf = (hi: Float64Array, lo: Float64Array = new Float64Array(hi.length)): PairColumn => ({
  hi,
  lo,
});

/** x^0, x^1, ... x^degree of each item: the columns of a polynomial, whose powers rounded to doubles would be others. */
export const powersOf = (x: PairColumn, degree: number): readonly PairColumn[] => {
  const { length } = x.hi;
  const columns: PairColumn[] = [columnOf(new Float64Array(length).fill(1))];
  for (let power = 1; power <= degree; power += 1) {
    const before = columns[power - 1] ?? x;
    const column = columnOf(new Float64Array(length));
    for (let at = 0; at < length; at += 1) setItem(column, at, multiply(itemOf(before, at), itemOf(x, at)));
    columns.push(column);
  }
  return columns;
};
