import type { Quality } from '../model/meter.ts';
import type { HourlyEnergy } from '../model/state.ts';
import { type KilowattHours, kilowattHours, scale, sum, toKilowattHours } from '../units.ts';
import { periodAt } from './periods.ts';
import type { Activity, AgentSite, EnergyEntry, PueEntry, Span } from './statement-activity.ts';
import { HOUR_MS, type StatementInput, yearSpan } from './statement-input.ts';
import { OWN_HOST } from './statement-share.ts';
import { scopesOf, type Tenancy } from './tenancy.ts';

/** Document of what the agent metered itself. */
export const AGENT_HOURS = "hours of the agent's own store";

/** Energy of a site, a zone and a quality: as entered, or summed from the agent's hours. */
export interface SiteEnergy extends Span {
  readonly site: string;
  /** '' where the agent had none. */
  readonly zone: string;
  readonly quantity: KilowattHours;
  readonly of: 'it' | 'facility';
  readonly quality: Quality;
  readonly hosts?: number | undefined;
  /** Hours of the span that have data, for each of its hosts. */
  readonly hours: number;
  readonly tenancy: Tenancy;
  readonly pue?: PueEntry | undefined;
  readonly document: string;
}

/** A part of the energy in the one scope and category where it belongs. */
export interface Load {
  readonly site: string;
  readonly zone: string;
  /** `2`, `3.8` or `3.1`. */
  readonly scope: string;
  readonly part: 'it' | 'overhead';
  readonly quantity: KilowattHours;
}

const isIn =
  ({ from, to }: Span) =>
  ({ hour }: HourlyEnergy): boolean =>
    hour * 1000 >= from && hour * 1000 < to;

/** Energy of the year from both origins. Hours outside of the year are left out. */
export const siteEnergies = ({
  activity,
  hours,
}: Pick<StatementInput, 'activity' | 'hours'>): readonly SiteEnergy[] => [
  ...activity.energy.map(entered),
  ...fromHours(activity, hours.filter(isIn(yearSpan(activity.year)))),
];

const entered = (entry: EnergyEntry): SiteEnergy => ({
  ...entry,
  hours: entry.hours ?? (entry.to - entry.from) / HOUR_MS,
});

/** PUE of the agent's host in an hour. */
export const agentPueAt = (
  { pue, periods = [] }: Pick<AgentSite, 'pue' | 'periods'>,
  hour: number,
): PueEntry | undefined => {
  const { value } = periodAt(periods, hour * 1000);
  return value === undefined ? pue : { value, kind: 'configured' };
};

const WORST: readonly (Quality | undefined)[] = ['measured', 'derived', 'estimated'];

/** One entry a zone, quality and PUE; an hour with two of them counts once as covered. */
const fromHours = (activity: Activity, hours: readonly HourlyEnergy[]): readonly SiteEnergy[] => {
  const { site = OWN_HOST, tenancy = 'owned', ...known } = activity.agent ?? {};
  const groups = new Map<string, HourlyEnergy[]>();
  const ordered = [...hours].sort((a, b) => a.hour - b.hour);
  for (const row of ordered) {
    const pue = agentPueAt(known, row.hour)?.value ?? '';
    const key = `${row.gridZone} ${WORST.indexOf(row.quality ?? 'estimated')} ${pue}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const counted = new Set<number>();
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rows]) => {
      const fresh = rows.filter(({ hour }) => !counted.has(hour));
      for (const { hour } of fresh) counted.add(hour);
      const [first] = rows;
      return {
        ...yearSpan(activity.year),
        site,
        zone: first?.gridZone ?? '',
        quantity: toKilowattHours(sum(rows.map(({ energy }) => energy))),
        of: 'it',
        quality: first?.quality ?? 'estimated',
        hosts: 1,
        hours: new Set(fresh.map(({ hour }) => hour)).size,
        tenancy,
        pue: agentPueAt(known, first?.hour ?? 0),
        document: AGENT_HOURS,
      };
    });
};

/** PUE is applied here, once, and to IT energy alone. Without one no overhead is counted, and the statement says so. */
export const loadsOf = ({ site, zone, of, quantity, tenancy, pue }: SiteEnergy): readonly Load[] => {
  const scopes = scopesOf(tenancy);
  const it: Load = { site, zone, scope: scopes.it, part: 'it', quantity };
  if (of === 'facility' || pue === undefined || pue.value === 1) return [it];
  return [it, { ...it, scope: scopes.overhead, part: 'overhead', quantity: scale(quantity, pue.value - 1) }];
};

/** Sums by a key, in order of the keys. */
export const byKey = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  quantityOf: (item: T) => KilowattHours,
): readonly { readonly key: string; readonly items: readonly T[]; readonly quantity: KilowattHours }[] => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({ key, items: group, quantity: sum(group.map(quantityOf)) }));
};

export const NOTHING = kilowattHours(0);
