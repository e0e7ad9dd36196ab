import type { Snapshot } from '../snapshot.ts';
import { grams, ratio, toYears } from '../units.ts';
import type { EmbodiedJson, WorkloadEmbodiedJson } from './host-json.ts';
import type { PointIndex } from './points.ts';

/** Embodied emissions of the host; undefined where they are switched off. */
export const embodiedJson = ({ view }: Snapshot, points: PointIndex): EmbodiedJson | undefined => {
  const { embodied } = view;
  if (embodied === undefined) return undefined;
  const { items, shares, lifetime, isInService, missing } = embodied;
  const total = (part: string) => points.value(METRIC, { part });
  const hasGpus = items.some(({ part }) => part === 'gpu');
  return {
    grams: grams(points.sum(METRIC)),
    byPart: (['host', 'gpu'] as const).flatMap((part) => {
      const amount = total(part);
      return amount === undefined ? [] : [{ part, grams: grams(amount) }];
    }),
    lifetimeYears: toYears(lifetime),
    inService: isInService,
    items: items.map(({ grams: each, includesGpus, ...item }) => ({
      ...item,
      kgEach: each / 1000,
      ...(includesGpus === true ? { includesGpus } : {}),
    })),
    unallocated: {
      hostShare: ratio(shares.unallocated.host),
      ...(hasGpus ? { gpuShare: ratio(shares.unallocated.gpu) } : {}),
    },
    ...(missing === undefined ? {} : { missing }),
  };
};

const METRIC = 'negawatt_embodied_emissions_grams_total';

/** What is kept for each row, by key of the row; with `unallocated` the shares sum to 1. */
export const embodiedByRow = ({ view }: Snapshot): ReadonlyMap<string, WorkloadEmbodiedJson> => {
  const { embodied } = view;
  if (embodied === undefined) return new Map();
  const { items, shares, isInService } = embodied;
  const rate = (part: string): number =>
    items.reduce((sum, item) => sum + (item.part === part ? item.gramsPerHour : 0), 0);
  const [host, gpu] = isInService ? [rate('host'), rate('gpu')] : [0, 0];
  const hasGpus = items.some(({ part }) => part === 'gpu');
  return new Map(
    shares.rows.map(({ workload, ...share }) => [
      embodiedKey(workload),
      {
        hostShare: ratio(share.host),
        ...(hasGpus ? { gpuShare: ratio(share.gpu) } : {}),
        gramsPerHour: grams(host * share.host + gpu * share.gpu),
      },
    ]),
  );
};

export const embodiedKey = (row: {
  readonly id: string;
  readonly kind: string;
  readonly class: string;
}): string => JSON.stringify([row.id, row.kind, row.class]);
