import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkloadFacts } from '../model/facts.ts';
import { absent, found, unreadable } from '../model/found.ts';
import type { Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import type { Workload } from '../model/workload.ts';
import { seconds } from '../units.ts';
import type { FactsDesk } from './facts.ts';
import { errnoOf } from './failure.ts';
import { parseJson, readBounded } from './names-file.ts';
import { type Nameless, runtimeOf } from './names-groups.ts';
import { factsOfSpec } from './names-oci-spec.ts';
import { type Answer, NameRounds } from './names-rounds.ts';
import { readStorage } from './names-storage.ts';

/** Bundles of containerd's tasks, by namespace and id: its own, and that of k3s and RKE2. */
const TASKS = [
  'run/containerd/io.containerd.runtime.v2.task',
  'run/k3s/containerd/io.containerd.runtime.v2.task',
];
/** Containers of CRI-O, and the lists of Podman's (containers/storage). */
const STORAGE = [
  'run/containers/storage/overlay-containers',
  'var/lib/containers/storage/overlay-containers',
];
/** A file of some KiB; one with thousands of mounts has some 100 KiB. */
const LARGEST = 2 ** 20;
/** containerd is used by one or two clients, each with a namespace of its own. */
const MOST_NAMESPACES = 16;
/** Files never change: the round only asks again for what was not there. */
const INTERVAL = seconds(300);
const FIX =
  'Run negawatt as root, or with AmbientCapabilities=CAP_DAC_READ_SEARCH; in a container mount /run of the host below path.rootfs.';

/** Docker's bundles carry no names. */
const knows = (workload: Workload): boolean =>
  ['containerd', 'cri-o', 'kubernetes', 'podman'].includes(runtimeOf(workload));

/** Names of containers and pods from the files that their runtime starts them with: no socket, no orchestrator. */
export const ociSource = (desk: FactsDesk): Source => ({
  name: 'oci',
  rare: true,
  summary: 'names of pods and containers, from the files of containerd, CRI-O and Podman (config.json)',
  open: async ({ rootfs }, clock) => {
    const roots = [...TASKS, ...STORAGE].map((path) => join(rootfs, path));
    const states = await Promise.all(roots.map(stateOf));
    const closed = roots.find((_, at) => states[at] === 'closed');
    if (!states.includes('open')) {
      return closed === undefined
        ? absent(`no containers of containerd, CRI-O or Podman below ${rootfs}`)
        : unreadable(`${closed} is there and may not be read`, FIX);
    }
    return found(
      new NameRounds({
        clock,
        desk,
        what: 'containers',
        knows,
        interval: INTERVAL,
        ask: bundlesBelow(rootfs),
      }),
    );
  },
});

const stateOf = async (path: string): Promise<'open' | 'closed' | 'missing'> => {
  try {
    await access(path, constants.R_OK | constants.X_OK);
    return 'open';
  } catch (cause) {
    return ['EACCES', 'EPERM'].includes(errnoOf(cause)) ? 'closed' : 'missing';
  }
};

/** Reads each container's file once, one at a time. */
const bundlesBelow = (rootfs: string) => {
  const known = new Map<string, WorkloadFacts>();
  return async (nameless: readonly Nameless[], signal: AbortSignal): Promise<Answer> => {
    const there = new Set(nameless.map(({ key }) => key));
    for (const key of known.keys()) if (!there.has(key)) known.delete(key);
    const fresh = nameless.filter(({ key }) => !known.has(key));
    const folders = fresh.length === 0 ? [] : await taskFolders(rootfs);
    let trouble: SourceError | undefined;
    const attempt = async (read: () => Promise<void>): Promise<void> => {
      try {
        await read();
      } catch (cause) {
        if (!(cause instanceof SourceError)) throw cause;
        trouble ??= new SourceError(cause.kind, cause.message, { cause, fix: cause.fix || FIX });
      }
    };
    const [podman, others] = [fresh.filter(isPodman), fresh.filter((one) => !isPodman(one))];
    if (podman.length > 0) {
      await attempt(async () => {
        const listed = await readStorage(STORAGE.map((path) => join(rootfs, path)));
        for (const { key } of podman) keep(known, key, listed.get(key));
      });
    }
    for (const { key, workload } of others) {
      if (signal.aborted) break;
      await attempt(async () => keep(known, key, await factsOf(workload, rootfs, folders)));
    }
    return { facts: known, ...(trouble === undefined ? {} : { trouble }) };
  };
};

const isPodman = ({ workload }: Nameless): boolean => runtimeOf(workload) === 'podman';

const keep = (known: Map<string, WorkloadFacts>, key: string, facts: WorkloadFacts | undefined): void => {
  if (facts !== undefined) known.set(key, facts);
};

const taskFolders = async (rootfs: string): Promise<readonly string[]> => {
  const lists = TASKS.map(async (path) => {
    const folder = join(rootfs, path);
    const names = await readdir(folder).catch(() => []);
    return names.slice(0, MOST_NAMESPACES).map((name) => join(folder, name));
  });
  return (await Promise.all(lists)).flat();
};

/** Undefined where no runtime has it: it may have ended, or be of a runtime inside a container. */
const factsOf = async (
  workload: Workload,
  rootfs: string,
  folders: readonly string[],
): Promise<WorkloadFacts | undefined> => {
  const files = [
    ...folders.map((folder) => [join(folder, workload.id, 'config.json'), 'containerd'] as const),
    ...STORAGE.map((path) => [join(rootfs, path, workload.id, 'userdata', 'config.json'), 'cri-o'] as const),
  ];
  for (const [file, runtime] of files) {
    try {
      return factsOfSpec(parseJson(await readBounded(file, LARGEST), file), runtime);
    } catch (cause) {
      if (!(cause instanceof SourceError) || cause.kind !== 'gone') throw cause;
    }
  }
  return undefined;
};
