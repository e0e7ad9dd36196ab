/** Student's t and the normal distribution: probabilities and quantiles. */

/** Lanczos, g = 7, 9 terms (Numerical Recipes 3rd edition 6.1; Godfrey's coefficients): 15 digits. */
const LANCZOS: readonly number[] = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
];

const logGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  const sum = LANCZOS.slice(1).reduce((total, term, i) => total + term / (z + i + 1), LANCZOS[0] ?? 1);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
};

/** Continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
const betaFraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let fraction = d;
  for (let m = 1; m <= 500; m += 1) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + term * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (Math.abs(c) < tiny) c = tiny;
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction;
};

/** Regularised incomplete beta function I_x(a, b), 0 to 1 (DLMF 8.17). */
const regularisedBeta = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) - (logGamma(a) + logGamma(b) - logGamma(a + b)),
  );
  // The fraction converges fast on this side of the mean only.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
};

/** P(T <= t) with so many degrees of freedom, above 0. */
export const tProbability = (t: number, degrees: number): number => {
  const tail = 0.5 * regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t >= 0 ? 1 - tail : tail;
};

/** t with P(T <= t) = probability, 0 < probability < 1; NaN elsewhere. */
export const tQuantile = (probability: number, degrees: number): number => {
  if (!(probability > 0 && probability < 1 && degrees > 0)) return Number.NaN;
  if (probability === 0.5) return 0;
  return inverted((t) => tProbability(t, degrees), probability);
};

/** Where a rising function symmetric about (0, 0.5) reaches a level. Bisection keeps all digits and cannot run away. */
const inverted = (of: (value: number) => number, level: number): number => {
  if (level < 0.5) return -inverted(of, 1 - level);
  let [low, high] = [0, 1];
  while (of(high) < level && high < 1e300) high *= 2;
  // 1,100 halvings end at neighbouring doubles wherever it starts.
  for (let step = 0; step < 1100; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (of(middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/**
 * P(Z <= z) of the normal distribution, by the series of positive terms z + z³/3 + z⁵/15 + ... (DLMF 7.6.2): nothing
 * cancels. Beyond 8 the rest is below 1e-15.
 */
export const normalProbability = (z: number): number => {
  if (z < 0) return 1 - normalProbability(-z);
  if (z > 8) return 1;
  let term = z;
  let sum = z;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(z * z) / 2)) / Math.sqrt(2 * Math.PI);
};

/** z with P(Z <= z) = probability, 0 < probability < 1; NaN elsewhere. */
export const normalQuantile = (probability: number): number =>
  probability > 0 && probability < 1 ? inverted((z) => normalProbability(z), probability) : Number.NaN;
