/** What two figures must share for a difference between them to mean anything (carbon reference, section 1, rule 2). */
export interface SeriesTerms {
  readonly basis?: string | undefined;
  readonly gases?: string | undefined;
  readonly gwp?: string | undefined;
  /** `average` or `marginal`, where that is not said by the basis. */
  readonly signal?: string | undefined;
  /** Edition of the tables or of the provider's method, for figures that a change of it alone would move. */
  readonly edition?: string | undefined;
}

const NAMES = {
  basis: 'the basis',
  gases: 'the gases',
  gwp: 'the warming potentials',
  signal: 'the signal',
  edition: 'the edition',
} as const;

/**
 * Why two figures may not be compared, or undefined if they may: what either side does not state is not held against
 * the other. Pure.
 */
export const notComparable = (before: SeriesTerms, after: SeriesTerms): string | undefined => {
  const changed = (Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((key) => {
    const [then, now] = [before[key], after[key]];
    const isStated = then !== undefined && then !== '' && now !== undefined && now !== '';
    return isStated && then !== now ? [`${NAMES[key]} changed from ${then} to ${now}`] : [];
  });
  return changed.length === 0 ? undefined : `not compared: ${changed.join(', ')}`;
};
