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
