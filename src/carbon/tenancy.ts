import type { HourOfRecord } from '../model/hour-of-record.ts';
import type { Tenancy } from '../model/tenancy.ts';
import { type Joules, joules, sum } from '../units.ts';
import { type Period, periodAt } from './periods.ts';

/** Scope of each part of the energy: `2`, or `3.8` for Scope 3, category 8. */
export interface Scopes {
  readonly it: string;
  /** What the building adds: energy x (PUE - 1). */
  readonly overhead: string;
}

const OWN_SITE: Scopes = { it: '2', overhead: '2' };

const SCOPES: Readonly<Record<Tenancy, Scopes>> = {
  owned: OWN_SITE,
  leased_controlled: OWN_SITE,
  // Overhead as category 8, leased assets; category 1 would be the other choice that the reference allows.
  colocated: { it: '2', overhead: '3.8' },
  leased: { it: '3.8', overhead: '3.8' },
  cloud: { it: '3.1', overhead: '3.1' },
};

/** A kWh lands in exactly one scope and category. */
export const scopesOf = (tenancy: Tenancy): Scopes => SCOPES[tenancy];

/** Tenancy by time; where no period holds, the one of the whole year. */
export interface TenancyTerms {
  readonly tenancy: Tenancy;
  readonly tenancies?: readonly Period<Tenancy>[] | undefined;
}

/** Tenancy in an hour, seconds since 1970 UTC: periods begin and end at full hours. */
export const tenancyAt = ({ tenancy, tenancies = [] }: TenancyTerms, hour: number): Tenancy =>
  periodAt(tenancies, hour * 1000).value ?? tenancy;

/** A part of an hour that was drawn under one tenancy. */
export interface HeldPart {
  readonly tenancy: Tenancy;
  readonly row: HourOfRecord;
}

/** Rounding of what was summed in floating point: less than this of an hour is nothing. */
const TINY = 1e-9;

/**
 * An hour by the tenancies that it was booked under: another one in the configuration of today does not change what has
 * been. Energy that none was kept for takes the one that the terms tell of that hour.
 */
export const heldParts = (terms: TenancyTerms, row: HourOfRecord): readonly HeldPart[] => {
  const { held = [], booked = [], energy, pue } = row;
  const rest = energy - sum(held.map((one) => one.energy));
  const isWhole = !(rest > TINY * energy);
  const [only] = held;
  if (only === undefined) return [{ tenancy: tenancyAt(terms, row.hour), row }];
  if (held.length === 1 && isWhole) return [{ tenancy: only.tenancy, row }];
  const kept = held.map(
    ({ tenancy, energy: own, overhead, withoutPue }): HeldPart => ({
      tenancy,
      row: {
        ...row,
        energy: own,
        ...(pue === undefined ? {} : { pue: { overhead, without: withoutPue } }),
        booked: booked.filter((one) => one.tenancy === tenancy),
      },
    }),
  );
  if (isWhole) return kept;
  const left = (all: Joules, parts: readonly Joules[]): Joules => joules(Math.max(0, all - sum(parts)));
  const other: HourOfRecord = {
    ...row,
    energy: joules(rest),
    ...(pue === undefined
      ? {}
      : {
          pue: {
            overhead: left(
              pue.overhead,
              held.map((one) => one.overhead),
            ),
            without: left(
              pue.without,
              held.map((one) => one.withoutPue),
            ),
          },
        }),
    booked: booked.filter((one) => one.tenancy === undefined),
  };
  return [...kept, { tenancy: tenancyAt(terms, row.hour), row: other }];
};

/** Category 3: fuel- and energy-related activities outside of Scopes 1 and 2. */
export const UPSTREAM_SCOPE = '3.3';
