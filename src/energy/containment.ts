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
 * GPU, known by its PCI address), a counter is taken before a power reading, then the source that stands first in the
 * order of trust or in the alphabet: two meters of the same silicon are never summed. A meter that yields is a part only where no other source meters what
 * it counts.
 */
export const place = (meters: readonly Meter[]): readonly Placed[] => {
  const places = meters.flatMap(({ domain, socket }) =>
    socket === undefined ? [] : [`${domain}-${socket}`],
  );
  const wholes = new Set([...meters.map((meter) => meter.id), ...places]);
  const preferred = new Map<string, string>();
  for (const meter of [...meters].sort(byPreference)) {
    const silicon = siliconOf(meter);
    if (silicon !== undefined && !preferred.has(silicon)) preferred.set(silicon, meter.source);
  }
  return meters.map((meter): Placed => {
    if (meter.reads.as === 'curve') return { meter, role: 'model' };
    if (isHostKind(meter.domain)) return { meter, role: 'host' };
    const resource = RESOURCE[meter.domain];
    const contained = meter.within !== undefined && wholes.has(meter.within);
    const repeats = meters.some((one) => goesBefore(one, meter));
    const rivalled = preferred.get(siliconOf(meter) ?? '') ?? meter.source;
    if (resource === undefined || contained || repeats || rivalled !== meter.source)
      return { meter, role: 'diagnosis' };
    return { meter, role: 'component', resource };
  });
};

/** What two sources may both meter; undefined where they cannot be known to. */
const siliconOf = ({ domain, device, reads }: Meter): string | undefined => {
  if (reads.as === 'curve') return undefined;
  if (domain === 'package' || domain === 'dram') return domain;
  return domain === 'gpu' && device !== undefined ? `gpu ${device}` : undefined;
};

const goesBefore = (one: Meter, meter: Meter): boolean =>
  meter.yieldsTo?.includes(one.domain) === true && one.source !== meter.source && one.reads.as !== 'curve';

/** What the operator names comes first, then as in power reference, section 3: Cray node, BMC, ACPI meter. */
const TRUST: readonly string[] = ['custom', 'cray', 'redfish', 'ipmi'];
const trustOf = (source: string): number => {
  const at = TRUST.indexOf(source);
  return at < 0 ? TRUST.length : at;
};

/** A counter comes before a power, then who is trusted more, then what comes first in the alphabet. */
const byPreference = (a: Meter, b: Meter): number =>
  rankOf(a) - rankOf(b) || trustOf(a.source) - trustOf(b.source) || byText(a.source, b.source);

const rankOf = ({ reads }: Meter): number => (reads.as === 'energy' ? 0 : reads.as === 'power' ? 1 : 2);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Meters of one kind that together count the whole host: the supplies of one source, or a single meter. */
export interface Rival {
  readonly reader: string;
  /** Whether they count the same thing as another meter of the same source. */
  readonly repeats: boolean;
  readonly meters: readonly Placed[];
}

/**
 * The host meters of one kind, by who reads them, most trusted first: a counter before a power, then who is trusted
 * more, then the one that is refreshed more often, then the alphabet. Pure; the result does not depend on the order of
 * the meters.
 *
 * Several supplies of one source add up. Two sources, such as a BMC asked through IPMI and an ACPI meter, see the same
 * watts: one of them counts, the next one stands by.
 */
export const rivalsOf = (kind: HostKind, placed: readonly Placed[]): readonly Rival[] => {
  const rivals = new Map<string, { reader: string; repeats: boolean; meters: Placed[] }>();
  for (const one of placed) {
    const { meter, role } = one;
    if (role !== 'host' || meter.domain !== kind) continue;
    const repeats = meter.repeats !== undefined;
    const key = `${meter.source} ${repeats}`;
    const rival = rivals.get(key) ?? { reader: meter.source, repeats, meters: [] };
    rival.meters.push(one);
    rivals.set(key, rival);
  }
  const worst = (rival: Rival, of: (meter: Meter) => number): number =>
    Math.max(...rival.meters.map(({ meter }) => of(meter)));
  return [...rivals.values()].sort(
    (a, b) =>
      worst(a, rankOf) - worst(b, rankOf) ||
      trustOf(a.reader) - trustOf(b.reader) ||
      worst(a, (meter) => meter.interval) - worst(b, (meter) => meter.interval) ||
      byText(a.reader, b.reader) ||
      Number(a.repeats) - Number(b.repeats),
  );
};
