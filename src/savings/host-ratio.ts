import type { HostEnergy } from './host-model.ts';
import type { Random } from './random.ts';
import { tQuantile } from './student-t.ts';

/** Actual over expected energy of some hosts together, and how it varies between hosts. */
export interface GroupRatio {
  readonly ratio: number;
  /** What each host adds to the logarithm of the ratio; they sum to 0 (linearised; Cochran, Sampling Techniques, 6.4). */
  readonly influence: Float64Array;
  /** Of the logarithm, hosts taken as clusters: all hours of a host may err together. Jackknife over hosts. */
  readonly variance: number;
  /** As many hosts of one size would tell as much: `1 / sum of squared shares` (Carter, Schnepel, Steigerwald, 2017). */
  readonly effectiveHosts: number;
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

export const groupRatio = (hosts: readonly HostEnergy[]): GroupRatio => {
  const expected = sum(hosts.map((host) => host.expected));
  const ratio = sum(hosts.map(({ actual }) => actual)) / expected;
  const influence = Float64Array.from(
    hosts,
    (host) => (host.actual - ratio * host.expected) / (ratio * expected),
  );
  const count = hosts.length;
  const shares = hosts.map((host) => host.expected / expected);
  // Without a host the ratio moves by its influence over the rest's share: a large host hides its own error.
  const squares = sum(influence.map((value, at) => (value / (1 - (shares[at] ?? 0))) ** 2));
  return {
    ratio,
    influence,
    variance: ((count - 1) / count) * squares,
    effectiveHosts: 1 / sum(shares.map((share) => share ** 2)),
  };
};

/** Of a sum of influences that were drawn anew. */
const clusterVariance = (influence: Float64Array): number => {
  const count = influence.length;
  const mean = sum(influence) / count;
  return (count / (count - 1)) * sum(influence.map((value) => (value - mean) ** 2));
};

/** Logarithm of one ratio over another, with an interval of `level` around it. */
export interface LogInterval {
  readonly estimate: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

/** Degrees of freedom of a difference of two means (Welch, Biometrika 34, 1947). */
export const welchDegrees = (a: number, countA: number, b: number, countB: number): number =>
  (a + b) ** 2 / (a ** 2 / (countA - 1) + b ** 2 / (countB - 1));

/** Host-clustered errors with Student's t: few hosts make them wide. */
export const clusterInterval = (treated: GroupRatio, control: GroupRatio, level: number): LogInterval => {
  const estimate = Math.log(treated.ratio / control.ratio);
  const standardError = Math.sqrt(treated.variance + control.variance);
  const degrees = welchDegrees(
    treated.variance,
    treated.effectiveHosts,
    control.variance,
    control.effectiveHosts,
  );
  const half = standardError > 0 ? tQuantile((1 + level) / 2, degrees) * standardError : 0;
  return { estimate, standardError, low: estimate - half, high: estimate + half };
};

/** Six points with the first four moments of a coin (Webb, Canadian Journal of Economics 56, 2023). */
const WEBB = [-Math.sqrt(1.5), -1, -Math.sqrt(0.5), Math.sqrt(0.5), 1, Math.sqrt(1.5)];
/** With fewer clusters a coin has too few outcomes (MacKinnon and Webb, Econometrics Journal 21, 2018). */
const FEW_CLUSTERS = 12;

/** Wild cluster bootstrap of the t-ratio: signs of the hosts' errors are drawn anew, symmetrical interval. */
export const wildInterval = (
  treated: GroupRatio,
  control: GroupRatio,
  level: number,
  draws: number,
  random: Random,
): LogInterval => {
  const { estimate, standardError } = clusterInterval(treated, control, level);
  const few = Math.min(treated.influence.length, control.influence.length) < FEW_CLUSTERS;
  const weight = (): number => (few ? (WEBB[random.below(6)] ?? 0) : random.below(2) === 0 ? -1 : 1);
  const ratios = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    const [t, c] = [treated, control].map(({ influence }) => influence.map((value) => weight() * value)) as [
      Float64Array,
      Float64Array,
    ];
    ratios[draw] = Math.abs(sum(t) - sum(c)) / Math.sqrt(clusterVariance(t) + clusterVariance(c));
  }
  const half = standardError > 0 ? (ratios.sort()[Math.ceil(level * draws) - 1] ?? 0) * standardError : 0;
  return { estimate, standardError, low: estimate - half, high: estimate + half };
};

/** Hosts of each side drawn with replacement; the middle `level` of the estimates. */
export const bootstrapInterval = (
  treated: readonly HostEnergy[],
  control: readonly HostEnergy[],
  level: number,
  draws: number,
  random: Random,
): { readonly low: number; readonly high: number } => {
  const drawn = (hosts: readonly HostEnergy[]): number => {
    let [expected, actual] = [0, 0];
    for (let at = 0; at < hosts.length; at += 1) {
      const host = hosts[random.below(hosts.length)];
      expected += host?.expected ?? 0;
      actual += host?.actual ?? 0;
    }
    return Math.log(actual / expected);
  };
  const estimates = Float64Array.from({ length: draws }, () => drawn(treated) - drawn(control)).sort();
  const at = (share: number): number => estimates[Math.round(share * (draws - 1))] ?? Number.NaN;
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
};
