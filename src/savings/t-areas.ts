/**
 * Gamma(a + 1/2) / Gamma(a). The two are never worked out apart: their logarithms would lose the digits that the
 * quotient needs. Series in 1/a (DLMF 5.11.13), after the argument was raised to 20 by the recurrence of Gamma.
 */
const gammaRatio = (a: number): number => {
  let factor = 1;
  let z = a;
  for (; z < 20; z += 1) factor *= z / (z + 0.5);
  const inverse = 1 / z;
  const square = inverse * inverse;
  const series =
    -inverse *
    (1 / 8 - square * (1 / 192 - square * (1 / 640 - square * (17 / 14_336 - square * (31 / 18_432)))));
  return factor * Math.sqrt(z) * Math.exp(series);
};

/**
 * Continued fraction of the incomplete beta function (DLMF 8.17.22) by the modified algorithm of Lentz (Press et al.,
 * Numerical Recipes, 3rd edition, 6.4). It takes about sqrt(max(a, b)) steps.
 */
const betaFraction = (a: number, b: number, x: number): number => {
  const tiny = 1e-300;
  const held = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / held(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / held(1 + even * d);
    c = held(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / held(1 + odd * d);
    c = held(1 + odd / c);
    const step = d * c;
    result *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return result;
};

export interface Areas {
  /** Probability above t, and from 0 to t; together 0.5. Each to full relative precision where it is the smaller. */
  readonly tail: number;
  readonly centre: number;
  readonly density: number;
}

/** Student's distribution at t >= 0, by I_x(v/2, 1/2) with x = v / (v + t^2) (DLMF 8.17). */
export const tAreas = (t: number, degrees: number): Areas => {
  const a = degrees / 2;
  const x = 1 / (1 + (t / degrees) * t);
  const y = ((t / degrees) * t) / (1 + (t / degrees) * t);
  const power = Math.exp(-a * Math.log1p((t / degrees) * t));
  const ratio = gammaRatio(a) / Math.sqrt(Math.PI);
  const front = ratio * power * Math.sqrt(y);
  const density = (ratio * power * Math.sqrt(x)) / Math.sqrt(degrees);
  if (x < (a + 1) / (a + 2.5)) {
    const tail = (0.5 * front * betaFraction(a, 0.5, x)) / a;
    return { tail, centre: 0.5 - tail, density };
  }
  const centre = front * betaFraction(0.5, a, y);
  return { tail: 0.5 - centre, centre, density };
};
