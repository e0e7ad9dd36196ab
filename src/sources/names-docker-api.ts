import type { WorkloadFacts } from '../model/facts.ts';
import { asCount, asList, asObject, asTags, asText, present } from './names-json.ts';

/** One running container as the list of the Docker Engine API (1.41, GET /containers/json) tells it. */
export interface ListedContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const ID = /^[0-9a-f]{64}$/;

/** What the list says; entries without an id are left out. */
export const listedContainers = (answer: unknown): readonly ListedContainer[] =>
  asList(answer).flatMap((entry) => {
    const { Id, Names, Image, Labels } = asObject(entry);
    if (typeof Id !== 'string' || !ID.test(Id)) return [];
    const tags = asTags(Labels);
    return [{ id: Id, tags, labels: { ...labelsOf(nameIn(Names), Image), ...podLabels(tags) } }];
  });

/** Names begin with a slash; one with a second slash is a link that another container calls it by. */
const nameIn = (names: unknown): string | undefined => {
  const all = asList(names).map(asText);
  const own = all.find((name) => name !== undefined && name.lastIndexOf('/') <= 0);
  return (own ?? all[0])?.replace(/^\//, '');
};

const labelsOf = (name: string | undefined, image: unknown): Readonly<Record<string, string>> =>
  present({ name, container_image_name: asText(image) });

/** Labels that the kubelet gives to containers of cri-dockerd (Kubernetes, pkg/kubelet/types/labels.go). */
const podLabels = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  present({
    k8s_namespace_name: tags['io.kubernetes.pod.namespace'],
    k8s_pod_name: tags['io.kubernetes.pod.name'],
    k8s_pod_uid: tags['io.kubernetes.pod.uid'],
    k8s_container_name: tags['io.kubernetes.container.name'],
  });

export type Limits = Pick<WorkloadFacts, 'reservedProcessors' | 'reservedGpus'>;

/** Docker's default period of a quota, microseconds (docker run --cpu-period). */
const PERIOD = 100_000;

/** Processors and GPUs that a container may use, from GET /containers/ID/json. Nothing else of it is looked at. */
export const limitsOf = (answer: unknown): Limits => {
  const { NanoCpus, CpuQuota, CpuPeriod, DeviceRequests } = asObject(asObject(answer).HostConfig);
  const nano = asCount(NanoCpus);
  const quota = asCount(CpuQuota);
  const processors =
    nano !== undefined
      ? nano / 1e9
      : quota !== undefined
        ? quota / (asCount(CpuPeriod) ?? PERIOD)
        : undefined;
  const gpus = asList(DeviceRequests).reduce<number>((sum, request) => sum + gpusIn(request), 0);
  return {
    // A period next to 0 makes it infinite.
    ...(processors === undefined || !Number.isFinite(processors) ? {} : { reservedProcessors: processors }),
    ...(gpus === 0 || !Number.isFinite(gpus) ? {} : { reservedGpus: gpus }),
  };
};

/** GPUs by number or by id; `all` (-1) keeps none for this container alone. */
const gpusIn = (request: unknown): number => {
  const { Count, DeviceIDs, Capabilities } = asObject(request);
  const isGpu = asList(Capabilities).some((set) => asList(set).includes('gpu'));
  return isGpu ? (asCount(Count) ?? asList(DeviceIDs).length) : 0;
};
