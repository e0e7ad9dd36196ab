import { type SciSum, sciOf } from '../carbon/sci.ts';
import { HOST_WORKLOAD } from '../model/work.ts';
import type { Snapshot } from '../snapshot.ts';
import { gramsPerKWh, toKilowattHours, toYears } from '../units.ts';
import type { SciJson } from './host-json.ts';

/** Scores by workload, or why there is none; a workload that nobody counts work for is not in it, the host always is. */
export type SciByOwner = ReadonlyMap<string, readonly SciJson[]>;

/** Over the time in which work, energy, factor and the hardware's figure were all known. */
export const lifeSci = (snapshot: Snapshot): SciByOwner =>
  scores(snapshot, [...(snapshot.view.sci?.state?.pairs.values() ?? [])]);

/** Over the last tick. */
export const tickSci = (snapshot: Snapshot): SciByOwner => scores(snapshot, snapshot.view.sci?.tick ?? []);

const scores = (snapshot: Snapshot, sums: readonly SciSum[]): SciByOwner => {
  const { work, embodied } = snapshot.view;
  const byOwner = new Map<string, SciJson[]>();
  if (embodied === undefined) return byOwner;
  for (const { workload, unit } of work.state.pairs.values()) {
    const sum = sums.find((one) => one.workload === workload && one.unit === unit);
    const held = byOwner.get(workload) ?? [];
    byOwner.set(workload, [...held, scoreOf(snapshot, workload, unit, sum)]);
  }
  if (!byOwner.has(HOST_WORKLOAD)) byOwner.set(HOST_WORKLOAD, [NO_WORK]);
  return byOwner;
};

const scoreOf = (snapshot: Snapshot, workload: string, unit: string, sum: SciSum | undefined): SciJson => {
  const score = sum === undefined ? undefined : sciOf(sum);
  const { carbon, embodied } = snapshot.view;
  const why = obstacle(snapshot, workload, sum);
  if (sum === undefined || score === undefined || carbon.location === undefined || embodied === undefined)
    return { available: false, unit, ...why };
  const energy = toKilowattHours(sum.energy);
  return {
    available: true,
    unit,
    gramsPerUnit: score,
    workDone: sum.done,
    energyKwh: energy,
    operationalGrams: sum.operational,
    embodiedGrams: sum.embodied,
    intensity: {
      kind: 'location-based average',
      ...(energy > 0 ? { gramsPerKwh: gramsPerKWh(sum.operational / energy) } : {}),
      gases: carbon.location.row.gases,
      factor: carbon.location.id,
    },
    lifetimeYears: toYears(embodied.lifetime),
    boundary: boundaryOf(snapshot, workload),
  };
};

const boundaryOf = ({ view: { carbon, embodied } }: Snapshot, workload: string): string => {
  const whose = workload === HOST_WORKLOAD ? 'this host, idle included' : 'this workload on this host';
  const site =
    carbon.pue === undefined ? 'no site overhead (no PUE is set)' : `site overhead by a PUE of ${carbon.pue}`;
  const made = [...new Set((embodied?.items ?? []).map(({ part, boundary }) => `${part} ${boundary}`))].join(
    ', ',
  );
  const share = workload === HOST_WORKLOAD ? 'all of it' : 'by reserved share';
  return `${whose}; ${site}; hardware: ${made}, ${share}; no network, no storage elsewhere`;
};

type Why = { readonly reason: string; readonly fix: string };

const NO_WORK: SciJson = {
  available: false,
  reason: 'no work of the whole host is counted',
  fix: 'name a counter of it in work.scrape or work.textfile, or send it to POST /api/v1/work',
};

/** What stands in the way of a score, the first of it. */
const obstacle = ({ view }: Snapshot, workload: string, sum: SciSum | undefined): Why => {
  const { carbon, embodied, attributed } = view;
  if (carbon.location === undefined) {
    return carbon.problems[0] ?? { reason: 'no location-based factor is in force', fix: 'set grid.zone' };
  }
  if (embodied?.missing !== undefined) return embodied.missing;
  if (sum !== undefined) return { reason: 'no work was done in this time', fix: '' };
  if (workload !== HOST_WORKLOAD) {
    const isShown = [...attributed.state.top.exported.values()].some(({ id }) => id === workload);
    if (!isShown) {
      return {
        reason: 'this workload has no row of its own here, so no energy',
        fix: 'name it by its id, or raise attribution.top',
      };
    }
    const share = embodied?.shares.rows.find((row) => row.workload.id === workload)?.host ?? 0;
    if (share <= 0) {
      return {
        reason: 'no processors are reserved for this workload: its share of the hardware is not known',
        fix: 'give it a CPU limit or request (CPUQuota= of systemd, --cpus of Docker), or count work of the whole host',
      };
    }
  }
  return { reason: 'its work and its energy were not known in the same time yet', fix: '' };
};

/** The field as reports carry it; left out where nothing is scored. */
export const withSci = (byOwner: SciByOwner, workload: string): { readonly sci?: readonly SciJson[] } => {
  const found = byOwner.get(workload);
  return found === undefined ? {} : { sci: found };
};
