import type { Resource } from '../model/workload.ts';
import { type Ratio, ratio, type Seconds, seconds, type Watts, watts } from '../units.ts';
import type { HostJson, WorkloadJson } from './host-json.ts';

/** One row between two snapshots. What is not known is absent. */
export interface RowUse
  extends Pick<
    WorkloadJson,
    'workload' | 'kind' | 'class' | 'name' | 'labels' | 'ended' | 'energyPerWork' | 'sci'
  > {
  readonly dynamicWatts?: Watts;
  /** Its share of the idle floor by the policy; on the row `idle` what nobody carries. */
  readonly staticShareWatts?: Watts;
  /** Both together by resource; one that it has no part in is left out. */
  readonly powerByResource?: readonly { readonly resource: Resource; readonly powerWatts: Watts }[];
  /** Both over those of all rows. */
  readonly share?: Ratio;
  /** Processors in use, a mean. */
  readonly processors?: number;
  /** Whole boards in use, a mean. */
  readonly gpus?: number;
}

/** Parts of a resource's power, by row and part; they sum to 1. */
type Shares = ReadonlyMap<string, number>;

/** What ran between two snapshots. */
export interface HostUse {
  /** Time between them, as the agent watched it; 0 with one snapshot alone: then rows have no figures. */
  readonly seconds: Seconds;
  readonly rows: readonly RowUse[];
  /** Sum of the rows; absent while nothing is known. */
  readonly watts?: Watts;
  readonly staticWatts?: Watts;
  /** How each resource was shared last: holds for a resource whose meter has not reported since. */
  readonly shares: ReadonlyMap<Resource, Shares>;
}

/**
 * The rows of a host between two snapshots of one agent, with counters as booked. Pure.
 *
 * Law: the rows' watts sum to `powerByResource` of the later snapshot, but for a resource of which no energy was ever seen
 * to grow. The power is the agent's own, a mean over each meter's span; the growth of the counters says whose it was. So
 * a meter that reports once a minute shows neither a minute of zero nor a minute's energy in one second.
 *
 * @param earlier the use before, for what has not reported since.
 */
export const hostUse = (before: HostJson | undefined, now: HostJson, earlier?: HostUse): HostUse => {
  const last = new Map((before?.workloads ?? []).map((row) => [keyOf(row), row]));
  const duration = before === undefined ? 0 : grown(before.host.watchedSeconds, now.host.watchedSeconds);
  const shares = new Map<Resource, Shares>();
  const powers = new Map<string, Watts>();
  const parts: { readonly resource: Resource; readonly powerWatts: Watts; readonly own: Shares }[] = [];
  for (const { resource, powerWatts } of now.host.powerByResource) {
    const own =
      (before === undefined ? undefined : sharesOf(resource, last, now)) ??
      stillThere(earlier?.shares.get(resource), now);
    if (own === undefined) continue;
    shares.set(resource, own);
    parts.push({ resource, powerWatts, own });
    for (const [key, part] of own) powers.set(key, watts((powers.get(key) ?? 0) + part * powerWatts));
  }
  const total = [...powers.values()].reduce((sum, power) => sum + power, 0);
  const rows = now.workloads.map((row): RowUse => {
    const { workload, kind, class: workloadClass, name, labels, ended, energyPerWork, sci } = row;
    const held = last.get(keyOf(row));
    const dynamic = powers.get(partKey(row, 'dynamic'));
    const fixed = powers.get(partKey(row, 'static_share'));
    const byResource = parts.flatMap(({ resource, powerWatts, own }) => {
      const part = (own.get(partKey(row, 'dynamic')) ?? 0) + (own.get(partKey(row, 'static_share')) ?? 0);
      return part > 0 ? [{ resource, powerWatts: watts(part * powerWatts) }] : [];
    });
    const rate = (value: number | undefined, old: number | undefined): number | undefined =>
      value === undefined || duration <= 0 ? undefined : grown(old ?? 0, value) / duration;
    return {
      ...{ workload, kind, class: workloadClass, name, labels, ended },
      ...known('energyPerWork', energyPerWork),
      ...known('sci', sci),
      ...known('dynamicWatts', dynamic),
      ...known('staticShareWatts', fixed),
      ...known('powerByResource', byResource.length === 0 ? undefined : byResource),
      ...known(
        'share',
        powers.size === 0 || total <= 0 ? undefined : ratio(((dynamic ?? 0) + (fixed ?? 0)) / total),
      ),
      ...known('processors', rate(row.cpuSeconds, held?.cpuSeconds)),
      ...known('gpus', rate(row.gpuSeconds, held?.gpuSeconds)),
    };
  });
  return {
    seconds: seconds(duration),
    rows,
    ...(powers.size === 0
      ? {}
      : {
          watts: watts(total),
          staticWatts: watts(rows.reduce((sum, { staticShareWatts = 0 }) => sum + staticShareWatts, 0)),
        }),
    shares,
  };
};

const known = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

type Key = Pick<WorkloadJson, 'workload' | 'kind' | 'class'>;
const keyOf = ({ workload, kind, class: workloadClass }: Key): string =>
  JSON.stringify([workload, kind, workloadClass]);
const partKey = (row: Key, part: string): string => `${keyOf(row)} ${part}`;

/** Growth of a counter; one that is lower was taken out of the book and began anew. */
const grown = (before: number, now: number): number => (now < before ? now : now - before);

/** How the energy of a resource that came since then is shared; undefined where none came. */
const sharesOf = (
  resource: Resource,
  last: ReadonlyMap<string, WorkloadJson>,
  { workloads }: HostJson,
): Shares | undefined => {
  const energies = new Map<string, number>();
  for (const row of workloads) {
    const old = last.get(keyOf(row))?.energy ?? [];
    for (const { resource: own, part, joules } of row.energy) {
      if (own !== resource) continue;
      const from = old.find((one) => one.resource === resource && one.part === part)?.joules ?? 0;
      const energy = grown(from, joules);
      if (energy > 0) energies.set(partKey(row, part), energy);
    }
  }
  return normalised(energies);
};

/** Of rows that are gone meanwhile the others carry the part: the sum holds. */
const stillThere = (shares: Shares | undefined, { workloads }: HostJson): Shares | undefined => {
  if (shares === undefined) return undefined;
  const keys = new Set(workloads.flatMap((row) => [partKey(row, 'dynamic'), partKey(row, 'static_share')]));
  return normalised(new Map([...shares].filter(([key]) => keys.has(key))));
};

const normalised = (amounts: ReadonlyMap<string, number>): Shares | undefined => {
  const whole = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
  return whole > 0 ? new Map([...amounts].map(([key, amount]) => [key, amount / whole])) : undefined;
};
