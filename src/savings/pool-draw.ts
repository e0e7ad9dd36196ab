import { seededRandom } from './random.ts';

/**
 * Draws half of the hosts, of an odd number one fewer: they get the measure. Sorted; the same for the same names in
 * any order and the same seed, for ever.
 */
export const drawPool = (hosts: readonly string[], seed: string): readonly string[] => {
  const left = [...new Set(hosts)].sort();
  const random = seededRandom(`${seed} pools`);
  const treated: string[] = [];
  for (const half = Math.floor(left.length / 2); treated.length < half; ) {
    const [host] = left.splice(random.below(left.length), 1);
    if (host !== undefined) treated.push(host);
  }
  return treated.sort();
};
