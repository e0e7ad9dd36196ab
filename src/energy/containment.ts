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
 * A meter within another one is never a component beside it. Where two sources meter the packages (or the DRAM, or one
 * GPU, known by its PCI address), a counter is taken before a power reading, then the source that comes first in the
 * alphabet: two meters of the same silicon are never summed.
 */
export const place = (meters: readonly Meter[]): readonly Placed[] => {
  const ids = new Set(meters.map((meter) => meter.id));
  const kinds = new Set(meters.map((meter) => meter.domain));
  const preferred = new Map<string, string>();
  for (const meter of [...meters].sort(byPreference)) {
    const silicon = siliconOf(meter);
    if (silicon !== undefined && !preferred.has(silicon)) preferred.set(silicon, meter.source);
  }
  return meters.map((meter): Placed => {
    if (meter.reads.as === 'curve') return { meter, role: 'model' };
    if (isHostKind(meter.domain)) return { meter, role: 'host' };
    const resource = RESOURCE[meter.domain];
    const contained =
      (meter.within !== undefined && ids.has(meter.within)) ||
      (meter.inside !== undefined && kinds.has(meter.inside));
    const rivalled = preferred.get(siliconOf(meter) ?? '') ?? meter.source;
    if (resource === undefined || contained || rivalled !== meter.source) return { meter, role: 'diagnosis' };
    return { meter, role: 'component', resource };
  });
};

/** What two sources may both meter; undefined where they cannot be known to. */
const siliconOf = ({ domain, device, reads }: Meter): string | undefined => {
  if (reads.as === 'curve') return undefined;
  if (domain === 'package' || domain === 'dram') return domain;
  return domain === 'gpu' && device !== undefined ? `gpu ${device}` : undefined;
};

const byPreference = (a: Meter, b: Meter): number => {
  const rank = (meter: Meter): number =>
    meter.reads.as === 'energy' ? 0 : meter.reads.as === 'power' ? 1 : 2;
  return rank(a) - rank(b) || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
};
