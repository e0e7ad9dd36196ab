import { type Period, periodAt } from './periods.ts';

/**
 * Who owns and controls what, as far as it decides the scope of a kWh (carbon reference, section 2; GHG Protocol
 * Corporate Standard, appendix F on leased assets).
 *
 * - `owned`: site and servers are the operator's. - `leased_controlled`: a whole building is leased, the tenant runs it.
 * - `colocated`: the tenant owns the servers and controls their power; the landlord runs the building.
 * - `leased`: neither servers' power nor building are under the tenant's control. - `cloud`: bought as a service.
 */
export const TENANCIES = ['owned', 'leased_controlled', 'colocated', 'leased', 'cloud'] as const;
export type Tenancy = (typeof TENANCIES)[number];

/** Scope of each part of the energy: `2`, or `3.8` for Scope 3, category 8. */
export interface Scopes {
  readonly it: string;
  /** What the building adds: energy x (PUE - 1). */
  readonly overhead: string;
}

export const OWN_SITE: Scopes = { it: '2', overhead: '2' };

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

/** Category 3: fuel- and energy-related activities outside of Scopes 1 and 2. */
export const UPSTREAM_SCOPE = '3.3';
