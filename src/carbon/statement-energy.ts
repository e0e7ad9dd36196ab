import { type GramsCO2e, type KilowattHours, kilowattHours, scale, sum } from '../units.ts';
import type { EnergyEntry } from './statement-activity.ts';
import { agentEnergies } from './statement-hours.ts';
import { HOUR_MS, isOfYear, type StatementInput } from './statement-input.ts';
import type { BookedEnergy, SiteEnergy } from './statement-site-energy.ts';
import { scopesOf } from './tenancy.ts';

export type { SiteEnergy } from './statement-site-energy.ts';

/** A part of a load whose grams are those that were booked. */
export interface BookedLoad {
  readonly method: BookedEnergy['method'];
  readonly factor: string;
  readonly hours: readonly number[];
  readonly quantity: KilowattHours;
  readonly grams: GramsCO2e;
}

/** A part of the energy in the one scope and category where it belongs. */
export interface Load {
  readonly site: string;
  readonly zone: string;
  /** `2`, `3.8` or `3.1`. */
  readonly scope: string;
  readonly part: 'it' | 'overhead';
  readonly quantity: KilowattHours;
  readonly booked?: readonly BookedLoad[];
}

/** Energy of the year from both origins. Hours outside of the year are left out. */
export const siteEnergies = ({
  activity,
  hours,
}: Pick<StatementInput, 'activity' | 'hours'>): readonly SiteEnergy[] => [
  ...activity.energy.map(entered),
  ...agentEnergies(activity, hours.filter(isOfYear(activity.year))),
];

const entered = (entry: EnergyEntry): SiteEnergy => ({
  ...entry,
  hours: entry.hours ?? (entry.to - entry.from) / HOUR_MS,
});

/** PUE is applied here, once, and to IT energy alone. Without one no overhead is counted, and the statement says so. */
export const loadsOf = ({
  site,
  zone,
  of,
  quantity,
  tenancy,
  pue,
  booked = [],
}: SiteEnergy): readonly Load[] => {
  const scopes = scopesOf(tenancy);
  const it: Load = {
    ...{ site, zone, scope: scopes.it, part: 'it', quantity },
    ...withBooked(booked.map((one) => ({ ...one, quantity: one.it, grams: one.itGrams }))),
  };
  if (of === 'facility' || pue === undefined || pue.value === 1) return [it];
  const overhead: Load = {
    ...{ site, zone, scope: scopes.overhead, part: 'overhead', quantity: scale(quantity, pue.value - 1) },
    ...withBooked(booked.map((one) => ({ ...one, quantity: one.overhead, grams: one.overheadGrams }))),
  };
  return [it, overhead];
};

const withBooked = (parts: readonly BookedLoad[]): Pick<Load, 'booked'> => {
  const own = parts.filter(({ quantity }) => quantity > 0);
  return own.length === 0
    ? {}
    : {
        booked: own.map(({ method, factor, hours, quantity, grams }) => ({
          ...{ method, factor, hours, quantity, grams },
        })),
      };
};

/** Parts of loads that were booked by a method, a factor at a time, in order of the factors. */
export const bookedBy = (loads: readonly Load[], method: BookedLoad['method']): readonly BookedLoad[] => {
  const groups = new Map<string, BookedLoad[]>();
  for (const one of loads.flatMap(({ booked = [] }) => booked)) {
    if (one.method !== method) continue;
    groups.set(one.factor, [...(groups.get(one.factor) ?? []), one]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([factor, parts]) => ({
      ...{ method, factor },
      hours: [...new Set(parts.flatMap(({ hours }) => hours))],
      quantity: sum(parts.map(({ quantity }) => quantity)),
      grams: sum(parts.map(({ grams }) => grams)),
    }));
};

/** Rounding of sums in floating point: a smaller part of a load is nothing. */
const TINY = 1e-9;

/** What is left of loads for the factor of the year. */
export const notBooked = (loads: readonly Load[], method: BookedLoad['method']): KilowattHours =>
  sum(
    loads.map(({ quantity, booked = [] }) => {
      const rest = quantity - sum(booked.filter((one) => one.method === method).map((one) => one.quantity));
      return rest > TINY * quantity ? kilowattHours(rest) : NOTHING;
    }),
  );

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
