import { UNCLASSIFIED, type Workload, type WorkloadKind } from '../model/workload.ts';

/** How a control group's path names its owner. The first pattern that fits the last parts of the path wins. */
interface Pattern {
  readonly kind: WorkloadKind;
  readonly runtime: string;
  readonly path: RegExp;
  /** The name is written as in a unit's name, with `\xNN`. */
  readonly escaped?: boolean;
}

const HEX64 = '([0-9a-f]{64})';
/** A pod's UID, dashes or not; a static pod is known by the MD5 of its manifest (kubelet, applyDefaults). */
const POD = 'pod(?:[0-9a-f]{8}[-_](?:[0-9a-f]{4}[-_]){3}[0-9a-f]{12}|[0-9a-f]{32})';

const container = (runtime: string, path: string): Pattern => ({
  kind: 'container',
  runtime,
  path: new RegExp(path),
});
const machine = (kind: WorkloadKind, runtime: string, path: RegExp): Pattern => ({
  kind,
  runtime,
  path,
  escaped: true,
});

/**
 * Paths as the runtimes create them (power reference 2.15): Docker, containerd, CRI-O, Podman, Amazon ECS, Kubernetes
 * with both drivers, LXC, systemd-nspawn, libvirt with and without systemd, Proxmox, Slurm with cgroup v1 and v2.
 */
const OWNERS: readonly Pattern[] = [
  container('docker', `/docker-${HEX64}\\.scope$`),
  container('docker', `/docker/${HEX64}$`),
  container('docker', `/ecs/[^/]+/${HEX64}$`),
  container('containerd', `/(?:cri-containerd|nerdctl)-${HEX64}\\.scope$`),
  container('cri-o', `/crio-${HEX64}(?:\\.scope)?$`),
  container('podman', `/libpod-${HEX64}(?:\\.scope)?$`),
  container('kubernetes', `/${POD}/${HEX64}$`),
  container('lxc', '/lxc\\.payload\\.([^/]+)$'),
  container('lxc', '/lxc/([^/]+)$'),
  machine('vm', 'libvirt', /\/machine-qemu\\x2d\d+\\x2d([^/]+)\.scope$/),
  { kind: 'vm', runtime: 'libvirt', path: /\/machine\/qemu-\d+-([^/]+)\.libvirt-qemu$/ },
  { kind: 'vm', runtime: 'proxmox', path: /\/qemu\.slice\/(\d+)\.scope$/ },
  machine('container', 'libvirt-lxc', /\/machine-lxc\\x2d\d+\\x2d([^/]+)\.scope$/),
  machine('container', 'systemd-nspawn', /\/machine\.slice\/machine-([^/]+)\.scope$/),
  machine('container', 'systemd-nspawn', /\/systemd-nspawn@([^/]+)\.service$/),
  { kind: 'job', runtime: 'slurm', path: /\/job_(\d+)\/step_([^/]+)$/ },
];

const POD_UID = new RegExp(`[/-]${POD.replace('(?:', '(')}(?:\\.slice)?(?:/|$)`);
const WHOLE_ID = /^[0-9a-f]{64}$/;
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
  for (const pattern of OWNERS) {
    const match = pattern.path.exec(path);
    if (match === null) continue;
    const { kind } = pattern;
    return {
      id: ownerId(kind, match, path),
      kind,
      class: UNCLASSIFIED,
      labels: labelsOf(pattern, match, path),
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
  const first = match[1] ?? '';
  // A container that is known by its name alone has its path: the same name may stand in two places.
  if (kind === 'container' && WHOLE_ID.test(first)) return first;
  if (kind === 'job') return pathId(`/slurm/${first}/${match[2] ?? ''}`);
  return pathId(path);
};

const labelsOf = (
  { kind, runtime, escaped }: Pattern,
  match: RegExpExecArray,
  path: string,
): Readonly<Record<string, string>> => {
  const first = match[1] ?? '';
  if (kind === 'job')
    return { name: `${first}.${match[2]}`, slurm_job_id: first, slurm_step_id: match[2] ?? '' };
  const name = escaped === true ? unescapeUnit(first) : first;
  if (kind === 'vm') return { name };
  if (!WHOLE_ID.test(first)) return { name, container_runtime_name: runtime };
  const pod = POD_UID.exec(path)?.[1]?.replaceAll('_', '-');
  return {
    name: first.slice(0, 12),
    container_id: first,
    container_runtime_name: runtime,
    ...(pod === undefined ? {} : { k8s_pod_uid: pod }),
  };
};

/** systemd writes a byte that may not stand in a unit name as `\xNN` (systemd.unit(5)): together they are UTF-8. */
const unescapeUnit = (name: string): string =>
  name.replace(/(?:\\x[0-9a-f]{2})+/g, (run) => {
    const bytes = Uint8Array.from(run.slice(2).split('\\x'), (hex) => Number.parseInt(hex, 16));
    return new TextDecoder().decode(bytes).replace(/\p{Cc}/gu, '\ufffd');
  });

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
