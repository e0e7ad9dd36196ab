import { UNCLASSIFIED, type Workload, type WorkloadKind } from '../model/workload.ts';

/** How a control group's path names its owner. The first pattern that fits the last parts of the path wins. */
interface Pattern {
  readonly kind: WorkloadKind;
  readonly runtime: string;
  readonly path: RegExp;
}

const HEX64 = '([0-9a-f]{64})';

/**
 * Paths as the runtimes create them (power reference 2.15): Docker, containerd, CRI-O, Podman, Kubernetes with both
 * drivers, libvirt, Slurm with cgroup v1 and v2.
 */
const OWNERS: readonly Pattern[] = [
  { kind: 'container', runtime: 'docker', path: new RegExp(`/docker-${HEX64}\\.scope$`) },
  { kind: 'container', runtime: 'docker', path: new RegExp(`/docker/${HEX64}$`) },
  { kind: 'container', runtime: 'containerd', path: new RegExp(`/cri-containerd-${HEX64}\\.scope$`) },
  { kind: 'container', runtime: 'cri-o', path: new RegExp(`/crio-${HEX64}\\.scope$`) },
  { kind: 'container', runtime: 'podman', path: new RegExp(`/libpod-${HEX64}(?:\\.scope)?$`) },
  { kind: 'container', runtime: 'kubernetes', path: new RegExp(`/pod[0-9a-f-]{36}/${HEX64}$`) },
  { kind: 'vm', runtime: 'libvirt', path: /\/machine-qemu\\x2d\d+\\x2d(.+)\.scope$/ },
  { kind: 'job', runtime: 'slurm', path: /\/job_(\d+)\/step_([^/]+)$/ },
];

const POD_UID = /(?:\/|-)pod([0-9a-f]{8}[-_](?:[0-9a-f]{4}[-_]){3}[0-9a-f]{12})(?:\.slice)?(?:\/|$)/;
const UNIT = /\/([^/]+\.(?:service|scope|socket|mount|swap))$/;
const LONGEST_ID = 128;

const turns: (() => void)[] = [];

/** A function of a path alone, remembered: the same groups are asked for again whenever one of them comes or goes. */
const remembered = <T>(make: (path: string) => T): ((path: string) => T) => {
  let fresh = new Map<string, { readonly made: T }>();
  let older = fresh;
  turns.push(() => {
    older = fresh;
    fresh = new Map();
  });
  return (path) => {
    const held = fresh.get(path);
    if (held !== undefined) return held.made;
    const entry = older.get(path) ?? { made: make(path) };
    fresh.set(path, entry);
    return entry.made;
  };
};

/** To call before the groups of another tree are asked for: what the tree before it did not ask for is forgotten. */
export const forgetGone = (): void => {
  for (const turn of turns) turn();
};

/** Owner of a group by its path alone, or undefined for a group that only holds others. */
export const ownerOf = remembered((path): Workload | undefined => {
  for (const { kind, runtime, path: pattern } of OWNERS) {
    const match = pattern.exec(path);
    if (match === null) continue;
    return {
      id: ownerId(kind, match, path),
      kind,
      class: UNCLASSIFIED,
      labels: labelsOf(kind, runtime, match, path),
    };
  }
  const unit = UNIT.exec(path)?.[1];
  return unit === undefined
    ? undefined
    : { id: pathId(path), kind: 'unit', class: UNCLASSIFIED, labels: { name: unit, systemd_unit: unit } };
});

/** A group that no pattern knows, as a workload of its own. */
export const plainGroup = remembered(
  (path): Workload => ({
    id: pathId(path),
    kind: 'cgroup',
    class: UNCLASSIFIED,
    labels: { name: path.slice(path.lastIndexOf('/') + 1) || '/' },
  }),
);

/** What was born and died inside a group between two readings. */
export const endedWithin = remembered(
  (path): Workload => ({
    id: pathId(path),
    kind: 'ended',
    class: UNCLASSIFIED,
    labels: { name: path.slice(path.lastIndexOf('/') + 1) || '/' },
  }),
);

const ownerId = (kind: WorkloadKind, match: RegExpExecArray, path: string): string => {
  if (kind === 'container') return match[1] ?? pathId(path);
  if (kind === 'job') return pathId(`/slurm/${match[1] ?? ''}/${match[2] ?? ''}`);
  return pathId(path);
};

const labelsOf = (
  kind: WorkloadKind,
  runtime: string,
  match: RegExpExecArray,
  path: string,
): Readonly<Record<string, string>> => {
  const pod = POD_UID.exec(path)?.[1]?.replaceAll('_', '-');
  if (kind === 'container') {
    const id = match[1] ?? '';
    return {
      name: id.slice(0, 12),
      container_id: id,
      container_runtime_name: runtime,
      ...(pod === undefined ? {} : { k8s_pod_uid: pod }),
    };
  }
  if (kind === 'job')
    return { name: `${match[1]}.${match[2]}`, slurm_job_id: match[1] ?? '', slurm_step_id: match[2] ?? '' };
  return { name: unescapeUnit(match[1] ?? '') };
};

/** systemd writes a byte that may not stand in a unit name as `\xNN` (systemd.unit(5)). */
const unescapeUnit = (name: string): string =>
  name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The path without its first slash; a long one keeps its end and a checksum of the whole, so that it stays unique. */
const pathId = (path: string): string => {
  const id = path === '/' ? '/' : path.replace(/^\//, '');
  const encoder = new TextEncoder();
  if (encoder.encode(id).length <= LONGEST_ID) return id;
  const mark = `~${checksum(id)}~`;
  let tail = id.slice(-(LONGEST_ID - mark.length));
  while (encoder.encode(tail).length + mark.length > LONGEST_ID) tail = tail.slice(1);
  return mark + tail;
};

/** FNV-1a, 64 bit (draft-eastlake-fnv): not for secrecy, only to keep two long paths apart. */
const checksum = (text: string): string => {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
};
