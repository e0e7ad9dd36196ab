import type { WorkloadFacts } from '../model/facts.ts';
import { containerKey } from './names-groups.ts';
import { asList, asObject, asTags, asText, type Json, present } from './names-json.ts';
import { podName } from './names-oci-spec.ts';
import { quantity } from './names-quantity.ts';

/** A container id as a status has it: `containerd://0123...`. */
const ID = /^([a-z0-9-]{1,32}):\/\/([0-9a-f]{64})$/;

/** What the kubelet's list of pods (core/v1 PodList) tells of each container that has run, by row key. */
export const factsOfPods = (list: unknown): ReadonlyMap<string, WorkloadFacts> => {
  const facts = new Map<string, WorkloadFacts>();
  for (const entry of asList(asObject(list).items)) {
    const { metadata, spec, status } = asObject(entry);
    const pod = podOf(asObject(metadata), asObject(status));
    const resources = resourcesOf(asObject(spec));
    for (const one of statusesOf(asObject(status))) {
      const { containerID, name, image } = asObject(one);
      const [, runtime, id] = ID.exec(typeof containerID === 'string' ? containerID : '') ?? [];
      if (id === undefined) continue;
      const container = asText(name);
      facts.set(containerKey(id), {
        ...(pod.tags === undefined ? {} : { tags: pod.tags }),
        labels: present({
          ...pod.labels,
          name: podName(pod.labels.k8s_pod_name, container),
          k8s_container_name: container,
          container_image_name: asText(image),
          container_runtime_name: runtime,
        }),
        ...resources.get(container ?? ''),
      });
    }
  }
  return facts;
};

const statusesOf = (status: Json): readonly unknown[] =>
  ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((key) =>
    asList(status[key]),
  );

/** What all containers of a pod have in common. Its class of service is a tag: rules tell online from offline by it. */
const podOf = (
  { name, namespace, uid, labels }: Json,
  { qosClass }: Json,
): Pick<WorkloadFacts, 'labels' | 'tags'> => ({
  labels: present({
    k8s_namespace_name: asText(namespace),
    k8s_pod_name: asText(name),
    k8s_pod_uid: asText(uid),
  }),
  tags: { ...asTags(labels), ...present({ k8s_qos_class: asText(qosClass) }) },
});

type Reserved = Pick<WorkloadFacts, 'reservedProcessors' | 'reservedGpus'>;

const resourcesOf = (spec: Json): ReadonlyMap<string, Reserved> =>
  new Map(
    ['containers', 'initContainers'].flatMap((key) =>
      asList(spec[key]).map((entry): readonly [string, Reserved] => {
        const { name, resources } = asObject(entry);
        const { requests, limits } = asObject(resources);
        const processors = quantity(asObject(requests).cpu);
        const gpus = gpusIn(asObject(limits));
        return [
          asText(name) ?? '',
          {
            ...(processors === undefined ? {} : { reservedProcessors: processors }),
            ...(gpus === 0 ? {} : { reservedGpus: gpus }),
          },
        ];
      }),
    ),
  );

/** Whole boards, as the device plugins of NVIDIA, AMD and Intel name them. Shared ones keep nothing for one pod. */
const BOARD = /^(?:nvidia\.com\/gpu|amd\.com\/gpu|gpu\.intel\.com\/(?:i915|xe))$/;
/** `nvidia.com/mig-1g.10gb`: the first number is how many of a board's compute slices it has. */
const INSTANCE = /^nvidia\.com\/mig-(\d)g\./;
/** Compute slices of A100, H100 and later boards (NVIDIA MIG user guide, supported profiles); of an A30 there are 4. */
const SLICES = 7;

const gpusIn = (limits: Json): number =>
  Object.entries(limits).reduce((sum, [name, value]) => {
    const count = quantity(value) ?? 0;
    if (BOARD.test(name)) return sum + count;
    const slices = INSTANCE.exec(name)?.[1];
    return slices === undefined ? sum : sum + (count * Number(slices)) / SLICES;
  }, 0);
