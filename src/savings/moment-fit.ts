import type { DayMoments } from './day-moments.ts';

/**
 * Plain arrays: at these few numbers, of which a fleet makes millions, V8 makes typed ones several times as slowly. -0 is
 * a 0 that V8 keeps as a double from the start; with 0 it would make the array anew at the first fraction.
 */
export const zeros = (length: number): number[] => new Array<number>(length).fill(-0);

/** Sums of the moments of some days. */
export interface Sums {
  readonly p: number;
  rows: number;
  y: number;
  yy: number;
  hosts: number;
  energy: number;
  readonly x: number[];
  readonly xy: number[];
  readonly xx: number[];
}

/** The sums of days `from <= day < to`. */
export const sumOf = (
  { terms, rows, x, xy, xx, y, yy, hosts, energy }: DayMoments,
  from: number,
  to: number,
): Sums => {
  const p = terms.length;
  const sums: Sums = {
    p,
    rows: 0,
    y: 0,
    yy: 0,
    hosts: 0,
    energy: 0,
    x: zeros(p),
    xy: zeros(p),
    xx: zeros(p * p),
  };
  for (let day = from; day < to; day += 1) {
    sums.rows += rows[day] ?? 0;
    sums.y += y[day] ?? 0;
    sums.yy += yy[day] ?? 0;
    sums.hosts += hosts[day] ?? 0;
    sums.energy += energy[day] ?? 0;
    for (let a = 0; a < p; a += 1) {
      sums.x[a] = (sums.x[a] ?? 0) + (x[day * p + a] ?? 0);
      sums.xy[a] = (sums.xy[a] ?? 0) + (xy[day * p + a] ?? 0);
    }
    for (let cell = 0; cell < p * p; cell += 1)
      sums.xx[cell] = (sums.xx[cell] ?? 0) + (xx[day * p * p + cell] ?? 0);
  }
  return sums;
};

/** A fit by moments: coefficients in the basis of the moments, 0 for terms that are not used. */
export interface MomentFit {
  /** Which terms, ascending. */
  readonly used: readonly number[];
  readonly beta: readonly number[];
  /** Inverse of the moments of the used terms, row-major q x q. */
  readonly inverse: readonly number[];
}

/**
 * Smallest pivot, after columns are scaled to length 1, that moments can be trusted with: they square the condition, so
 * of 16 digits 6 are left at 1e-10, which is 1e-5 in the pivots of a QR. Windows nearer to singular are not used.
 */
const LEAST_PIVOT = 1e-10;

/** Least squares from moments (Cholesky, columns scaled to length 1); undefined where the terms cannot be told apart. */
export const fitMoments = (sums: Sums, used: readonly number[]): MomentFit | undefined => {
  const { p } = sums;
  const q = used.length;
  if (sums.rows <= q) return undefined;
  const scale = zeros(q);
  for (let a = 0; a < q; a += 1) {
    const square = sums.xx[(used[a] ?? 0) * (p + 1)] ?? 0;
    if (!(square > 0)) return undefined;
    scale[a] = 1 / Math.sqrt(square);
  }
  const lower = zeros(q * q);
  for (let a = 0; a < q; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      let value = (sums.xx[(used[a] ?? 0) * p + (used[b] ?? 0)] ?? 0) * (scale[a] ?? 0) * (scale[b] ?? 0);
      for (let k = 0; k < b; k += 1) value -= (lower[a * q + k] ?? 0) * (lower[b * q + k] ?? 0);
      if (a === b) {
        if (!(value > LEAST_PIVOT)) return undefined;
        lower[a * q + a] = Math.sqrt(value);
      } else lower[a * q + b] = value / (lower[b * q + b] ?? 1);
    }
  }
  // Columns of the inverse of L, then (L L')^-1 = L^-T L^-1, in the units of the moments.
  const inverseLower = zeros(q * q);
  for (let b = 0; b < q; b += 1) {
    inverseLower[b * q + b] = 1 / (lower[b * q + b] ?? 1);
    for (let a = b + 1; a < q; a += 1) {
      let value = 0;
      for (let k = b; k < a; k += 1) value -= (lower[a * q + k] ?? 0) * (inverseLower[k * q + b] ?? 0);
      inverseLower[a * q + b] = value / (lower[a * q + a] ?? 1);
    }
  }
  const inverse = zeros(q * q);
  for (let a = 0; a < q; a += 1)
    for (let b = 0; b < q; b += 1) {
      let value = 0;
      for (let k = Math.max(a, b); k < q; k += 1)
        value += (inverseLower[k * q + a] ?? 0) * (inverseLower[k * q + b] ?? 0);
      inverse[a * q + b] = value * (scale[a] ?? 0) * (scale[b] ?? 0);
    }
  const beta = zeros(p);
  for (let a = 0; a < q; a += 1) {
    let value = 0;
    for (let b = 0; b < q; b += 1) value += (inverse[a * q + b] ?? 0) * (sums.xy[used[b] ?? 0] ?? 0);
    beta[used[a] ?? 0] = value;
  }
  return { used, beta, inverse };
};

/** Energy that a fit expects over the sums of some days, J. */
export const expectedOver = ({ beta }: MomentFit, { basis }: DayMoments, sums: Sums): number => {
  let total = basis.energy * sums.hosts;
  for (let a = 0; a < sums.p; a += 1) total += (beta[a] ?? 0) * (sums.x[a] ?? 0);
  return total;
};

/** Sum of squared errors of a fit over the sums of some days, J^2. */
export const squaredErrors = ({ beta }: MomentFit, { p, yy, xy, xx }: Sums): number => {
  let total = yy;
  for (let a = 0; a < p; a += 1) {
    let product = 0;
    for (let b = 0; b < p; b += 1) product += (xx[a * p + b] ?? 0) * (beta[b] ?? 0);
    total += (beta[a] ?? 0) * (product - 2 * (xy[a] ?? 0));
  }
  return Math.max(0, total);
};

/** Coefficients of the used terms out of the basis: joules per unit of each term, in the order of `used`. */
export const coefficientsOf = ({ beta, used }: MomentFit, { basis }: DayMoments): Float64Array =>
  Float64Array.from(used, (term) => {
    if (term > 0) return beta[term] ?? Number.NaN;
    return used.reduce(
      (sum, at) => sum - (beta[at] ?? 0) * (basis.columns[at] ?? 0),
      (beta[0] ?? 0) + basis.energy,
    );
  });
