import type { FactorRow } from '../model/factor.ts';
import type { Line } from './statement.ts';
import { listed } from './statement-words.ts';

type Potentials = Pick<FactorRow, 'gases' | 'gwp'>;

/** `none`: CO2 alone has no potentials; `unstated`: the publisher does not say. */
const isStated = (gwp: string): boolean => gwp !== 'none' && gwp !== 'unstated' && gwp !== '';

/**
 * What is said of a grid factor whose warming potentials are others than those that the inventory states; undefined where
 * there is nothing to say. An official factor of a grid cannot be worked out anew with others, so it is named and not
 * refused as a fuel is, for which a row with the right ones can be found.
 */
export const otherPotentials = ({ gases, gwp }: Potentials, stated: string): string | undefined =>
  gases !== 'CO2' && isStated(gwp) && gwp !== stated
    ? `its potentials are those of ${gwp}, this inventory states ${stated}`
    : undefined;

const setOf = ({ gases, gwp }: Potentials): string => {
  if (gases === 'CO2') return 'CO2 alone';
  return isStated(gwp) ? `${gases} of ${gwp}` : `${gases} of unstated potentials`;
};

/** What a total over lines mixes, each set with its zones; undefined where all of them are of one. */
export const mixedPotentials = (parts: readonly Line[]): string | undefined => {
  const sets = new Map<string, Set<string>>();
  for (const { kind, terms } of parts) {
    if (kind !== 'figure' || terms?.gases === undefined) continue;
    const set = setOf({ gases: terms.gases as FactorRow['gases'], gwp: terms.gwp ?? '' });
    sets.set(set, (sets.get(set) ?? new Set()).add(terms.zone ?? ''));
  }
  if (sets.size < 2) return undefined;
  const words = [...sets].sort(([a], [b]) => (a < b ? -1 : 1));
  return `adds up ${listed(words.map(([set, zones]) => `${set} (${[...zones].sort().join(', ')})`))}`;
};
