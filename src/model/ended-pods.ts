import { sum } from '../units.ts';
import { type EndedWorkload, energyOfEnded, PARTIAL_REASONS, type PartialReason } from './ended.ts';
import { lessSure, SEVERAL } from './usage.ts';

/** What ended containers of one pod used together. */
export interface EndedPod extends Omit<EndedWorkload, 'kind'> {
  readonly kind: 'pod';
}

/**
 * Sums by pod of the containers that ended, newest end first. A pod that still runs others is in it with those that ended.
 *
 * @param ended in any order; what belongs to no pod is left out.
 */
export const endedPods = (ended: readonly EndedWorkload[]): readonly EndedPod[] => {
  const byPod = new Map<string, EndedWorkload[]>();
  for (const one of ended) {
    const uid = one.labels.k8s_pod_uid;
    if (one.kind !== 'container' || uid === undefined || uid === '') continue;
    const held = byPod.get(uid);
    if (held === undefined) byPod.set(uid, [one]);
    else held.push(one);
  }
  return [...byPod].map(([uid, containers]) => podOf(uid, containers)).sort((a, b) => b.end - a.end);
};

const podOf = (uid: string, containers: readonly EndedWorkload[]): EndedPod => {
  const labels = commonLabels(containers);
  const work = new Map<string, number>();
  for (const one of containers)
    for (const [unit, amount] of one.work) work.set(unit, (work.get(unit) ?? 0) + amount);
  const quality = containers.map((one) => one.quality).reduce(lessSure, undefined);
  const source = common(containers.map((one) => one.source ?? ''));
  const dynamicOf = (resource: keyof EndedWorkload['dynamic']) =>
    sum(containers.map(({ dynamic }) => dynamic[resource]));
  return {
    id: uid,
    kind: 'pod',
    class: common(containers.map((one) => one.class)),
    name: labels.k8s_pod_name ?? uid,
    labels,
    start: Math.min(...containers.map(({ start }) => start)),
    end: Math.max(...containers.map(({ end }) => end)),
    dynamic: {
      cpu: dynamicOf('cpu'),
      memory: dynamicOf('memory'),
      gpu: dynamicOf('gpu'),
      other: dynamicOf('other'),
    },
    staticShare: sum(containers.map(({ staticShare }) => staticShare)),
    ...gramsOf('location', containers),
    ...gramsOf('market', containers),
    cpu: sum(containers.map(({ cpu }) => cpu)),
    gpu: sum(containers.map(({ gpu }) => gpu)),
    work,
    ...(quality === undefined ? {} : { quality }),
    ...(source === '' ? {} : { source }),
    partial: reasonsOf(containers),
  };
};

/** What all have, or `*` where they differ. */
const common = (values: readonly string[]): string => {
  const [first = '', ...others] = new Set(values);
  return others.length === 0 ? first : SEVERAL;
};

const commonLabels = ([first, ...others]: readonly EndedWorkload[]): EndedPod['labels'] =>
  Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) =>
      others.every(({ labels }) => labels[name] === value),
    ),
  );

const gramsOf = (
  basis: 'location' | 'market',
  containers: readonly EndedWorkload[],
): Pick<EndedPod, 'location' | 'market'> => {
  const known = containers.flatMap((one) => one[basis] ?? []);
  return known.length === 0 ? {} : { [basis]: sum(known) };
};

/** Where a container has no grams, those of the pod are the grams of the others. */
const reasonsOf = (containers: readonly EndedWorkload[]): readonly PartialReason[] => {
  const reasons = new Set(containers.flatMap(({ partial }) => partial));
  const isOfSome = (basis: 'location' | 'market'): boolean =>
    containers.some((one) => one[basis] !== undefined) &&
    containers.some((one) => one[basis] === undefined && energyOfEnded(one) > 0);
  if (isOfSome('location') || isOfSome('market')) reasons.add('without_factor');
  return PARTIAL_REASONS.filter((reason) => reasons.has(reason));
};
