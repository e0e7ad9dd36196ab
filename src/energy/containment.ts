import type { DomainKind, Meter } from '../model/meter.ts';
import type { Resource } from '../model/workload.ts';

/**
 * What a meter's energy is used for, decided once from its kind (power reference, section 3).
 *
 * - `component`: one of the disjoint parts that workloads share; never added to what contains it.
 * - `host`: counts the whole host, components included. - `model`: a load curve, used where nothing measures.
 * - `diagnosis`: overlaps or is not understood; shown only.
 */
export type MeterRole = 'component' | 'host' | 'model' | 'diagnosis';

export interface Placed {
  readonly meter: Meter;
  readonly role: MeterRole;
  /** Which resource a component's joules are booked under. */
  readonly resource?: Resource;
}

/** Kinds that count the whole host, most trusted first. A load curve comes after all of them. */
export const HOST_KINDS = ['wall', 'platform_in', 'platform', 'platform_out', 'psys'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

const RESOURCE: Partial<Record<DomainKind, Resource>> = {
  package: 'cpu',
  dram: 'memory',
  gpu: 'gpu',
  module: 'cpu',
};

export const isHostKind = (kind: DomainKind): kind is HostKind =>
  (HOST_KINDS as readonly string[]).includes(kind);

/**
 * Sorts meters into parts, wholes and the rest. Pure; the result does not depend on the order of the meters.
 *
 * A meter within another one is never a component beside it. Where two sources meter the packages (or the DRAM, or the
 * host by one of its kinds), a counter is taken before a power reading, then the source that stands first in the order
 * of trust or in the alphabet: two meters of the same thing are never summed. A meter that yields is a part only where no other source meters what it counts.
 */
export const place = (meters: readonly Meter[]): readonly Placed[] => {
  const places = meters.flatMap(({ domain, socket }) =>
    socket === undefined ? [] : [`${domain}-${socket}`],
  );
  const wholes = new Set([...meters.map((meter) => meter.id), ...places]);
  const preferred = new Map<DomainKind, string>();
  for (const kind of [...HOST_KINDS, 'package', 'dram'] as const) {
    const rivals = meters
      .filter((meter) => meter.domain === kind && meter.reads.as !== 'curve')
      .sort(byPreference);
    const first = rivals[0];
    if (first !== undefined) preferred.set(kind, first.source);
  }
  return meters.map((meter): Placed => {
    if (meter.reads.as === 'curve') return { meter, role: 'model' };
    const rivalled = preferred.get(meter.domain) ?? meter.source;
    if (isHostKind(meter.domain)) return { meter, role: rivalled === meter.source ? 'host' : 'diagnosis' };
    const resource = RESOURCE[meter.domain];
    const contained = meter.within !== undefined && wholes.has(meter.within);
    const repeats = meters.some((one) => goesBefore(one, meter));
    if (resource === undefined || contained || repeats || rivalled !== meter.source)
      return { meter, role: 'diagnosis' };
    return { meter, role: 'component', resource };
  });
};

const goesBefore = (one: Meter, meter: Meter): boolean =>
  meter.yieldsTo?.includes(one.domain) === true && one.source !== meter.source && one.reads.as !== 'curve';

/** What the operator names comes first, then as in power reference, section 3: Cray node, BMC, ACPI meter. */
const TRUST: readonly string[] = ['custom', 'cray', 'redfish', 'ipmi'];

const byPreference = (a: Meter, b: Meter): number => {
  const kind = ({ reads }: Meter): number => (reads.as === 'energy' ? 0 : reads.as === 'power' ? 1 : 2);
  const trust = ({ source }: Meter): number => {
    const at = TRUST.indexOf(source);
    return at < 0 ? TRUST.length : at;
  };
  return kind(a) - kind(b) || trust(a) - trust(b) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
};
