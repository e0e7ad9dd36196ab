import type { YearKind } from '../model/factor.ts';

/** What the year of a factor is, in words that a refusal can name. */
const EDITIONS: Readonly<Record<YearKind, string>> = {
  data: 'years of generation',
  edition: 'years of publication',
  compliance: 'years of compliance',
  fiscal: 'fiscal years',
};

/** What two figures must share for a difference between them to mean anything (carbon reference, section 1, rule 2). */
export interface SeriesTerms {
  readonly basis?: string | undefined;
  readonly gases?: string | undefined;
  readonly gwp?: string | undefined;
  /** `average` or `marginal`. */
  readonly signal?: string | undefined;
  /**
   * What the years of the factors are, by grid zone: a table by year of generation and one by year of publication lie
   * some years apart, and a change from one to the other moves the figure alone.
   */
  readonly editions?: Readonly<Record<string, YearKind>> | undefined;
  /** Where factors come from, by grid zone: a live series by the hour, or factors of the year. */
  readonly series?: Readonly<Record<string, string>> | undefined;
}

const NAMES = {
  basis: 'the basis',
  gases: 'the gases',
  gwp: 'the warming potentials',
  signal: 'the signal',
} as const;

const changes = (name: string, then: string | undefined, now: string | undefined): readonly string[] => {
  const isStated = then !== undefined && then !== '' && now !== undefined && now !== '';
  return isStated && then !== now ? [`${name} changed from ${then} to ${now}`] : [];
};

/**
 * Why two figures may not be compared, or undefined if they may: what either side does not state is not held against
 * the other. Pure.
 */
export const notComparable = (before: SeriesTerms, after: SeriesTerms): string | undefined => {
  const changed = [
    ...(Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((key) =>
      changes(NAMES[key], before[key], after[key]),
    ),
    // Of zones that both have: a site that is new moves the total, not the meaning of the others.
    ...Object.entries(after.editions ?? {}).flatMap(([zone, now]) => {
      const then = before.editions?.[zone];
      return then === undefined ? [] : changes(`the edition of ${zone}`, EDITIONS[then], EDITIONS[now]);
    }),
    ...Object.entries(after.series ?? {}).flatMap(([zone, now]) =>
      changes(`the series of ${zone}`, before.series?.[zone], now),
    ),
  ];
  return changed.length === 0 ? undefined : `not compared: ${changed.join(', ')}`;
};
