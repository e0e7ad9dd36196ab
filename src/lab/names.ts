import { seededRandom } from '../savings/random.ts';

/** Ids as the things that hand them out make them, from a seed. */
const digits = (seed: string, count: number): string => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.below(16).toString(16)).join('');
};

/** Id of a container: 64 hexadecimal digits. */
export const containerId = (seed: string): string => digits(`container ${seed}`, 64);

/** A UUID of version 4 (RFC 9562). */
export const uuid = (seed: string): string => {
  const text = digits(`uuid ${seed}`, 32);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    `4${text.slice(13, 16)}`,
    `8${text.slice(17, 20)}`,
    text.slice(20),
  ].join('-');
};

/** Five letters and digits behind the name of a pod. */
export const podSuffix = (seed: string): string => digits(`pod ${seed}`, 5);
