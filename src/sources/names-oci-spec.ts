import type { WorkloadFacts } from '../model/facts.ts';
import { asCount, asObject, asText, type Json, present } from './names-json.ts';

/**
 * Annotations of containers of a pod: containerd's (pkg/cri/annotations) first, then those of the kubelet that CRI-O
 * hands on (pkg/annotations, kubelet's pkg/kubelet/types/labels.go).
 */
const KEYS = {
  namespace: ['io.kubernetes.cri.sandbox-namespace', 'io.kubernetes.pod.namespace'],
  pod: ['io.kubernetes.cri.sandbox-name', 'io.kubernetes.pod.name'],
  uid: ['io.kubernetes.cri.sandbox-uid', 'io.kubernetes.pod.uid'],
  container: ['io.kubernetes.cri.container-name', 'io.kubernetes.container.name'],
  image: ['io.kubernetes.cri.image-name', 'io.kubernetes.cri-o.ImageName'],
  type: ['io.kubernetes.cri.container-type', 'io.kubernetes.cri-o.ContainerType'],
} as const;

/** What the configuration of an OCI container (runtime-spec, config.json) tells of its names and its limit. */
export const factsOfSpec = (spec: unknown, runtime: string): WorkloadFacts => {
  const { annotations, linux } = asObject(spec);
  const notes = asObject(annotations);
  const text = (names: readonly string[]): string | undefined =>
    names.map((name) => asText(notes[name])).find((one) => one !== undefined);
  const pod = text(KEYS.pod);
  // The sandbox of a pod holds its network; CRI-O calls it POD, containerd gives it no name.
  const isSandbox = text(KEYS.type) === 'sandbox';
  const container = isSandbox ? undefined : text(KEYS.container);
  const processors = quotaOf(asObject(asObject(asObject(linux).resources).cpu));
  return {
    labels: present({
      name: podName(pod, container),
      container_runtime_name: runtime,
      container_image_name: text(KEYS.image),
      k8s_namespace_name: text(KEYS.namespace),
      k8s_pod_name: pod,
      k8s_pod_uid: text(KEYS.uid),
      k8s_container_name: container,
    }),
    ...(processors === undefined ? {} : { reservedProcessors: processors }),
  };
};

/** How a container of a pod is called on this host: `web-0/nginx`. */
export const podName = (pod: string | undefined, container: string | undefined): string | undefined =>
  pod !== undefined && container !== undefined ? `${pod}/${container}` : (pod ?? container);

const quotaOf = ({ quota, period }: Json): number | undefined => {
  const [microseconds, each] = [asCount(quota), asCount(period)];
  // A period next to 0 makes it infinite, which asCount leaves out.
  return microseconds === undefined || each === undefined ? undefined : asCount(microseconds / each);
};
