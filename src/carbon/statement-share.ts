import type { HourOfRecord } from '../model/hour-of-record.ts';
import { nearest } from '../model/nearest.ts';
import { scale } from '../units.ts';
import type { Activity } from './statement-activity.ts';
import type { StatementInput } from './statement-input.ts';
import { plain } from './statement-words.ts';

/** Site of the agent's hours where nothing names it. */
export const OWN_HOST = 'this host';

/** The entity's part of a site: 1 under control, its equity share with that approach (Corporate Standard, chapter 3). */
export const shareOf = (
  { boundary, shares = [] }: Pick<Activity, 'boundary' | 'shares'>,
  site: string,
): number =>
  boundary.approach === 'equity_share'
    ? (shares.find((one) => one.site === site)?.share ?? boundary.share ?? 1)
    : 1;

/**
 * The input with the entity's part of what it shares, the one place where equity shares are applied. What names a site
 * is entered whole and is multiplied here; what names none (instruments, Scope 3 as entered, measures, work, other years)
 * is the entity's own already. Hosts and hours stay whole: they say what was watched.
 */
export const shared = (input: StatementInput): StatementInput => {
  const { activity } = input;
  if (activity.boundary.approach !== 'equity_share') return input;
  const own = ownPart(activity);
  const host = shareOf(activity, activity.agent?.site ?? OWN_HOST);
  return {
    ...input,
    hours: host === 1 ? input.hours : input.hours.map((row) => partOf(row, host)),
    activity: {
      ...activity,
      energy: activity.energy.map((one) => own(one, (share) => ({ quantity: scale(one.quantity, share) }))),
      fuels: activity.fuels.map((one) =>
        own(one, (share) => ({ quantity: { ...one.quantity, value: one.quantity.value * share } })),
      ),
      refrigerants: activity.refrigerants.map((one) =>
        own(one, (share) => ({ kilograms: one.kilograms * share })),
      ),
      water: activity.water.map((one) => own(one, (share) => ({ litres: one.litres * share }))),
      reused: activity.reused.map((one) => own(one, (share) => ({ quantity: scale(one.quantity, share) }))),
      costs: activity.costs.map((one) => own(one, (share) => ({ amount: one.amount * share }))),
    },
  };
};

/** An hour with all that was booked in it; scores of its work are ratios, which a share leaves as they are. */
const partOf = (row: HourOfRecord, share: number): HourOfRecord => ({
  ...row,
  energy: scale(row.energy, share),
  ...(row.pue === undefined
    ? {}
    : { pue: { overhead: scale(row.pue.overhead, share), without: scale(row.pue.without, share) } }),
  ...(row.booked === undefined
    ? {}
    : {
        booked: row.booked.map((one) => ({
          ...one,
          energy: scale(one.energy, share),
          overhead: one.overhead && scale(one.overhead, share),
          grams: scale(one.grams, share),
          overheadGrams: one.overheadGrams && scale(one.overheadGrams, share),
        })),
      }),
  ...(row.held === undefined
    ? {}
    : {
        held: row.held.map((one) => ({
          ...one,
          energy: scale(one.energy, share),
          overhead: scale(one.overhead, share),
          withoutPue: scale(one.withoutPue, share),
        })),
      }),
  ...(row.upstream === undefined
    ? {}
    : {
        upstream: row.upstream.map((one) => ({
          ...one,
          energy: scale(one.energy, share),
          overhead: scale(one.overhead, share),
          grams: scale(one.grams, share),
        })),
      }),
  ...(row.paid === undefined
    ? {}
    : {
        paid: row.paid.map((one) => ({
          ...one,
          amount: one.amount * share,
          energy: scale(one.energy, share),
        })),
      }),
});

type OfSite = { readonly site: string; readonly document: string };

/** An entry with its part, which its document tells: a reader should not look for half a bill. */
const ownPart =
  (activity: Activity) =>
  <T extends OfSite>(entry: T, part: (share: number) => Partial<T>): T => {
    const share = shareOf(activity, entry.site);
    if (share === 1) return entry;
    return { ...entry, ...part(share), document: `${entry.document}, ${percent(share)} of it` };
  };

const percent = (share: number): string => `${plain(share * 100)} %`;

/** What the statement says of shares; undefined where the approach knows none. */
export const shareWords = ({ boundary, shares = [] }: Activity): string | undefined => {
  if (boundary.approach !== 'equity_share') return undefined;
  const sites = shares.map(({ site, share, document }) => `${site} ${percent(share)} (${document})`);
  return [`${percent(boundary.share ?? 1)}`, ...sites].join('; ');
};

/** Shares of sites that nothing is entered for: a name that is misspelt would leave its site at another share. */
export const shareRefusals = ({ activity, hours }: StatementInput): readonly string[] => {
  const { energy, fuels, refrigerants, water, reused, costs, agent, shares = [] } = activity;
  const entered = [energy, fuels, refrigerants, water, reused, costs].flatMap((list) =>
    list.map(({ site }: { readonly site: string }) => site),
  );
  const known = new Set([...entered, ...(hours.length === 0 ? [] : [agent?.site ?? OWN_HOST])]);
  return shares
    .filter(({ site }) => !known.has(site))
    .map(({ site }) => {
      const [meant] = nearest(site, [...known], 1);
      const near = meant === undefined ? '' : `; did you mean ${meant}?`;
      return `a share is stated for ${site}, and nothing is entered for that site${near}`;
    });
};
